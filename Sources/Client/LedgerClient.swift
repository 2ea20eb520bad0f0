internal import Invariants
public import Ledger
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Protocol
internal import Synchronization

/// A connection to a ledger that lasts: commands of all callers travel together, and what a broken connection
/// lost is asked again under the same idempotency key.
///
///     let client = try await LedgerClient.connect(ClientOptions(key: "hfk_…"))
///     let result = try await client.execute(.init(.capturePayment(body)), key: "order-17/capture")
///     let payment = try await client.ask(query).answer
///     for try await event in client.subscribe(from: saved) { … }
///
/// What the ledger refuses is a result, not an error. May be used from any task. `close` ends it; until then
/// it keeps a thread.
public final class LedgerClient: Sendable {
    private let core: ClientCore
    private let loop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    private let patience: UInt64
    private let gate: ClientGate
    /// Whether the loop still takes work.
    private let isOpen = Mutex(true)

    private init(
        _ core: ClientCore, _ loop: any EventLoop, _ group: MultiThreadedEventLoopGroup, _ patience: UInt64,
        waitingMax: Int
    ) {
        (self.core, self.loop, self.group, self.patience) = (core, loop, group, patience)
        gate = ClientGate(size: waitingMax)
    }

    /// Connects and proves the key.
    ///
    /// - Throws: `unreachable`, `untrusted`, or `failed` if the key is not good.
    public static func connect(_ options: ClientOptions) async throws(ClientError) -> LedgerClient {
        guard let key = APIKey(options.key) else {
            throw .invalidRequest("an API key is hfk_ and 104 hexadecimal digits")
        }
        let connector = try ClientConnector(options, key)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let patience = UInt64(max(0, options.patienceMilliseconds)) * 1_000_000
        let core = ClientCore(on: loop) { connector.connect($0, on: loop) }
        let ready = loop.makePromise(of: Void.self)
        loop.execute { core.start(ready) }
        do { try await ready.futureResult.get() } catch {
            // Why there is no connection is what the caller has to know; threads that do not end are no more.
            try? await group.shutdownGracefully()
            throw error as? ClientError ?? .unreachable("\(error)")
        }
        return LedgerClient(core, loop, group, patience, waitingMax: options.waitingMax)
    }

    /// Has one command done, together with whatever others ask for at the same time.
    ///
    /// - Parameter key: its idempotency key: 1 to 255 characters of printable ASCII. With one it is asked
    ///   again if the answer is lost.
    public func execute(
        _ command: Command, key: String? = nil
    ) async throws(ClientError) -> CommandResult {
        let bytes = try Self.encode(command, key)
        let results = try await ask(bytes, count: 1, isAtomic: false, key: [], isRepeatable: key != nil)
        return results[0]
    }

    /// Has several commands done, each on its own, in one request.
    public func execute(
        _ commands: [(command: Command, key: String?)]
    ) async throws(ClientError) -> [CommandResult] {
        var bytes: [UInt8] = []
        for (command, key) in commands { bytes += try Self.encode(command, key) }
        let isRepeatable = commands.allSatisfy { $0.key != nil }
        return try await ask(
            bytes, count: commands.count, isAtomic: false, key: [], isRepeatable: isRepeatable)
    }

    /// Has several commands done, all or none of them.
    ///
    /// - Returns: a result each, or one that tells why none was done, or that all were before.
    public func executeTogether(
        _ commands: [Command], key: String
    ) async throws(ClientError) -> [CommandResult] {
        var bytes: [UInt8] = []
        for command in commands { bytes += try Self.encode(command, nil) }
        return try await ask(
            bytes, count: commands.count, isAtomic: true, key: try Self.check(key), isRepeatable: true)
    }

