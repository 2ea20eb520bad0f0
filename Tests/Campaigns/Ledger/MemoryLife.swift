import Ledger
import LedgerModel
import LogStore
import Projections
import Replay
import TestSupport

/// One life of two machines, one of which keeps hardly anything in memory.
struct MemoryLife: ~Copyable {
    private let seed: UInt64
    private let mutation: LedgerMemory.Mutation?
    private var large: LedgerState
    private var small: SmallMachine.Machine?
    /// What the commands are drawn from.
    private let model: LedgerModel
    private var drawer: CommandDrawer
    private var batch = EventBatch(capacity: 2_048)
    private var otherBatch = EventBatch(capacity: 2_048)
    /// The others, while these are little.
    private var plenty = EventBatch(capacity: 1)
    private var otherPlenty = EventBatch(capacity: 1)
    private var isLittle = false
    private var events: [Event] = []
    private var digests: [(count: Int, digest: StateDigest)] = []
    private var result = CampaignResult()
    private var isBroken = false
    private var step = 0

    private static let shard = Shard(number: 3)
    private static let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)

    init(seed: UInt64, mutation: LedgerMemory.Mutation?) {
        self.seed = seed
        self.mutation = mutation
        large = LedgerState(shard: Self.shard, seed: seed)
        model = LedgerModel(nextSequence: 1, shard: Self.shard)
        // The clock of every fourth life jumps back and forth.
        drawer = CommandDrawer(seed: seed, start: Self.start, isClockFaulty: seed % 4 == 0)
        do throws(AtticError) {
            small = try Self.smallMachine(seed, mutation)
            var opening = LedgerOpened()
            opening.isTest = true
            opening.shard = Self.shard.number
            let first = Event(
                sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(opening))
            large.apply(first)
            try small?.apply(first)
            events = [first]
        } catch { fail("\(error)") }
    }

    private static func smallMachine(
        _ seed: UInt64, _ mutation: LedgerMemory.Mutation?
    ) throws(AtticError) -> SmallMachine.Machine {
        // From nothing at all to a few dozen rows.
        try SmallMachine.make(
            shard, seed: seed, isEncrypted: seed & 1 == 1, payments: Int(seed % 5) * 12,
            keys: Int(seed % 7) * 5)
    }

    /// Runs so many steps, or to the first difference.
    mutating func run(steps: Int) -> CampaignResult {
        while step < steps, !isBroken {
            step += 1
            do throws(AtticError) {
                var next = drawer.next(model)
                let isLittle = next.room != nil
                try take(next)
                // What found no room is asked for again; what found it is known.
                next.room = nil
                if isLittle { try take(next) }
                try keepHouse()
            } catch { fail("\(error)") }
            result.cases += 1
        }
        count()
        do throws(AtticError) {
            if !isBroken { try comparePayments() }
            if !isBroken { try replay() }
        } catch { fail("\(error)") }
        return result
    }

    private mutating func count() {
        result.add(events.count, to: "events")
        result.add(small?.evictedCount ?? 0, to: "payments that left")
        result.add(small?.returnedCount ?? 0, to: "payments that came back")
        result.add(small?.agedKeysFound ?? 0, to: "keys found that had left")
        result.add(small?.attic.runCounts.payments ?? 0, to: "runs at the end")
    }

    /// Empties both batches, and makes room for so many events, or for plenty.
    private mutating func makeRoom(_ room: Int?) {
        if (room != nil) != isLittle {
            swap(&batch, &plenty)
            swap(&otherBatch, &otherPlenty)
            isLittle.toggle()
        }
        if let room {
            batch = EventBatch(capacity: room)
            otherBatch = EventBatch(capacity: room)
        }
        batch.removeAll()
        otherBatch.removeAll()
    }

    private mutating func take(_ next: CommandDrawer.Step) throws(AtticError) {
        makeRoom(next.room)
        switch next.act {
        case .command(let command):
            let expected = large.decide(command, at: next.time, into: &batch)
            let found = try small?.decide(command, at: next.time, into: &otherBatch)
            if found != expected {
                fail("\(command.request.operation): \(expected), small: \(Self.text(found))")
            }
            if expected == .refused(.busy) {
                if batch.count > 0 { _ = model.perform(command, at: next.time, dueMax: batch.count) }
                result.add(1, to: "busy")
            } else {
                _ = model.perform(command, at: next.time)
            }
            result.add(1, to: "commands")
        case .request(let commands, let key, let fingerprint):
            let expected = large.decideAll(
                commands, key: key, fingerprint: fingerprint, at: next.time, into: &batch)
            let found = try small?.decideAll(
                commands, key: key, fingerprint: fingerprint, at: next.time, into: &otherBatch)
            if found != expected {
                fail("\(commands.map(\.request.operation)): \(expected), small: \(Self.text(found))")
            }
            if case .refused(.busy, _) = expected {
                if batch.count > 0 {
                    _ = model.performAll(
                        commands, key: key, fingerprint: fingerprint, at: next.time, dueMax: batch.count)
                }
                result.add(1, to: "busy")
            } else {
                _ = model.performAll(commands, key: key, fingerprint: fingerprint, at: next.time)
            }
            result.add(commands.count, to: "commands")
            if case .refused = expected { result.add(1, to: "requests undone") }
        case .tick:
            try tick(next.time)
            model.tick(at: next.time)
        }
        keep()
        if small?.state.digest != large.digest { fail("\(next.act): other digests") }
        try small?.trim()
        if small?.state.digest != large.digest { fail("\(next.act): other digests once rows have left") }
        if step % 97 == 0 { digests.append((events.count, large.digest)) }
    }

    private mutating func tick(_ time: LedgerTime) throws(AtticError) {
        var isMore = true
        while isMore {
            large.dueRoom = LedgerState.commandsDueMax
            isMore = large.tick(at: time, into: &batch)
            let found = try small?.tick(at: time, into: &otherBatch)
            if found != isMore { fail("a tick has more to do") }
            guard isMore else { return }
            keep()
            batch.removeAll()
            otherBatch.removeAll()
        }
    }

    private mutating func keep() {
        guard batch.count == otherBatch.count, batch.bytes.equals(otherBatch.bytes) else {
            return fail("\(batch.count) events, small: \(otherBatch.count), or others")
        }
        let first = SequenceNumber(raw: large.next.raw - UInt64(batch.count))
        do throws(EventFormatError) { events += try batch.events(from: first) } catch { fail("\(error)") }
    }

    /// What a snapshot would do now and then, and what mutations do.
    private mutating func keepHouse() throws(AtticError) {
        if step % 400 == 0 { try small?.attic.commit(at: large.next) }
        if mutation == .lostAttic, step == 1_000 {
            small?.attic = try Attic(SmallMachine.home(seed: seed, isEncrypted: false))
        }
        if mutation == .lostKeys, step % 10 == 0 {
            var aged: [AgedKey] = []
            _ = small?.state.spillKeys(atMost: 100, into: &aged)
        }
    }

    /// What is seen of every payment, in memory or not.
    private mutating func comparePayments() throws(AtticError) {
        for payment in model.payments {
            let (ours, theirs) = (large.view(of: payment.id), try small?.view(of: payment.id))
            guard ours != theirs else { continue }
            return fail("payment \(payment.id.raw): \(Self.text(ours)), small: \(Self.text(theirs))")
        }
        result.add(model.payments.count, to: "payments seen")
    }

    /// The events give the same state on a small machine, at every place whose digest is known.
    private mutating func replay() throws(AtticError) {
        var again = try SmallMachine.make(
            Self.shard, seed: ~seed, isEncrypted: seed & 2 == 2, payments: 5, keys: 5)
        var done = 0
        for (count, digest) in digests + [(events.count, large.digest)] {
            for event in events[done..<count] {
                try again.apply(event)
                try again.trim()
            }
            done = count
            if again.state.digest != digest { return fail("replay of \(count) events differs") }
        }
        result.add(again.returnedCount, to: "payments that came back in replay")
    }

    private static func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "nothing" }

    private mutating func fail(_ what: String) {
        guard !isBroken else { return }
        isBroken = true
        result.fail(.init(replay: "\(seed)", "step \(step): \(what)"))
    }
}
