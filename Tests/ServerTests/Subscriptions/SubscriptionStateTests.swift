import Client
import Ledger
import LogStore
import Protocol
import Server
import Simulation
import TestSupport
import Testing

/// The client's side of a subscription, against messages by hand and against the server's feed.
@Suite struct SubscriptionStateTests {
    private static func body(_ start: UInt64, _ end: UInt64, at positions: [UInt64]) -> [UInt8] {
        var buffer = WireBuffer()
        let head = EventsHead.leaveRoom(in: &buffer)
        for position in positions {
            buffer.put(position)
            buffer.put([UInt8](repeating: 0, count: EventHeader.byteCount))
        }
        EventsHead(start: start, end: end, count: UInt32(positions.count)).write(to: &buffer, at: head)
        return buffer.bytes.array()
    }

    /// What the state makes of a message; nil if it does not take it.
    private static func receive(_ body: [UInt8], _ state: inout SubscriptionState) -> [UInt64]? {
        var positions: [UInt64] = []
        do throws(ClientError) {
            try body.withRawSpan { (body) throws(ClientError) in
                try state.received(events: body) { positions.append($0.position) }
            }
        } catch { return nil }
        return positions
    }

    @Test func `a stretch that is not the next is not taken, and changes nothing`() {
        for showsSequences in [true, false] {
            var state = SubscriptionState(from: 5, window: 10, showsSequences: showsSequences)
            #expect(state.begin() == Subscribe(position: 5, credit: 10))
            #expect(Self.receive(Self.body(5, 7, at: [5, 6]), &state) == [5, 6])
            for body in [
                Self.body(5, 7, at: [5, 6]), Self.body(8, 9, at: [8]),
                Self.body(7, 16, at: Array(7...15)), Self.body(7, 8, at: [7]) + [0],
                Array(Self.body(7, 8, at: [7]).dropLast()),
            ] {
                #expect(Self.receive(body, &state) == nil)
            }
            #expect(Self.receive(Self.body(7, 9, at: [7, 8]), &state) == [7, 8])
        }
    }

    @Test func `sequences ascend, and none is left out where all were asked for`() {
        let bad: [(UInt64, UInt64, [UInt64])] = [
            (0, 3, [0, 2]), (0, 3, [0, 1]), (0, 2, [1, 0]), (0, 2, [0, 0]), (0, 2, [0, 2]), (0, 0, [0]),
        ]
        for (start, end, positions) in bad {
            var state = SubscriptionState(from: 0, window: 10, showsSequences: true)
            _ = state.begin()
            #expect(Self.receive(Self.body(start, end, at: positions), &state) == nil, "\(positions)")
        }
        var some = SubscriptionState(from: 0, window: 10, types: [1], showsSequences: true)
        #expect(some.begin().types == [1])
        #expect(Self.receive(Self.body(0, 2, at: [1, 0]), &some) == nil)
        #expect(Self.receive(Self.body(0, 2, at: [0, 2]), &some) == nil)
        #expect(Self.receive(Self.body(0, 9, at: [1, 6]), &some) == [1, 6])
        #expect(some.next == 9)
        // Tokens may be any numbers.
        var tokens = SubscriptionState(from: 0, window: 10, showsSequences: false)
        _ = tokens.begin()
        #expect(Self.receive(Self.body(0, 3, at: [9, 4]), &tokens) == [9, 4])
    }

    @Test func `progress moves on, and never back`() throws {
        var state = SubscriptionState(from: 4, window: 10, types: [1], showsSequences: true)
        _ = state.begin()
        try state.received(Progress(position: 8, durableEnd: 9))
        #expect(state.next == 8 && state.durableEnd == 9)
        #expect(throws: ClientError.self) { try state.received(Progress(position: 7, durableEnd: 9)) }
        #expect(throws: ClientError.self) { try state.received(Progress(position: 9, durableEnd: 8)) }
        #expect(Self.receive(Self.body(8, 9, at: [8]), &state) == [8])
    }