    /// Asks a question. It is answered as of one position, with everything that this client was told before.
    ///
    /// - Returns: the position, and the answer; nil if there is none by that name, or it is another's.
    /// - Throws: `failed` if the key may not ask it.
    public func ask<Asked: Query>(_ query: Asked) async throws(ClientError) -> AnswerMessage<Asked> {
        var buffer = WireBuffer(capacity: 64)
        QueryMessage.write(query, to: &buffer)
        let asked = buffer.bytes.copied
        let result: Result<[UInt8], ClientError> = await withCheckedContinuation { continuation in
            let isPosted = post { core, patience in
                core.add(
                    WaitingQuery(body: asked, deadline: core.now + patience) {
                        continuation.resume(returning: $0)
                    })
            }
            if !isPosted { continuation.resume(returning: .failure(.closed)) }
        }
        let body = try result.get()
        do throws(WireError) {
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            return try AnswerMessage(reading: unsafe body.span.bytes)
        } catch { throw .malformedAnswer("\(error)") }
    }

    /// Follows the log from a position on: what is there already, then what comes.
    ///
    /// - Parameters:
    ///   - position: of the first event wanted; 0: from the beginning.
    ///   - window: events at most that came and were not worked off; the server sends no more.
    ///   - endsWhenCaughtUp: whether it ends when everything has come that was durable then.
    public func subscribe(
        from position: UInt64 = 0, _ filter: EventFilter = EventFilter(), window: UInt32 = 8_192,
        endsWhenCaughtUp: Bool = false
    ) -> LedgerEvents {
        let inbox = EventInbox(from: position)
        let subscription = ClientSubscription(
            from: position, filter, window: window, endsWhenCaughtUp: endsWhenCaughtUp, session, inbox)
        if !post({ core, _ in core.add(subscription) }) { inbox.end(.closed) }
        return LedgerEvents(subscription, window: window) { [self] count in
            post { core, _ in
                if let count {
                    core.consumed(count, of: subscription)
                } else {
                    core.remove(subscription)
                }
            }
        }
    }

    /// What the server said when the client last came in.
    public var session: ClientSession {
        guard let session = core.session else { invariantViolated("a client that never came in") }
        return session
    }

    /// Ends the connection. What waits for an answer gets an error, and so does what is asked from now on.
    public func close() async {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            if isOpen { loop.execute { [core] in core.close(.closed) } }
            return isOpen
        }
        // Nothing is lost with a loop that will not end: every request has its answer.
        if wasOpen { try? await group.shutdownGracefully() }
    }

    /// Has the loop do something; false if the client was closed.
    @discardableResult
    private func post(_ work: @escaping @Sendable (ClientCore, UInt64) -> Void) -> Bool {
        isOpen.withLock { isOpen in
            if isOpen { loop.execute { [core, patience] in work(core, patience) } }
            return isOpen
        }
    }

    private func ask(
        _ commands: [UInt8], count: Int, isAtomic: Bool, key: [UInt8], isRepeatable: Bool
    ) async throws(ClientError) -> [CommandResult] {
        guard count > 0 else { throw .invalidRequest("a request without commands") }
        await gate.enter(count)
        defer { gate.leave(count) }
        let result: Result<[CommandResult], ClientError> = await withCheckedContinuation { continuation in
            let isPosted = post { core, patience in
                core.add(
                    WaitingRequest(
                        commands: commands, count: count, isAtomic: isAtomic, key: key,
                        isRepeatable: isRepeatable, deadline: core.now + patience
                    ) { continuation.resume(returning: $0) })
            }
            if !isPosted { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    private static func encode(_ command: Command, _ key: String?) throws(ClientError) -> [UInt8] {
        var buffer = WireBuffer(capacity: 256)
        let key = try key.map { text throws(ClientError) in try check(text) } ?? []
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        CommandsRequest.put(command, key: unsafe key.span.bytes, names: .asShown, to: &buffer)
        var bytes: [UInt8] = []
        buffer.withBytes(0..<buffer.count) { span in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static func check(_ key: String) throws(ClientError) -> [UInt8] {
        let bytes = Array(key.utf8)
        guard (1...255).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .invalidRequest("an idempotency key has 1 to 255 characters of printable ASCII")
        }
        return bytes
    }
}
