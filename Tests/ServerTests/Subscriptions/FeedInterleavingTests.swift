import Ledger
import LogStore
import Protocol
import Server
import Simulation
import TestSupport
import Testing

/// Whatever comes when: every wanted event once, in order, and nothing without credit or room.
@Suite struct FeedInterleavingTests {
    private static let hidden = Names(cipher: FeedWorld.cipher, showsSequences: false)

    /// What was asked for, and what has been heard of it.
    private struct Watched {
        var connection: ConnectionID
        var request: UInt64
        var merchant: UInt64
        var types: [UInt16]
        var isShown: Bool
        /// Where the next stretch must begin.
        var next: UInt64
        var credit: UInt64
        var isOver = false
        var heard = 0
        var names: Names { Names(cipher: FeedWorld.cipher, showsSequences: !isShown) }
    }

    /// Judges what a subscription was told since it was judged last.
    private static func judge(
        _ watched: inout Watched, _ connections: FeedConnections, _ log: ExpectedEvents, _ place: String
    ) throws {
        let said = connections.said(watched.request, on: watched.connection)
        for words in said[watched.heard...] {
            // What the client said while the end was on its way.
            if watched.isOver, case .failed(let failure) = words, failure.code == .unknownSubscription {
                continue
            }
            #expect(!watched.isOver, "\(place): \(words) after the end")
            switch words {
            case .events(let start, let end, let events):
                let stretch =
                    watched.names.open(start, as: .sequence)..<watched.names.open(end, as: .sequence)
                #expect(stretch.lowerBound == watched.next, "\(place)")
                let expected = try log.events(
                    stretch, merchant: watched.merchant, types: watched.types,
                    names: watched.isShown ? watched.names : nil)
                let isRight = events == expected
                #expect(isRight, "\(place): \(stretch)")
                #expect(UInt64(events.count) <= watched.credit, "\(place)")
                watched.credit -= min(watched.credit, UInt64(events.count))
                watched.next = stretch.upperBound
            case .progress(let progress):
                let position = watched.names.open(progress.position, as: .sequence)
                let stretch = watched.next..<max(watched.next, position)
                let missed = try log.events(stretch, merchant: watched.merchant, types: watched.types)
                #expect(position >= watched.next && missed.isEmpty, "\(place): progress to \(position)")
                watched.next = position
            case .ended, .failed: watched.isOver = true
            }
        }
        watched.heard = said.count
    }

    @Test func `every order of a few appends, credits, reads and rooms gives the same events`() throws {
        let log = try TestLog()
        try log.append(ofMerchants: [1, 2, 1, 1, 2])
        let expected = try ExpectedEvents(log)
        let end = log.log.durableEnd
        var limits = SubscriptionLimits()
        limits.frameBytesMax = 256
        let acts = 4
        let length = 6
        var heard = 0
        for (merchant, asker) in [(0, Asker.auditor), (2, .auditor), (1, .ofMerchant)] as [(UInt64, Asker)] {
            for number in 0..<(0..<length).reduce(1, { count, _ in count * acts }) {
                var world = FeedWorld(log: log, isEndKnown: false, limits: limits)
                var watched = Watched(
                    connection: 1, request: 1, merchant: merchant, types: [],
                    isShown: asker.merchant == MerchantID(raw: 1), next: 0, credit: 1)
                world.connections.room[1] = 1
                world.subscribe(credit: 1, merchant: merchant, by: asker)
                var (rest, known) = (number, UInt64(0))
                for _ in 0..<length {
                    switch rest % acts {
                    case 0:
                        known = min(end, known + 2)
                        world.mailbox.durableAdvanced(to: known)
                    case 1:
                        watched.credit += 2
                        world.mailbox.post(.credit(connection: 1, request: 1, events: 2))
                    case 2:
                        world.connections.room[1] = 1
                        world.mailbox.post(.roomAvailable(connection: 1))
                    default: _ = world.feed.step(now: world.now)
                    }
                    rest /= acts
                    try Self.judge(&watched, world.connections, expected, "\(number) of \(merchant)")
                }
                // In the end everybody gets everything.
                world.connections.room[1] = nil
                world.mailbox.post(.roomAvailable(connection: 1))
                world.mailbox.durableAdvanced(to: end)
                watched.credit += 1_000
                world.mailbox.post(.credit(connection: 1, request: 1, events: 1_000))
                world.settle()
                // Where it is, if nothing at the end was wanted.
                world.now += Subscription.heartbeatNanoseconds
                world.settle()
                try Self.judge(&watched, world.connections, expected, "\(number) of \(merchant)")
                #expect(watched.next == end, "\(number) of \(merchant)")
                #expect(world.connections.intrusions == 0, "\(number) of \(merchant)")
                heard += world.connections.events().count
            }
        }
        #expect(heard > 10_000)
    }

