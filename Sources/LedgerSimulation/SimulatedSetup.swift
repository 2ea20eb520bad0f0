internal import Client
internal import Ledger
internal import Protocol
internal import Server
internal import Simulation

/// Opens an acquirer and two merchants before the stories begin, and more merchants for a log that has some
/// length: enough to be sealed.
struct SimulatedSetup {
    private let key: APIKey
    private let server: SimulatedServer
    private let isLong: Bool

    init(_ key: APIKey, _ server: SimulatedServer, isLong: Bool) {
        (self.key, self.server, self.isLong) = (key, server, isLong)
    }

    func run() throws {
        guard let connection = server.core.open() else { throw SimulationFailure("no connection at first") }
        var out = WireBuffer()
        var handshake = ClientHandshake(
            key, nonce: [UInt8](repeating: 7, count: Scram.byteCount), name: "setup", certificate: [],
            out: &out)
        for _ in 0..<2 {
            try exchange(&out, connection) { header, body, out in
                _ = try handshake.receive(header, body, out: &out)
            }
        }
        for start in stride(from: 0, to: commands.count, by: Self.together) {
            let some = commands[start..<min(start + Self.together, commands.count)]
            put(some, into: &out)
            try exchange(&out, connection) { _, body, _ in
                var cursor = WireCursor(body)
                for _ in 0..<(try ResultsHead.read(&cursor).count) {
                    guard try CommandResult(reading: &cursor).status == .done else {
                        throw SimulationFailure("the setup was not done")
                    }
                }
            }
        }
        server.core.close(connection.id)
    }

    private var commands: [Command] {
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        var merchant = OpenMerchant()
        merchant.settings.name = Text("Merchant") ?? Text()
        let merchants = repeatElement(Command(.openMerchant(merchant)), count: isLong ? 240 : 2)
        return [Command(.setAcquirer(acquirer))] + merchants
    }

    /// Commands in one request.
    private static var together: Int { 40 }

    private func put(_ some: ArraySlice<Command>, into out: inout WireBuffer) {
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: false, count: some.count, to: &out)
        for number in some.indices {
            let key = Array("setup \(number)".utf8)
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            CommandsRequest.put(some[number], key: unsafe key.span.bytes, names: .asShown, to: &out)
        }
        out.endFrame(start, .commands, request: UInt64(some.startIndex + 1))
    }

    /// Sends what is in `out`, lets the server work until it answers, and gives the answer to `body`.
    private func exchange(
        _ out: inout WireBuffer, _ connection: SimulatedServer.Core.Client,
        _ body: (MessageHeader, RawSpan, inout WireBuffer) throws -> Void
    ) throws {
        let sent = out.copied
        out.removeAll()
        // SAFETY: as above.
        _ = connection.takeFrame(unsafe sent.span.bytes)
        try server.turn()
        while try server.commit() {}
        // Nobody else has begun to prepare files.
        _ = try server.workAside(signs: false)
        server.core.release(durableEnd: server.durableEnd)
        let answer = connection.output.copied
        connection.output.removeAll()
        // SAFETY: as above.
        let bytes = unsafe answer.span.bytes
        guard case .whole(let header) = try FrameScan.first(in: bytes, lengthMax: .max) else {
            throw SimulationFailure("no answer at first")
        }
        try body(header, bytes.extracting(MessageHeader.byteCount..<bytes.byteCount), &out)
    }
}
