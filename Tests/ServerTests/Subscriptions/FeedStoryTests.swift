import Ledger
import LogStore
import Protocol
import Server
import Simulation
import TestSupport
import Testing

/// What the feed does for one or two subscriptions, told one by one.
@Suite struct FeedStoryTests {
    static let merchants: [UInt64] = [0, 1, 2, 1, 1, 2, 0, 2, 1, 2]
    private static let hidden = Names(cipher: FeedWorld.cipher, showsSequences: false)

    private static func world(
        _ merchants: [UInt64] = merchants, limits: SubscriptionLimits = SubscriptionLimits()
    ) throws -> FeedWorld {
        let log = try TestLog()
        try log.append(ofMerchants: merchants)
        return FeedWorld(log: log, limits: limits)
    }

    private static func only(_ said: [Said]) -> FailureCode? {
        guard said.count == 1 else { return nil }
        return switch said[0] {
        case .failed(let failure): failure.code
        case .ended(let failure): failure?.code
        case .events, .progress: nil
        }
    }

    // MARK: What is told

    @Test(arguments: [false, true])
    func `an auditor gets the leaves of the tree, and their root`(isSealed: Bool) throws {
        let log = try TestLog(isEncrypted: isSealed)
        try log.append(groups: 30, of: 40)
        if isSealed { try log.sealAll() }
        try log.settle()
        #expect((log.log.parts.catalog.sealedEnd > 0) == isSealed)
        var world = FeedWorld(log: log)
        world.subscribe()
        world.settle()
        let events = world.connections.events()
        #expect(events == (try ExpectedEvents(log).events(0..<log.log.durableEnd)))
        var frontier = MerkleFrontier()
        var completed: [Hash256] = []
        for event in events {
            try event.bytes.withRawSpan { (bytes) throws(DecodingFailure) in
                let run = try EventRun(validating: bytes, count: 1, firstSequence: frontier.size)
                frontier.append(run, completed: &completed)
            }
        }
        #expect(frontier.root == log.log.parts.progress.lastPoint.root)
    }

    @Test func `a merchant gets its own events as outsiders see them, and positions to go on from`() throws {
        var world = try Self.world()
        let (expected, end) = (try ExpectedEvents(world.log), world.log.log.durableEnd)
        world.subscribe(by: .ofMerchant)
        world.subscribe(2, merchant: 1, by: .platform)
        world.settle()
        let own = try expected.events(0..<end, merchant: 1, names: Self.hidden)
        #expect(own.count == 4)
        #expect(world.connections.events() == own && world.connections.events(2) == own)
        guard case .events(0, let next, _)? = world.connections.said().first else {
            Issue.record("no events from the beginning")
            return
        }
        // From where it was told to go on, nothing comes twice.
        try world.log.append(ofMerchants: [2, 1])
        world.mailbox.durableAdvanced(to: world.log.log.durableEnd)
        world.subscribe(3, from: next, by: .ofMerchant)
        world.settle()
        let more = try ExpectedEvents(world.log)
            .events(end..<world.log.log.durableEnd, merchant: 1, names: Self.hidden)
        #expect(world.connections.events(3) == more && more.count == 1)
    }

    @Test func `types are a filter, for an auditor with a merchant too`() throws {
        var world = try Self.world()
        let (expected, end) = (try ExpectedEvents(world.log), world.log.log.durableEnd)
        let types = [FactType.merchantFrozen.rawValue, FactType.batchClosed.rawValue]
        world.subscribe(1, types: types)
        world.subscribe(2, merchant: 2, types: types)
        world.subscribe(3, types: [0xFFFF])
        world.settle()
        #expect(world.connections.events(1) == (try expected.events(0..<end, types: types)))
        #expect(world.connections.events(2) == (try expected.events(0..<end, merchant: 2, types: types)))
        #expect(world.connections.said(3) == [.progress(Progress(position: end, durableEnd: end))])
    }

    @Test func `a frame is as large as it may be, and one event always fits`() throws {
        var limits = SubscriptionLimits()
        limits.frameBytesMax = 400
        var world = try Self.world(limits: limits)
        let end = world.log.log.durableEnd
        world.subscribe()
        world.settle()
        #expect(world.connections.events().count == Int(end))
        #expect(world.connections.said().count >= 4)
        #expect((300...400).contains(world.connections.largestFrame))
        limits.frameBytesMax = 1
        var tight = FeedWorld(log: world.log, limits: limits)
        tight.subscribe()
        tight.settle()
        #expect(tight.connections.events() == world.connections.events())
        #expect(tight.connections.said().count == Int(end) + 1)
    }

