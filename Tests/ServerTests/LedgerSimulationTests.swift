import LedgerSimulation
import Testing

/// A small share of the seeds that `make prove` runs.
@Suite struct LedgerSimulationTests {
    @Test func `clients are told the truth whatever breaks, and all they were told is there afterwards`() {
        for seed in UInt64(1)...60 {
            let report = LedgerSimulation.run(seed: seed)
            #expect(report.problem == nil, "replay: holdfast sim --seed \(seed)")
        }
    }

    @Test func `the same seed is the same run`() {
        for seed in UInt64(1)...4 {
            #expect(LedgerSimulation.run(seed: seed) == LedgerSimulation.run(seed: seed))
        }
    }
}
