import ArgumentParser
import Foundation

/// `holdfast bench`: what a server on this machine does, measured from outside.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a server under load.",
        discussion: """
            Starts `holdfast serve` on a directory of its own for each row, opens merchants, and sends \
            commands from this process over loopback: generator and server share the machine. Latencies are \
            those of frames, from when they should have been sent. See docs/benchmarks.md.
            """)

    @Option(help: "Rows to run, by name; without any, all of the suite.") var row: [BenchRow] = []
    @Flag(help: "Run every row.") var suite = false
    @Option(help: "Merchants.") var merchants = 10_000
    @Option(help: "Thousandths of the commands and seconds a row has, 1 to 1000.") var permille = 1_000
    @Option(help: "Directory to make the ledgers in.") var directory = "."
    @Option(help: "How often a row is run; the median is told.") var runs = 1
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let row: String
        let perSecond: Int
        let p50: Double
        let p99: Double
        let p999: Double
        let max: Double
        let commands: Int
        let refused: Int
        let failedFrames: Int
        let seconds: Double
        let firstMillion: Int?
        let lastMillion: Int?
        let serverMebibytes: Int
        let startSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case row, commands, refused, seconds
            case perSecond = "per_second"
            case p50 = "p50_us"
            case p99 = "p99_us"
            case p999 = "p999_us"
            case max = "max_us"
            case failedFrames = "failed_frames"
            case firstMillion = "first_million_per_second"
            case lastMillion = "last_million_per_second"
            case serverMebibytes = "server_mib"
            case startSeconds = "start_after_kill_s"
        }
    }

    func validate() throws {
        guard (1...1_000).contains(permille) else { throw ValidationError("--permille is 1 to 1000") }
        guard (1...1_000_000).contains(merchants) else {
            throw ValidationError("--merchants is 1 to 1000000")
        }
        guard (1...99).contains(runs) else { throw ValidationError("--runs is 1 to 99") }
    }

    func run() async throws {
        try await reportingFailures {
            for row in suite || row.isEmpty ? BenchRow.allCases : row {
                var lines: [Line] = []
                for _ in 0..<runs { lines.append(try await measure(row)) }
                lines.sort { $0.perSecond < $1.perSecond }
                try show(lines[lines.count / 2])
            }
        }
    }

    private func measure(_ row: BenchRow) async throws -> Line {
        let server = try BenchServer(below: directory, arguments: row.serverArguments(permille: permille))
        defer { server.stop() }
        try await server.target.prepare(merchants: merchants)
        let commands = LoadCommands(merchants: merchants, seed: .random(in: 1 ... .max))
        let result = try Load.run(row.plan(permille: permille), commands, server.target)
        let mebibytes = server.residentMebibytes
        let startSeconds = row.fillsMemory ? try await server.killAndStart() : nil
        return Line(
            row: row.rawValue, perSecond: Int(result.perSecond), p50: result.p50, p99: result.p99,
            p999: result.p999, max: result.max, commands: result.commands, refused: result.refused,
            failedFrames: result.failed, seconds: result.seconds,
            firstMillion: result.firstMillion.map { Int($0) },
            lastMillion: result.lastMillion.map { Int($0) },
            serverMebibytes: mebibytes, startSeconds: startSeconds)
    }

    private func show(_ line: Line) throws {
        if output.json { return try StandardOutput.jsonLine(line) }
        try StandardOutput.line(
            """
            \(line.row): \(line.perSecond) commands/s; p50 \(line.p50) µs, p99 \(line.p99) µs, \
            p99.9 \(line.p999) µs; server \(line.serverMebibytes) MiB
            """)
        if let seconds = line.startSeconds {
            try StandardOutput.line("\(line.row): first answer \(seconds) s after a kill")
        }
    }
}

/// The loads there are.
enum BenchRow: String, CaseIterable, ExpressibleByArgument {
    /// One connection, authorizations 8,190 a frame, until there are 10 million.
    case batch = "batch-8190"
    /// The same, each captured with the next frame.
    case twoPhase = "two-phase-8190"
    /// 64 connections with 64 frames of one command in flight each.
    case pipelined = "pipelined-64"
    /// 64 connections with one in flight.
    case closed64 = "closed-64"
    /// One connection with one in flight.
    case closed1 = "closed-1"
    /// 15,000 a second, whatever becomes of those before.
    case offered = "offered-15k"

    /// Whether millions of payments are left when it ends: then the server is killed, and has to start again.
    var fillsMemory: Bool { self == .batch || self == .twoPhase }

    /// Settings of the server that differ from the defaults: memory for what will come.
    func serverArguments(permille: Int) -> [String] {
        let payments = 10_000 * permille
        switch self {
        case .batch: return ["--payments-expected", "\(payments)"]
        case .twoPhase:
            return ["--payments-expected", "\(payments / 2)", "--captures-expected", "\(payments / 2)"]
        case .pipelined, .closed64, .closed1, .offered: return []
        }
    }

    /// - Parameter permille: of its length.
    func plan(permille: Int) -> LoadPlan {
        var plan = LoadPlan()
        plan.seconds = 10 * Double(permille) / 1_000
        switch self {
        case .batch:
            (plan.commandsPerFrame, plan.framesInFlight) = (8_190, 4)
            plan.commands = 10_000_000 * permille / 1_000
        case .twoPhase:
            (plan.commandsPerFrame, plan.framesInFlight) = (8_190, 4)
            (plan.commands, plan.captures) = (10_000_000 * permille / 1_000, true)
        case .pipelined: (plan.connections, plan.framesInFlight) = (64, 64)
        case .closed64: plan.connections = 64
        case .closed1: plan.connections = 1
        case .offered: (plan.connections, plan.offeredPerSecond) = (64, 15_000)
        }
        return plan
    }
}
