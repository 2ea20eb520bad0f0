import Ledger
import LedgerModel
import Projections
import TestSupport

/// A life of the ledger drawn at random: it ends when every fact that is looked for has been in it.
struct DrawnLife {
    private static let shard = Shard(number: 3)
    private static let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)

    let seed: UInt64
    private(set) var events: [Event] = []
    private var missing: Set<FactType>

    /// The shortest of the lives of some hundred seeds with every one of these facts.
    static func shortest(with types: [FactType]) -> DrawnLife? {
        var best: DrawnLife?
        for seed in 1...UInt64(400) {
            let countMax = best?.events.count ?? 4_000
            if let life = DrawnLife(with: types, seed: seed, countMax: countMax) { best = life }
        }
        return best
    }

    /// The life of a seed; nil if one of the facts is missing in so many events.
    private init?(with types: [FactType], seed: UInt64, countMax: Int) {
        self.seed = seed
        missing = Set(types)
        var state = LedgerState(shard: Self.shard, seed: seed)
        let model = LedgerModel(nextSequence: 1, shard: Self.shard)
        var drawer = CommandDrawer(seed: seed, start: Self.start)
        var batch = EventBatch(capacity: 2_048)
        var opening = LedgerOpened()
        (opening.isTest, opening.shard) = (true, Self.shard.number)
        let first = Event(
            sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(opening))
        state.apply(first)
        add([first])
        while !missing.isEmpty {
            batch.removeAll()
            let step = drawer.next(model)
            switch step.act {
            case .command(let command):
                _ = state.decide(command, at: step.time, into: &batch)
                _ = model.perform(command, at: step.time)
            case .request(let commands, let key, let fingerprint):
                _ = state.decideAll(
                    commands, key: key, fingerprint: fingerprint, at: step.time, into: &batch)
                _ = model.performAll(commands, key: key, fingerprint: fingerprint, at: step.time)
            case .tick:
                while state.tick(at: step.time, into: &batch), batch.count < 1_024 {}
                model.tick(at: step.time)
            }
            let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
            guard let new = try? batch.events(from: first) else { return nil }
            add(new)
            guard events.count < countMax else { return nil }
        }
    }

    private mutating func add(_ new: [Event]) {
        events += new
        for event in new { missing.remove(event.fact.type) }
    }
}
