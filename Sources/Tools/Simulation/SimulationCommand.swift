import ArgumentParser
import LedgerSimulation

/// `holdfast sim`: the server and its clients on a simulated machine.
struct SimulationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim", abstract: "Run server and clients on a simulated machine, from a seed.",
        discussion: """
            Network, clock and disk are simulated, on one thread: the same seed is the same run. Connections \
            break, the process is killed, disks come back as crashes leave them, are full or fail; every \
            answer, every event a subscription brings and the state after every restart are checked. The \
            first seed that fails is told with the command that \
            replays it, and ends the command with status 83.
            """)

    @Option(help: "The seed to begin with.") var seed: UInt64 = 1
    @Option(help: "How many seeds, one after the other.") var seeds = 1
    @Option(help: "Steps of each run.") var steps = 3_000
    @OptionGroup var output: OutputOptions

    private struct Summary: Encodable {
        var firstSeed: UInt64
        var seeds = 0
        var steps = 0
        var answers = 0
        var queries = 0
        var heard = 0
        var payments = 0
        var crashes = 0
        var connections = 0
        var busy = 0
        var troubles = 0
        var stops = 0
        var snapshots = 0
        var segments = 0
        var returned = 0
        var failedSeed: UInt64?
        var problem: String?

        mutating func add(_ report: SimulationReport) {
            seeds += 1
            steps += report.steps
            answers += report.answers
            queries += report.queries
            heard += report.heard
            payments += report.payments
            crashes += report.crashes
            connections += report.connections
            busy += report.busy
            troubles += report.troubles
            stops += report.stops
            snapshots += report.snapshots
            segments += report.segments
            returned += report.returned
        }
    }

    func validate() throws {
        guard seeds > 0, steps > 0 else { throw ValidationError("--seeds and --steps are above 0") }
    }

    func run() throws {
        try reportingFailures {
            var summary = Summary(firstSeed: seed)
            for number in 0..<seeds {
                let report = LedgerSimulation.run(seed: seed &+ UInt64(number), steps: steps)
                summary.add(report)
                guard let problem = report.problem else { continue }
                (summary.failedSeed, summary.problem) = (report.seed, problem)
                break
            }
            try show(summary)
        }
    }

    private func show(_ summary: Summary) throws {
        if output.json {
            try StandardOutput.json(summary)
        } else {
            try StandardOutput.line(
                """
                \(summary.seeds) seeds from \(summary.firstSeed): \(summary.steps) steps, \
                \(summary.crashes) crashes, \(summary.troubles) disks full or failing, \
                \(summary.connections) connections, \(summary.answers) answers, \
                \(summary.queries) queries, \(summary.heard) events heard, \(summary.payments) payments
                """)
        }
        guard let seed = summary.failedSeed, let problem = summary.problem else { return }
        throw CommandFailure(
            .contradicted, "seed \(seed): \(problem)\nreplay: holdfast sim --seed \(seed) --steps \(steps)")
    }
}
