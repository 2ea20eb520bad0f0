import Ledger
import LogStore
import Projections
import Replay

/// Random lives of a ledger with a log: at many places the log, and a snapshot with the log after it, must
/// give the state there was, and that state must go on as if it had never stopped.
///
/// A unit is some lives; a case is a state that was rebuilt and compared.
package struct LedgerReplay: Campaign {
    /// Lives at share 1: more than a million commands.
    private static let lifeCount = 1_000
    private static let livesPerUnit = 10
    private static let stepsPerLife = 1_100

    package init() {}

    package let name = "ledger-replay"

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        let lives = max(1, Int(Double(Self.lifeCount) * share))
        if let only = progress.onlyCase, let life = UInt64(only) { return Self.live(life) }
        let starts = Array(stride(from: 0, to: lives, by: Self.livesPerUnit))
        return progress.forEachUnit(starts.map { "\($0)" }) { unit in
            var result = CampaignResult()
            for life in starts[unit]..<min(starts[unit] + Self.livesPerUnit, lives) {
                result.add(Self.live(seed &* 1_000_003 &+ UInt64(life)))
            }
            return result
        }
    }

    private static func live(_ seed: UInt64) -> CampaignResult {
        var result = CampaignResult()
        do {
            try live(seed, &result)
            try small(seed, &result)
        } catch { result.fail(.init(replay: "\(seed)", "\(error)")) }
        return result
    }

    private static func live(_ seed: UInt64, _ result: inout CampaignResult) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: seed % 2 == 1)
        func fail(_ what: String) { result.fail(.init(replay: "\(seed)", what)) }
        let parts = 8
        for part in 1...parts {
            // Uneven, so that snapshots fall before, between and after seals and the log's own acts.
            try life.run(steps: stepsPerLife / parts - 30 + Int((seed &* 31 &+ UInt64(part) &* 17) % 60))
            try life.snapshot()
            try life.run(steps: Int(seed % 7))
            var started = try LedgerStart.open(ReplayLog(life.log), seed: ~seed)
            result.cases += 1
            result.add(Int(started.progress.eventCount), to: "events after snapshots")
            if started.snapshot == nil || !started.refused.isEmpty { fail("refused: \(started.refused)") }
            if started.state.digest != life.state.digest { fail("a snapshot and its tail differ") }
            if part % 3 == 0, let what = try life.run(steps: 20, beside: &started.state) { fail(what) }
        }
        for (next, digest) in life.digests where next % 3 == seed % 3 {
            var again = LedgerState(shard: LoggedLife.shard, seed: ~seed)
            let done = try Rebuild.replay(ReplayLog(life.log), into: &again, upTo: next)
            result.cases += 1
            result.add(Int(done.eventCount), to: "events rebuilt")
            result.add(Int(done.digestCount), to: "digests compared")
            if again.digest != digest { fail("replay of \(next) events gives another state") }
        }
        result.add(life.commandCount, to: "commands")
    }

    /// A machine with hardly any memory beside it is stopped now and then, and starts from its snapshot, its
    /// attic and the events after it.
    private static func small(_ seed: UInt64, _ result: inout CampaignResult) throws {
        var life = try LoggedLife.open(seed: seed &+ 0x5A11, isEncrypted: seed % 2 == 0)
        func fail(_ what: String) { result.fail(.init(replay: "\(seed)", "small machine: \(what)")) }
        let (payments, keys) = (Int(seed % 5) * 12, Int(seed % 7) * 5)
        var small = try life.startSmall(seed: seed, payments: payments, keys: keys).takeState()
        for part in 1...6 as ClosedRange<UInt64> {
            if let what = try life.run(steps: 60 + Int(seed % 31), beside: &small) { return fail(what) }
            let sequence = try life.snapshot(of: &small)
            if let what = try life.run(steps: Int(part &* seed % 23), beside: &small) { return fail(what) }
            result.add(small.returnedCount, to: "payments that came back")
            result.add(small.agedKeysFound, to: "keys found that had left")
            let started = try life.startSmall(seed: ~seed &+ part, payments: payments, keys: keys)
            result.cases += 1
            if started.snapshot != sequence || !started.refused.isEmpty {
                return fail("refused: \(started.refused)")
            }
            small = started.takeState()
            if small.state.digest != life.state.digest { return fail("a snapshot and its tail differ") }
        }
        result.add(life.commandCount, to: "commands")
    }
}
