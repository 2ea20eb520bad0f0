import LedgerSimulation
import Testing

/// A small share of the seeds that `make prove` runs.
@Suite struct LedgerSimulationTests {
    @Test func `everybody is told the truth whatever breaks, and all they were told is there afterwards`() {
        var met = [Int](repeating: 0, count: Self.counted.count)
        for seed in UInt64(1)...60 {
            let report = LedgerSimulation.run(seed: seed)
            #expect(report.problem == nil, "replay: holdfast sim --seed \(seed)")
            for index in met.indices { met[index] += Self.counted[index](report) }
        }
        // What is not met is not tested.
        for index in met.indices { #expect(met[index] > 0, "count \(index)") }
    }

    private static let counted: [@Sendable (SimulationReport) -> Int] = [
        { $0.answers }, { $0.queries }, { $0.heard }, { $0.crashes }, { $0.connections }, { $0.busy },
        { $0.payments }, { $0.segments }, { $0.snapshots }, { $0.returned }, { $0.troubles }, { $0.stops },
    ]

    @Test func `the same seed is the same run`() {
        for seed in UInt64(1)...4 {
            #expect(LedgerSimulation.run(seed: seed) == LedgerSimulation.run(seed: seed))
        }
    }
}
