internal import Client
internal import Ledger
internal import Protocol
internal import Server
internal import Simulation

/// Opens an acquirer and two merchants before the stories begin.
struct SimulatedSetup {
    private let key: APIKey
    private let server: SimulatedServer

    init(_ key: APIKey, _ server: SimulatedServer) { (self.key, self.server) = (key, server) }

    func run() throws {
        guard let connection = server.core.open() else { throw SimulationFailure("no connection at first") }
        let link = SimulatedLink()
        (link.connection, connection.carrier) = (connection, link)
        var out = WireBuffer()
        var handshake = ClientHandshake(
            key, nonce: [UInt8](repeating: 7, count: Scram.byteCount), name: "setup", certificate: [],
            out: &out)
        for _ in 0..<2 {
            try exchange(&out, connection) { header, body, out in
                _ = try handshake.receive(header, body, out: &out)
            }
        }
        for (number, command) in commands.enumerated() {
            put(command, number, into: &out)
            try exchange(&out, connection) { header, body, _ in
                var cursor = WireCursor(body)
                _ = try ResultsHead.read(&cursor)
                guard try CommandResult(reading: &cursor).status == .done else {
                    throw SimulationFailure("\(command.operation) was not done")
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
        return [
            Command(.setAcquirer(acquirer)), Command(.openMerchant(merchant)),
            Command(.openMerchant(merchant)),
        ]
    }

    private func put(_ command: Command, _ number: Int, into out: inout WireBuffer) {
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: false, count: 1, to: &out)
        let key = Array("setup \(number)".utf8)
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        CommandsRequest.put(command, key: unsafe key.span.bytes, names: .asShown, to: &out)
        out.endFrame(start, .commands, request: UInt64(number + 1))
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
