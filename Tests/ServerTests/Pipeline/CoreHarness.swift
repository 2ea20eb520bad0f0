import Client
import Ledger
import LogStore
import Protocol
import Replay
import Server
import Simulation
import Testing

/// A server's core on a simulated machine, driven by hand: what goes in, what comes out, and when.
final class CoreHarness {
    typealias Core = ServerCore<SimulatedPlatform, LedgerIndex, UTCCalendar>

    let clock = SimulatedClock()
    let storage = SimulatedStorage()
    let log: LogStore<SimulatedPlatform, LedgerIndex>
    let core: Core
    let firstKey: APIKey

    init(inboxRequests: Int = 64) throws {
        var settings = ServerSettings()
        settings.log.geometry.walBytes = 8 << 20
        settings.log.runsThreads = false
        settings.inboxRequests = inboxRequests
        let platform = SimulatedPlatform(disk: storage, clock: clock, seed: 1)
        let assembled = try AssembledServer.open(platform, settings, calendar: UTCCalendar())
        (log, core) = (assembled.log, assembled.core)
        let path = FirstKey<SimulatedPlatform>.path
        let text = try #require(try AtomicFile.read(path, byteCountMax: 4_096, on: storage))
        firstKey = try #require(APIKey(String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }))
    }

    /// Decides what has come in.
    func turn() throws { _ = try core.turn(at: LedgerTime(nanoseconds: clock.wall)) }

    /// Makes what was decided durable, and lets answers leave.
    func settle() throws {
        while try log.parts.commit() {}
        while try log.parts.prepare() != .ready {}
        core.release(durableEnd: log.durableEnd)
    }

    /// A connection after its handshake.
    func connect(_ key: APIKey) throws -> CoreClient {
        let client = CoreClient(try #require(core.open()))
        var out = WireBuffer()
        var handshake = ClientHandshake(
            key, nonce: [UInt8](repeating: 3, count: 32), name: "test", certificate: [], out: &out)
        for _ in 0..<2 {
            client.send(out)
            out.removeAll()
            try turn()
            try settle()
            for frame in try client.frames() {
                try frame.body.withBytes { body in
                    _ = try handshake.receive(frame.header, body, out: &out)
                }
            }
        }
        return client
    }

    /// Sends commands and gives what is answered, once it is durable.
    func ask(_ client: CoreClient, _ commands: [Command], key: String = "") throws -> Answer {
        client.send(commands, keys: commands.map { _ in key })
        try turn()
        try settle()
        return try client.answer()
    }

    /// A new key of a merchant, or of the whole ledger.
    func makeKey(_ number: UInt8, scopes: Scopes, merchant: MerchantID, by admin: CoreClient) throws -> APIKey
    {
        let key = try #require(
            APIKey(
                publicID: Hash128(low: UInt64(number), high: 9),
                secret: [UInt8](repeating: number, count: 32)))
        var body = CreateAPIKey()
        body.publicID = key.publicID
        body.name = Text("key") ?? Text()
        body.scopes = scopes.rawValue
        body.actor = ActorID(raw: UInt64(number))
        body.storedKey = try #require(KeyVerifier(bytes: key.verifier.storedKey))
        body.serverKey = try #require(KeyVerifier(bytes: key.verifier.serverKey))
        var command = Command(.createAPIKey(body))
        command.merchant = merchant
        let answer = try ask(admin, [command])
        try #require(answer.statuses == [.done])
        return key
    }
}

/// What came back for a request.
enum Answer: Equatable {
    case results([CommandResult])
    case failure(FailureCode, index: UInt16)

    var statuses: [CommandResult.Status] {
        if case .results(let results) = self { results.map(\.status) } else { [] }
    }
}

/// A client's end of a connection, byte by byte.
final class CoreClient {
    struct Frame {
        let header: MessageHeader
        let body: WireBytes
    }

    let connection: CoreHarness.Core.Client
    private var nextRequest: UInt64 = 1

    init(_ connection: CoreHarness.Core.Client) { self.connection = connection }

    func send(_ frames: borrowing WireBuffer) {
        var rest = frames.copied
        while !rest.isEmpty {
            let taken = rest.withRawSpan { connection.takeFrame($0) }
            if taken == 0 { return }
            rest.removeFirst(taken)
        }
    }

    /// Asks something, and gives the frame of what is answered.
    func ask<Asked: Query>(_ query: Asked, of harness: CoreHarness) throws -> Frame {
        var out = WireBuffer()
        let start = out.beginFrame()
        QueryMessage.write(query, to: &out)
        out.endFrame(start, .query, request: 99)
        send(out)
        try harness.turn()
        try harness.settle()
        return try #require(try frames().last)
    }

    /// Sends commands as one request; returns its number.
    @discardableResult
    func send(_ commands: [Command], keys: [String]) -> UInt64 {
        var out = WireBuffer()
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: false, count: commands.count, to: &out)
        for (command, key) in zip(commands, keys) {
            Array(key.utf8).withRawSpan {
                CommandsRequest.put(command, key: $0, names: .asShown, to: &out)
            }
        }
        let request = nextRequest
        nextRequest += 1
        out.endFrame(start, .commands, request: request)
        send(out)
        return request
    }

    /// Everything that has left.
    func frames() throws -> [Frame] {
        var bytes = connection.output.copied
        connection.output.removeAll()
        var frames: [Frame] = []
        while !bytes.isEmpty {
            let scan = try bytes.withRawSpan { try FrameScan.first(in: $0, lengthMax: .max) }
            guard case .whole(let header) = scan else { break }
            let end = MessageHeader.byteCount + Int(header.length)
            frames.append(
                Frame(header: header, body: WireBytes(Array(bytes[MessageHeader.byteCount..<end]))))
            bytes.removeFirst(end)
        }
        return frames
    }

    func answer() throws -> Answer {
        let frame = try #require(try frames().last)
        return try frame.body.withBytes { body in
            if frame.header.type == .failure {
                let failure = try Failure(reading: body)
                return .failure(failure.code, index: failure.index)
            }
            var cursor = WireCursor(body)
            let head = try ResultsHead.read(&cursor)
            return .results(try (0..<head.count).map { _ in try CommandResult(reading: &cursor) })
        }
    }
}

/// Bytes that are lent.
struct WireBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        try bytes.withRawSpan { try body($0) }
    }
}

extension WireBuffer {
    var copied: [UInt8] {
        var bytes: [UInt8] = []
        withBytes(0..<count) { span in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
