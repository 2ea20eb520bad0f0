import ArgumentParser
import Campaigns
import Foundation

/// `holdfast-prove`: runs the long campaigns, as `make prove` does.
@main struct HoldfastProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-prove",
        abstract: "Runs every campaign: each crash, flip and cut of a log is made and recovered from.",
        discussion: "One JSON line per campaign on standard output; exit code 1 if any case failed.")

    @Option(help: "Directory for results.jsonl; campaigns finished there for the same commit are skipped.")
    var results: String?

    @Option(help: "Only the campaigns whose name starts so.")
    var only: String?

    @Option(help: "How much of each campaign, 0 to 1.")
    var share = 1.0

    @Option(help: "Seed of everything sampled.")
    var seed: UInt64 = 1

    @Option(help: "How many units of a campaign run at the same time; the results are the same.")
    var jobs = 1

    @Option(name: .customLong("case"), help: "Replay this one case, as a failure printed it; needs --only.")
    var onlyCase: String?

    @Flag(help: "Name the campaigns and stop.")
    var list = false

    func validate() throws {
        guard share > 0, share <= 1 else { throw ValidationError("--share is above 0 and at most 1") }
        guard jobs > 0, jobs <= 256 else { throw ValidationError("--jobs is 1 to 256") }
        guard onlyCase == nil || only != nil else { throw ValidationError("--case needs --only") }
    }

    func run() throws {
        let chosen = campaigns.filter { only == nil || $0.name.hasPrefix(only ?? "") }
        guard !chosen.isEmpty else { throw ValidationError("no campaign is called \(only ?? "")") }
        if list { return chosen.forEach { print($0.name) } }
        var runner = CampaignRunner()
        runner.results = results.map { URL(filePath: $0, directoryHint: .isDirectory) }
        runner.share = share
        runner.seed = seed
        runner.jobs = jobs
        runner.onlyCase = onlyCase
        runner.commit = Self.cleanCommit()
        runner.isTerminal = isatty(STDERR_FILENO) == 1
        guard try runner.run(chosen) else { throw ExitCode(1) }
    }

    /// The commit checked out, nil if files differ from it or this is no checkout.
    private static func cleanCommit() -> String? {
        let git = Process()
        let output = Pipe()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        do { try git.run() } catch { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return git.terminationStatus == 0 && !commit.isEmpty && !commit.hasSuffix("-dirty") ? commit : nil
    }
}
