public import Ledger
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Protocol

/// A connection to a ledger that lasts: commands of all callers travel together, and what a broken connection
/// lost is asked again under the same idempotency key.
///
///     let client = try await LedgerClient.connect(ClientOptions(key: "hfk_…"))
///     let result = try await client.execute(.init(.capturePayment(body)), key: "order-17/capture")
///
/// What the ledger refuses is a result, not an error. May be used from any task.
public final class LedgerClient: Sendable {
    private let core: ClientCore
    private let loop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    private let patience: UInt64

    private init(
        _ core: ClientCore, _ loop: any EventLoop, _ group: MultiThreadedEventLoopGroup, _ patience: UInt64
    ) {
        (self.core, self.loop, self.group, self.patience) = (core, loop, group, patience)
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
        let core = ClientCore(on: loop, patience: patience) { connector.connect($0, on: loop) }
        let ready = loop.makePromise(of: Void.self)
        loop.execute { core.start(ready) }
        do { try await ready.futureResult.get() } catch {
            try? await group.shutdownGracefully()
            throw error as? ClientError ?? .unreachable("\(error)")
        }
        return LedgerClient(core, loop, group, patience)
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

    /// Ends the connection. What waits for an answer gets an error.
    public func close() async {
        loop.execute { [core] in core.close(.closed) }
        try? await group.shutdownGracefully()
    }

    private func ask(
        _ commands: [UInt8], count: Int, isAtomic: Bool, key: [UInt8], isRepeatable: Bool
    ) async throws(ClientError) -> [CommandResult] {
        guard count > 0 else { throw .invalidRequest("a request without commands") }
        let result = await withCheckedContinuation { continuation in
            loop.execute { [core, patience] in
                core.add(
                    WaitingRequest(
                        commands: commands, count: count, isAtomic: isAtomic, key: key,
                        isRepeatable: isRepeatable, deadline: core.now + patience
                    ) { continuation.resume(returning: $0) })
            }
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
