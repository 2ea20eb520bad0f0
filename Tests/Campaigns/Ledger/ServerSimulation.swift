import LedgerSimulation

/// Server and clients on a simulated machine, seed after seed: see `LedgerSimulation`.
///
/// A unit is twenty seeds; a case is a seed.
package struct ServerSimulation: Campaign {
    package let name = "server-simulation"
    /// Seeds at share 1.
    private static let seedsMax = 2_000
    private static let seedsPerUnit = 20

    package init() {}

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        if let only = progress.onlyCase {
            return UInt64(only).map { Self.run($0) } ?? CampaignResult()
        }
        let count = max(1, Int(Double(Self.seedsMax) * share) / Self.seedsPerUnit)
        let units = (0..<count).map { seed &* 1_000_000 &+ UInt64($0 * Self.seedsPerUnit) }
        return progress.forEachUnit(units.map { "seeds from \($0)" }) { index in
            var result = CampaignResult()
            for number in 0..<Self.seedsPerUnit { result.add(Self.run(units[index] &+ UInt64(number))) }
            return result
        }
    }

    private static func run(_ seed: UInt64) -> CampaignResult {
        let report = LedgerSimulation.run(seed: seed)
        var result = CampaignResult()
        result.cases = 1
        if let problem = report.problem { result.fail(.init(replay: "\(seed)", problem)) }
        result.add(report.steps, to: "steps")
        result.add(report.crashes, to: "crashes")
        result.add(report.connections, to: "connections")
        result.add(report.answers, to: "answers")
        result.add(report.queries, to: "queries")
        result.add(report.heard, to: "events heard")
        result.add(report.troubles, to: "disks full or failing")
        result.add(report.stops, to: "stops for a disk")
        result.add(report.snapshots, to: "starts from snapshots")
        result.add(report.segments, to: "segments")
        result.add(report.returned, to: "brought back to memory")
        result.add(report.payments, to: "payments")
        result.add(report.busy, to: "busy")
        return result
    }
}