    // MARK: Who waits for whom

    @Test func `a connection without room holds up its own subscriptions only`() throws {
        var limits = SubscriptionLimits()
        limits.frameBytesMax = 200
        var world = try Self.world(limits: limits)
        let end = Int(world.log.log.durableEnd)
        world.connections.room[1] = 1
        world.subscribe(1, on: 1)
        world.subscribe(2, on: 1)
        world.subscribe(1, on: 2)
        world.settle()
        #expect(world.connections.events(1, on: 2).count == end)
        #expect(world.connections.said(1).count + world.connections.said(2).count == 1)
        world.connections.room[1] = nil
        world.mailbox.post(.roomAvailable(connection: 1))
        world.settle()
        #expect(world.connections.events(1).count == end && world.connections.events(2).count == end)
        #expect(world.connections.intrusions == 0)
    }

    @Test func `who begins later gets its turns too`() throws {
        var limits = SubscriptionLimits()
        limits.frameBytesMax = 1
        var world = try Self.world(limits: limits)
        world.subscribe(1)
        _ = world.feed.step(now: world.now)
        world.subscribe(2)
        for _ in 0..<3 { _ = world.feed.step(now: world.now) }
        #expect(world.connections.events(1).count == 4)
        #expect(world.connections.events(2).count == 3)
    }

    @Test func `those who are near each other share what is read`() throws {
        let log = try TestLog()
        // A megabyte: several windows, and frames that end inside them.
        for _ in 0..<12 { try log.append(groups: 60, of: 40) }
        func readCount(_ subscribers: UInt64) -> UInt64 {
            var world = FeedWorld(log: log)
            for request in 1...subscribers { world.subscribe(request) }
            world.settle()
            for request in 1...subscribers {
                #expect(world.connections.events(request).count == Int(log.log.durableEnd))
            }
            return world.feed.stretchesRead
        }
        #expect(readCount(1) > 3)
        #expect(readCount(12) == readCount(1))
    }

    @Test func `nothing is looked at without credit, and only events take it`() throws {
        var world = try Self.world()
        let (expected, end) = (try ExpectedEvents(world.log), world.log.log.durableEnd)
        let own = try expected.events(0..<end, merchant: 1)
        world.subscribe(credit: 0, merchant: 1)
        world.settle()
        #expect(world.connections.said() == [])
        for count in 1...own.count {
            world.mailbox.post(.credit(connection: 1, request: 1, events: 1))
            world.settle()
            #expect(world.connections.events() == Array(own.prefix(count)))
        }
        world.mailbox.post(.credit(connection: 1, request: 1, events: .max))
        world.mailbox.post(.credit(connection: 1, request: 1, events: .max))
        world.settle()
        #expect(world.connections.said().last == .progress(Progress(position: end, durableEnd: end)))
    }

    // MARK: Where it is

    @Test func `a subscriber hears where it is when it has caught up, and after ten silent seconds`() throws {
        var world = try Self.world()
        let end = world.log.log.durableEnd
        let here = Said.progress(Progress(position: end, durableEnd: end))
        world.subscribe(1, from: end)
        world.subscribe(2, credit: 0)
        world.settle()
        #expect(world.connections.said(1) == [here] && world.connections.said(2) == [])
        let start = world.now
        #expect(world.feed.step(now: start) == .until(start + Subscription.heartbeatNanoseconds))
        world.now = start + Subscription.heartbeatNanoseconds - 1
        world.settle()
        #expect(world.connections.said(1) == [here] && world.connections.said(2) == [])
        world.now += 1
        world.settle()
        #expect(world.connections.said(1) == [here, here])
        #expect(world.connections.said(2) == [.progress(Progress(position: 0, durableEnd: end))])
    }