    @Test func `credit goes back at half, and what waits keeps its part over a new connection`() {
        var state = SubscriptionState(from: 0, window: 8, showsSequences: true)
        #expect(state.begin().credit == 8)
        #expect(Self.receive(Self.body(0, 6, at: Array(0..<6)), &state)?.count == 6)
        #expect(state.consumed(3) == nil)
        #expect(state.consumed(1) == 4)
        #expect(state.consumed(1) == nil)
        // One waits, and the one that was worked off and not given back comes back at once.
        #expect(state.begin() == Subscribe(position: 6, credit: 7))
        #expect(state.consumed(9) == nil)
        #expect(Self.receive(Self.body(6, 13, at: Array(6..<13)), &state)?.count == 7)
        #expect(Self.receive(Self.body(13, 14, at: [13]), &state) == nil)
        #expect(state.consumed(7) == 8)
        var least = SubscriptionState(from: 0, window: 0, showsSequences: true)
        #expect(least.begin().credit == 1)
        #expect(Self.receive(Self.body(0, 1, at: [0]), &least) == [0])
        #expect(least.consumed(1) == 1)
    }

    @Test(arguments: UInt64(1)...10)
    func `over any number of connections every event comes once, in order`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let log = try TestLog()
        let isShown = seed % 2 == 0
        var limits = SubscriptionLimits()
        limits.frameBytesMax = 400
        var world = FeedWorld(log: log, limits: limits)
        var state = SubscriptionState(
            from: 0, window: UInt32(1 + random.below(20)), showsSequences: !isShown)
        var (request, got, heard, waiting) = (UInt64(0), [SaidEvent](), 0, 0)
        func begin() {
            request += 1
            heard = 0
            let body = state.begin()
            world.subscribe(
                request, from: body.position, credit: body.credit, by: isShown ? .ofMerchant : .auditor)
        }
        func consume(_ count: Int) {
            waiting -= count
            guard let credit = state.consumed(UInt32(count)) else { return }
            world.mailbox.post(.credit(connection: 1, request: request, events: credit))
        }
        func listen() throws {
            let said = world.connections.said(request)
            for words in said[heard...] {
                switch words {
                case .events(let start, let end, let events):
                    var body = WireBuffer()
                    let head = EventsHead.leaveRoom(in: &body)
                    for event in events {
                        body.put(event.position)
                        body.put(event.bytes)
                    }
                    EventsHead(start: start, end: end, count: UInt32(events.count)).write(to: &body, at: head)
                    try state.received(events: body.bytes) {
                        got.append(SaidEvent(position: $0.position, bytes: $0.bytes.array()))
                        waiting += 1
                    }
                case .progress(let progress): try state.received(progress)
                case .ended, .failed: Issue.record("seed \(seed): \(words)")
                }
            }
            heard = said.count
        }
        begin()
        for _ in 0..<300 {
            switch random.below(8) {
            case 0:
                try log.append(ofMerchants: (0...random.below(9)).map { _ in UInt64(random.below(2)) })
                world.mailbox.durableAdvanced(to: log.log.durableEnd)
            case 1:
                // The connection is lost, with or without what was on its way.
                if random.below(2) == 0 { try listen() }
                world.mailbox.post(.connectionClosed(1))
                begin()
            case 2, 3: consume(random.below(waiting + 1))
            case 4, 5: try listen()
            default: _ = world.feed.step(now: world.now)
            }
        }
        for _ in 0..<1_000 {
            consume(waiting)
            world.settle()
            try listen()
        }
        let names = Names(cipher: FeedWorld.cipher, showsSequences: false)
        let expected = try ExpectedEvents(log)
            .events(0..<log.log.durableEnd, merchant: isShown ? 1 : 0, names: isShown ? names : nil)
        #expect(got == expected && got.count > 20, "seed \(seed)")
    }
}
