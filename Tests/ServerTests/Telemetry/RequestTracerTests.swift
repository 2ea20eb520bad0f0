import Ledger
import LogStore
import Protocol
import Server
import Simulation
import Testing

/// What a core tells of requests whose trace was sampled, and of those that fail.
@Suite struct RequestTracerTests {
    private static let trace = Hash128(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

    /// A core that is watched, with somebody connected to it.
    private final class Watched {
        let harness: CoreHarness
        let client: CoreClient
        var spans: [RequestSpan] = []
        var notes: [ServerNote] = []

        init(permille: Int = 1_000) throws {
            harness = try CoreHarness()
            client = try harness.connect(harness.firstKey)
            let clock = harness.clock
            let tracer = RequestTracer(
                permille: permille, clock: { (clock.wall, clock.wall) }, randomWord: { 77 },
                onSpan: { [unowned self] in spans.append($0) })
            harness.core.watch = CoreWatch(tracer: tracer) { [unowned self] in notes.append($0) }
        }

        /// Sends a request with a trace context before its body.
        func send(
            _ number: UInt64, _ commands: [Command], isSampled: Bool = true, spoilt: Bool = false
        ) {
            var out = WireBuffer()
            let start = out.beginFrame()
            TraceContext(trace: RequestTracerTests.trace, span: 5, isSampled: isSampled).write(to: &out)
            CommandsRequest.writeHead(isAtomic: false, count: commands.count + (spoilt ? 1 : 0), to: &out)
            for command in commands {
                [UInt8]().withRawSpan { CommandsRequest.put(command, key: $0, names: .asShown, to: &out) }
            }
            out.endFrame(start, .commands, request: number, flags: .traced)
            client.send(out)
        }
    }

    private func merchant(_ name: String) -> Command {
        var body = OpenMerchant()
        body.settings.name = Text(name) ?? Text()
        return Command(.openMerchant(body))
    }

    @Test func `a span goes from the frame to the answer, which waits for the log`() throws {
        let watched = try Watched()
        let start = watched.harness.clock.wall
        watched.send(9, [merchant("Shop"), merchant("")])
        watched.harness.clock.advance(nanoseconds: 1_000)
        try watched.harness.turn()
        #expect(watched.spans.isEmpty)
        watched.harness.clock.advance(nanoseconds: 2_000)
        try watched.harness.settle()
        let span = try #require(watched.spans.first)
        #expect(watched.spans.count == 1 && span.name == .commands && span.request == 9)
        #expect(span.traceID == "000102030405060708090a0b0c0d0e0f" && span.parent == 5 && span.id == 77)
        #expect(span.start == start && span.decided == start + 1_000 && span.end >= start + 3_000)
        #expect(span.outcome == .results(count: 2, refused: 1) && !span.isFailure)
    }

    @Test func `who does not sample, or is not drawn, has no span`() throws {
        for (permille, isSampled) in [(1_000, false), (0, true)] {
            let watched = try Watched(permille: permille)
            watched.send(1, [merchant("Shop")], isSampled: isSampled)
            try watched.harness.turn()
            try watched.harness.settle()
            #expect(watched.spans.isEmpty)
            #expect(try watched.client.answer().statuses == [.done])
        }
    }

    @Test func `of a connection that is gone spans are told in the order of their requests`() throws {
        let watched = try Watched()
        for number: UInt64 in [3, 1, 2] { watched.send(number, [merchant("Shop")]) }
        watched.harness.core.close(watched.client.connection.id)
        #expect(watched.spans.map(\.request) == [1, 2, 3])
        #expect(watched.spans.allSatisfy { $0.outcome == .abandoned && $0.isFailure })
        #expect(watched.notes.last == .connectionClosed(watched.client.connection.id))
        try watched.harness.turn()
        try watched.harness.settle()
        #expect(watched.spans.count == 3)
    }

    @Test func `more requests than may be open are answered without a span, and counted`() throws {
        let watched = try Watched()
        watched.send(1, [merchant("Shop")])
        watched.send(1, [merchant("Shop")])
        try watched.harness.turn()
        try watched.harness.settle()
        #expect(watched.spans.count == 1 && watched.harness.core.sample.spansDropped == 1)
    }

    @Test func `a request that fails is told with its number and trace, and so is its span`() throws {
        let watched = try Watched()
        watched.send(4, [merchant("Shop")], spoilt: true)
        try watched.harness.turn()
        try watched.harness.settle()
        let id = watched.client.connection.id
        #expect(
            watched.notes == [.requestFailed(id, request: 4, trace: Self.trace, .malformedRequest)])
        #expect(watched.spans.map(\.outcome) == [.failed(.malformedRequest)])
        #expect(watched.harness.core.sample.failures.requests == 1)
    }

    @Test func `who cannot prove a key is told as refused, and nobody learns which key it was`() throws {
        let watched = try Watched()
        let stranger = try #require(
            APIKey(publicID: Hash128(low: 1, high: 2), secret: [UInt8](repeating: 9, count: 32)))
        #expect(throws: (any Error).self) { try watched.harness.connect(stranger) }
        guard case .connectionAccepted(let id)? = watched.notes.first else {
            Issue.record("no connection was told: \(watched.notes)")
            return
        }
        #expect(watched.notes.contains(.handshakeRefused(id, .unauthorized)))
        #expect(watched.harness.core.sample.failures.handshakes == 1)
    }

    @Test func `refusals are counted by code`() throws {
        let harness = try CoreHarness()
        let client = try harness.connect(harness.firstKey)
        let answer = try harness.ask(client, [merchant("Shop"), merchant(""), merchant("")])
        #expect(answer.statuses == [.done, .refused(.textRequired), .refused(.textRequired)])
        let sample = harness.core.sample
        #expect(sample.refusals[.textRequired] == 2 && sample.counts.refused == 2)
        #expect(sample.refusals[.amountZero] == 0)
    }
}
