import ArgumentParser
import Foundation
import Glibc
import LogStore
import Replay
import Server
import Telemetry

/// `holdfast serve`: a ledger that answers.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a ledger over the framed protocol.",
        discussion: """
            Makes a ledger if the directory has none, with a first API key in the file api-key. Listens on \
            loopback unless told otherwise; elsewhere TLS is needed. Every setting may come from a flag, \
            from the environment (HOLDFAST_PORT for --port), or from the file that --config names. Ends in \
            order on SIGTERM and SIGINT: clients are told, what is in flight is answered.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var options: ServeOptions
    @OptionGroup var telemetry: TelemetryOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "For a ledger that is made: a test ledger, whose clock may be driven by hand; for good.")
    var testClock = false

    private struct Started: Encodable {
        let ledger: String
        let host: String
        let port: Int
        let adminHost: String
        let adminPort: Int
        let pid: Int32
        let keyFile: String
        let verdict: String
        let events: UInt64
        let snapshot: UInt64?
        let replayed: UInt64
        let seconds: Double
    }

    func validate() throws {
        guard keys.grant == nil else { throw ValidationError("a grant reads a ledger, it serves none") }
    }

    func run() async throws {
        let signals = StopSignals()
        try await reportingFailures {
            let reader = try await options.reader(environment: ProcessInfo.processInfo.environment)
            var settings = try options.settings(reader)
            settings.name = "holdfast"
            settings.log.shard = place.shard
            settings.log.keyEncryptionKey = try keys.keyEncryptionKey()
            let told = try telemetry.settings(reader, port: settings.port)
            try place.create()
            let telemetry = try await ServerTelemetry.start(told)
            do {
                try await serve(settings, told, telemetry, until: signals)
            } catch {
                await telemetry.stop()
                throw error
            }
            await telemetry.stop()
        }
    }

    private func serve(
        _ settings: ServerSettings, _ told: TelemetrySettings, _ telemetry: ServerTelemetry,
        until signals: StopSignals
    ) async throws {
        let log = telemetry.log
        log.write(.starting, [.pid: "\(getpid())", .adminPort: "\(telemetry.port)"])
        let began = ContinuousClock.now
        let (directory, isTest) = (place.directory, testClock)
        let server = try await Self.blocking {
            try Self.start(directory, settings, isTest: isTest, telemetry)
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        telemetry.board.enter(.serving)
        tell(log, server, seconds: seconds)
        try show(server, admin: (told.host, telemetry.port), seconds: seconds)
        await signals.wait()
        telemetry.board.enter(.stopping)
        log.write(.draining)
        try await Self.blocking { try server.stop() }
        log.write(.stopped)
    }

    /// Does what blocks on a thread that may: those of tasks are as few as cores, and answer operators.
    private static func blocking<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    private static func start(
        _ directory: String, _ settings: ServerSettings, isTest: Bool, _ telemetry: ServerTelemetry
    ) throws -> LedgerServer<LinuxPlatform> {
        var line = ReplayProgressLine()
        defer { line.end() }
        do throws(ServerStartError) {
            return try LedgerServer.start(
                try LinuxPlatform(disk: disk(directory)), settings, isTest: isTest,
                progress: { line.draw($0) }, watch: telemetry.watch,
                onFailure: { error in
                    telemetry.failed("\(error)")
                    Glibc.exit(ExitStatus.inputOutput.rawValue)
                })
        } catch { throw CommandFailure(ExitStatus(error), "\(error)") }
    }

    private static func disk(_ directory: String) throws(ServerStartError) -> LinuxStorage {
        do throws(StorageError) { return try LinuxStorage(root: directory) } catch {
            throw .log(.storage(error))
        }
    }

    private func tell(_ log: ServerLog, _ server: LedgerServer<LinuxPlatform>, seconds: Double) {
        let report = server.report
        log.write(
            .opened,
            [
                .ledger: report.ledger.description, .verdict: "\(report.opening.verdict)",
                .events: "\(report.opening.recoveredEnd)", .replayed: "\(report.replay.eventCount)",
                .snapshot: report.snapshot.map { "\($0)" } ?? "none", .seconds: "\(seconds)",
            ])
        log.write(.listening, [.host: server.address.host, .port: "\(server.address.port)"])
    }

    private func show(
        _ server: LedgerServer<LinuxPlatform>, admin: (host: String, port: Int), seconds: Double
    ) throws {
        let report = server.report
        let started = Started(
            ledger: report.ledger.description, host: server.address.host, port: server.address.port,
            adminHost: admin.host, adminPort: admin.port, pid: getpid(),
            keyFile: place.directory + "/api-key", verdict: "\(report.opening.verdict)",
            events: report.opening.recoveredEnd, snapshot: report.snapshot,
            replayed: report.replay.eventCount, seconds: seconds)
        if output.json { return try StandardOutput.json(started) }
        try StandardOutput.line("ledger \(started.ledger), \(started.events) events")
        try StandardOutput.line("listening on \(started.host), port \(started.port)")
        try StandardOutput.line("operators: \(started.adminHost), port \(started.adminPort)")
        try StandardOutput.line("an API key is in \(started.keyFile)")
    }
}

extension ExitStatus {
    init(_ error: ServerStartError) {
        self =
            switch error {
            case .log(let failure): ExitStatus(failure)
            case .replay(let failure): ExitStatus(failure)
            case .attic: .internalError
            case .plaintext, .certificate: .usage
            case .listen: .inputOutput
            }
    }
}