    /// A life of a feed drawn from a seed.
    private struct Life: ~Copyable {
        var world: FeedWorld
        var random: SeededRandom
        var watched: [Watched] = []
        var expected: ExpectedEvents
        private let seed: UInt64
        private static let connections: [ConnectionID] = [1, 2, 3]

        init(seed: UInt64) throws {
            let log = try TestLog(isEncrypted: seed % 2 == 0)
            var limits = SubscriptionLimits()
            limits.frameBytesMax = [150, 600, 5_000][Int(seed % 3)]
            expected = try ExpectedEvents(log)
            world = FeedWorld(log: log, limits: limits)
            random = SeededRandom(seed: seed)
            self.seed = seed
        }

        mutating func append() throws {
            let merchants = (0...random.below(60)).map { _ in UInt64(random.below(3)) }
            try world.log.append(ofMerchants: merchants)
            switch random.below(6) {
            case 0: try world.log.sealAll()
            case 1: try world.log.settle()
            default: break
            }
            expected = try ExpectedEvents(world.log)
            if random.below(3) > 0 { world.mailbox.durableAdvanced(to: world.log.log.durableEnd) }
        }

        mutating func subscribe() {
            guard watched.count(where: { !$0.isOver }) < 10 else { return }
            let (isShown, types) = (random.below(2) == 0, random.below(3))
            let merchant = isShown ? 1 : UInt64(random.below(3))
            var new = Watched(
                connection: Self.connections[random.below(3)], request: UInt64(watched.count + 1),
                merchant: merchant, types: types == 0 ? [FactType.batchClosed.rawValue, 0xFF01] : [],
                isShown: isShown, next: UInt64(random.below(Int(expected.end) + 1)),
                credit: UInt64(random.below(40)))
            // Up to here it is known to be durable.
            world.mailbox.durableAdvanced(to: world.log.log.durableEnd)
            if random.below(4) == 0 { new.next = 0 }
            world.subscribe(
                new.request, on: new.connection, from: new.names.close(new.next, as: .sequence),
                credit: UInt32(new.credit), merchant: merchant, types: new.types,
                by: isShown ? .ofMerchant : .auditor)
            watched.append(new)
        }

        mutating func giveCredit() {
            guard !watched.isEmpty else { return }
            let (index, events) = (random.below(watched.count), random.below(60))
            guard !watched[index].isOver else { return }
            watched[index].credit += UInt64(events)
            world.mailbox.post(
                .credit(
                    connection: watched[index].connection, request: watched[index].request,
                    events: UInt32(events)))
        }

        mutating func changeRoom() {
            // What is still to be obeyed would take the room before it is told.
            _ = world.feed.step(now: world.now)
            let connection = Self.connections[random.below(3)]
            world.connections.room[connection] = random.below(4)
            if world.connections.room[connection] == 0 {
                world.connections.room[connection] = nil
            }
            world.mailbox.post(.roomAvailable(connection: connection))
        }

        mutating func leave() {
            guard !watched.isEmpty, random.below(8) == 0 else { return }
            let index = random.below(watched.count)
            guard !watched[index].isOver else { return }
            world.mailbox.post(
                .unsubscribe(connection: watched[index].connection, request: watched[index].request))
        }

        mutating func act() throws {
            switch random.below(10) {
            case 0: try append()
            case 1: subscribe()
            case 2, 3: giveCredit()
            case 4: changeRoom()
            case 5: leave()
            case 6: world.now += Subscription.heartbeatNanoseconds / 3
            default: _ = world.feed.step(now: world.now)
            }
            try judge()
        }

        private mutating func judge() throws {
            for index in watched.indices {
                try FeedInterleavingTests.judge(
                    &watched[index], world.connections, expected,
                    "seed \(seed), subscription \(watched[index].request)")
            }
            #expect(world.connections.intrusions == 0, "seed \(seed)")
        }

        /// Everybody gets what there is.
        mutating func finish() throws {
            for connection in Self.connections {
                world.connections.room[connection] = nil
                world.mailbox.post(.roomAvailable(connection: connection))
            }
            world.mailbox.durableAdvanced(to: world.log.log.durableEnd)
            for index in watched.indices where !watched[index].isOver {
                watched[index].credit += 1 << 30
                world.mailbox.post(
                    .credit(
                        connection: watched[index].connection, request: watched[index].request,
                        events: 1 << 30))
            }
            world.settle()
            world.now += Subscription.heartbeatNanoseconds
            world.settle()
            try judge()
            for one in watched where !one.isOver {
                #expect(one.next == world.log.log.durableEnd, "seed \(seed), subscription \(one.request)")
            }
        }
    }

    @Test(arguments: UInt64(1)...12)
    func `any life of a feed gives everybody what it wants, once and in order`(seed: UInt64) throws {
        var life = try Life(seed: seed)
        for _ in 0..<400 { try life.act() }
        try life.finish()
        #expect(life.watched.contains { $0.isOver } && life.watched.contains { !$0.isOver })
    }
}
