package import Foundation

/// Runs campaigns one after the other, writes a JSON line for each, and skips what an earlier run has
/// finished.
package struct CampaignRunner {
    /// Directory for `results.jsonl` and the journals of interrupted campaigns; nil to keep nothing.
    package var results: URL?
    package var share = 1.0
    package var seed: UInt64 = 1
    /// One case to replay instead of a whole campaign.
    package var onlyCase: String?
    /// The commit the build is of; nil if unknown or changed since: then nothing is skipped.
    package var commit: String?
    /// How many units of a campaign run at the same time; says nothing about what is found.
    package var jobs = 1
    package var isTerminal = false

    package init() {}

    /// Whether every campaign passed.
    package func run(_ chosen: [any Campaign]) throws -> Bool {
        if let results {
            try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        }
        var passed = true
        for campaign in chosen {
            if isFinished(campaign) {
                note("\(campaign.name): finished before, skipped\n")
                continue
            }
            passed = try run(campaign) && passed
        }
        return passed
    }

    private func run(_ campaign: any Campaign) throws -> Bool {
        let journalURL = results.map { $0.appending(path: "\(campaign.name).units.jsonl") }
        let journal =
            try commit == nil || onlyCase != nil
            ? nil : journalURL.map { try UnitJournal($0, run: identity(campaign)) }
        let progress = CampaignProgress(
            name: campaign.name, onlyCase: onlyCase, journal: journal, jobs: jobs,
            isTerminal: isTerminal)
        let start = ContinuousClock.now
        let result = campaign.run(share: share, seed: seed, progress: progress)
        let seconds = Double((ContinuousClock.now - start).components.seconds)
        progress.endReport()
        try write(line(campaign, result, seconds: seconds))
        for failure in result.failures { note(description(of: failure, in: campaign)) }
        if result.failureCount == 0, journal != nil, let journalURL {
            try FileManager.default.removeItem(at: journalURL)
        }
        return result.failureCount == 0
    }

    private func description(of failure: CampaignResult.Failure, in campaign: any Campaign) -> String {
        """
        \(campaign.name), case \(failure.replay): \(failure.what.prefix(1500))
          swift run -c release holdfast-prove --only \(campaign.name) --seed \(seed) --share \(share) \
        --case '\(failure.replay)'\n
        """
    }

    // MARK: Result lines

    /// The fields a run is known by.
    private func identity(_ campaign: any Campaign) -> String {
        #""campaign":"\#(campaign.name)","commit":"\#(commit ?? "")","share":\#(share),"seed":\#(seed)"#
    }

    private func line(_ campaign: any Campaign, _ result: CampaignResult, seconds: Double) -> String {
        let counts = result.counts.map { #","\#($0.name)":\#($0.value)"# }.joined()
        let replayed = onlyCase.map { #","case":"\#($0)""# } ?? ""
        return "{\(identity(campaign))\(replayed),\"cases\":\(result.cases)"
            + ",\"failures\":\(result.failureCount),\"seconds\":\(Int(seconds))\(counts)}\n"
    }

    private func isFinished(_ campaign: any Campaign) -> Bool {
        guard commit != nil, onlyCase == nil, let url = resultsFile,
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return false }
        let start = "{\(identity(campaign)),\"cases\":"
        return text.split(separator: "\n").contains { $0.hasPrefix(start) && $0.contains("\"failures\":0,") }
    }

    private var resultsFile: URL? { results?.appending(path: "results.jsonl") }

    private func write(_ line: String) throws {
        FileHandle.standardOutput.write(Data(line.utf8))
        guard let url = resultsFile else { return }
        if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
        let file = try FileHandle(forWritingTo: url)
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
