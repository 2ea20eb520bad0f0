import ArgumentParser
import Foundation
import Glibc
import LogStore
import Replay
import Server

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
    @OptionGroup var output: OutputOptions
    @Flag(help: "For a ledger that is made: a test ledger, whose clock may be driven by hand; for good.")
    var testClock = false

    private struct Started: Encodable {
        let ledger: String
        let host: String
        let port: Int
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
            var settings = try await options.settings(environment: ProcessInfo.processInfo.environment)
            settings.name = "holdfast"
            settings.log.shard = place.shard
            settings.log.keyEncryptionKey = try keys.keyEncryptionKey()
            try place.create()
            let began = ContinuousClock.now
            let server = try start(settings)
            try show(server, seconds: (ContinuousClock.now - began) / .seconds(1))
            signals.wait()
            if !output.json { StandardError.write("holdfast: stopping") }
            try server.stop()
        }
    }

    private func start(_ settings: ServerSettings) throws -> LedgerServer<LinuxPlatform> {
        var line = ReplayProgressLine()
        defer { line.end() }
        do throws(ServerStartError) {
            return try LedgerServer.start(
                try LinuxPlatform(disk: disk()), settings, isTest: testClock, progress: { line.draw($0) },
                onFailure: { error in
                    StandardError.write("holdfast: \(error)")
                    Glibc.exit(ExitStatus.inputOutput.rawValue)
                })
        } catch { throw CommandFailure(ExitStatus(error), "\(error)") }
    }

    private func disk() throws(ServerStartError) -> LinuxStorage {
        do throws(StorageError) { return try LinuxStorage(root: place.directory) } catch {
            throw .log(.storage(error))
        }
    }

    private func show(_ server: LedgerServer<LinuxPlatform>, seconds: Double) throws {
        let report = server.report
        let started = Started(
            ledger: report.ledger.description, host: server.address.host, port: server.address.port,
            pid: getpid(), keyFile: place.directory + "/api-key",
            verdict: "\(report.opening.verdict)", events: report.opening.recoveredEnd,
            snapshot: report.snapshot, replayed: report.replay.eventCount, seconds: seconds)
        if output.json { return try StandardOutput.json(started) }
        try StandardOutput.line("ledger \(started.ledger), \(started.events) events")
        try StandardOutput.line("listening on \(started.host), port \(started.port)")
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