    @Test func `events that nobody wants move the position on`() throws {
        var world = try Self.world([1, 1, 1])
        world.subscribe(merchant: 2)
        world.settle()
        try world.log.append(ofMerchants: [1, 1, 2])
        let end = world.log.log.durableEnd
        world.mailbox.durableAdvanced(to: end - 1)
        world.settle()
        #expect(world.connections.said().count == 1)
        world.now += Subscription.heartbeatNanoseconds
        world.settle()
        #expect(
            world.connections.said().last == .progress(Progress(position: end - 1, durableEnd: end - 1)))
        world.mailbox.durableAdvanced(to: end)
        world.settle()
        guard case .events(end - 1, end, _)? = world.connections.said().last else {
            Issue.record("\(world.connections.said())")
            return
        }
    }

    // MARK: No, and no more

    @Test func `what may not be asked for is refused, and nothing begins`() throws {
        var limits = SubscriptionLimits()
        limits.perConnectionMax = 2
        limits.countMax = 3
        var world = try Self.world(limits: limits)
        let end = world.log.log.durableEnd
        world.subscribe(1, on: 1, from: end + 1)
        world.subscribe(2, on: 1, by: .writer)
        world.subscribe(3, on: 1, by: .platform)
        world.subscribe(4, on: 1, merchant: 2, by: .ofMerchant)
        let token = Self.hidden.close(end + 1, as: .sequence)
        world.subscribe(5, on: 1, from: token, by: .ofMerchant)
        world.subscribe(6, on: 1, from: 12_345, by: .ofMerchant)
        world.settle()
        let codes = (1...6).map { Self.only(world.connections.said($0)) }
        #expect(
            codes == [
                .unknownPosition, .forbidden, .forbidden, .forbidden, .unknownPosition, .unknownPosition,
            ])
        for request in [7, 7, 8, 9] as [UInt64] { world.subscribe(request, from: end, credit: 0) }
        world.subscribe(1, on: 2, from: end, credit: 0)
        world.subscribe(1, on: 3, from: end, credit: 0)
        world.settle()
        #expect(world.connections.said(7).contains { $0 == .failed(SubscriptionRefusal.nameTaken.failure) })
        #expect(Self.only(world.connections.said(9)) == .tooManySubscriptions)
        #expect(Self.only(world.connections.said(1, on: 3)) == .tooManySubscriptions)
        world.mailbox.post(.credit(connection: 1, request: 99, events: 1))
        world.mailbox.post(.unsubscribe(connection: 2, request: 7))
        world.settle()
        #expect(Self.only(world.connections.said(99)) == .unknownSubscription)
        #expect(Self.only(world.connections.said(7, on: 2)) == .unknownSubscription)
    }

    @Test func `each end is told once, as what it is, and is the last word`() throws {
        var world = try Self.world()
        let end = world.log.log.durableEnd
        world.subscribe(1, from: end)
        world.subscribe(2, from: end)
        world.subscribe(3, from: Self.hidden.close(end, as: .sequence), by: .ofMerchant)
        world.subscribe(4, on: 2, from: end)
        world.settle()
        world.mailbox.post(.unsubscribe(connection: 1, request: 1))
        world.mailbox.post(.keyRevoked(Asker.ofMerchant.key))
        world.mailbox.post(.connectionClosed(2))
        world.settle()
        world.mailbox.post(.drain)
        world.subscribe(5, from: end)
        world.settle()
        try world.log.append(ofMerchants: [1, 1])
        world.mailbox.durableAdvanced(to: world.log.log.durableEnd)
        #expect(world.feed.step(now: world.now) == .untilPosted)
        #expect(world.connections.said(1).dropFirst() == [.ended(nil)])
        #expect(Self.only(Array(world.connections.said(2).dropFirst())) == .draining)
        #expect(Self.only(Array(world.connections.said(3).dropFirst())) == .forbidden)
        #expect(world.connections.said(4, on: 2).count == 1)
        #expect(Self.only(world.connections.said(5)) == .draining)
        world.mailbox.stop()
        #expect(world.feed.step(now: world.now) == .forEver)
    }

    @Test func `what cannot be read ends the subscription behind what could`() throws {
        var world = try Self.world()
        let end = world.log.log.durableEnd
        world.subscribe(1)
        world.subscribe(2, by: .ofMerchant)
        // The log is said to be longer than it is.
        world.mailbox.durableAdvanced(to: end + 3)
        world.settle()
        #expect(world.connections.events(1).count == Int(end))
        guard case .ended(let told?)? = world.connections.said(1).last,
            case .ended(let hidden?)? = world.connections.said(2).last
        else {
            Issue.record("\(world.connections.said(1))")
            return
        }
        #expect(told.code == .notReadable && told.text.contains("\(end)"))
        #expect(hidden.code == .notReadable && !hidden.text.contains("\(end)"))
        #expect(world.feed.counts.faults == 2)
        #expect(world.feed.step(now: world.now) == .untilPosted)
    }
}
