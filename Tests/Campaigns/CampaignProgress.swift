package import Foundation

/// The way a running campaign talks to the person at the terminal and to the next run.
///
/// A long campaign splits its work into units (an operation, a file) and asks before each whether an earlier,
/// interrupted run has finished it. Only units without a failure are remembered. Used by one thread.
package final class CampaignProgress {
    /// The one case to replay, in the campaign's own words; nil to run all.
    package let onlyCase: String?
    private let name: String
    private let journal: UnitJournal?
    private let isTerminal: Bool
    private var lastReport = ContinuousClock.now

    /// - Parameter journal: where finished units are remembered; nil to remember nothing.
    package init(name: String, onlyCase: String? = nil, journal: UnitJournal? = nil, isTerminal: Bool = false)
    {
        self.name = name
        self.onlyCase = onlyCase
        self.journal = journal
        self.isTerminal = isTerminal
    }

    /// What a finished unit counted, if an earlier run finished it.
    package func finished(unit: String) -> [String: Int]? { journal?.units[unit] }

    /// Remembers a unit as done, with what it counted.
    package func finish(unit: String, counts: [String: Int]) { journal?.append(unit, counts) }

    /// Shows how far the campaign is; on a terminal in place, otherwise one line a minute.
    package func report(_ done: Int, of total: Int, _ what: @autoclosure () -> String) {
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(60)
        guard ContinuousClock.now - lastReport > interval else { return }
        lastReport = .now
        let line = "\(name): \(done) of \(total), \(what())"
        Self.print(isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n")
    }

    /// Ends the line that `report` keeps rewriting.
    package func endReport() { if isTerminal { Self.print("\r\u{1B}[K") } }

    private static func print(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// The units a campaign has finished, one JSON line each, behind a line that says for which run they count.
package final class UnitJournal {
    private struct Line: Codable {
        var unit: String
        var counts: [String: Int]
    }

    package private(set) var units: [String: [String: Int]] = [:]
    private let file: FileHandle

    /// - Parameter run: what the units depend on (commit, share, seed). A journal of another run starts over.
    package init(_ url: URL, run: String) throws {
        let text = try? String(contentsOf: url, encoding: .utf8)
        let lines = text?.split(separator: "\n") ?? []
        if lines.first.map(String.init) != run {
            try Data("\(run)\n".utf8).write(to: url)
        } else {
            for line in lines.dropFirst() {
                // The last line may be cut short by what interrupted the run.
                guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
                units[line.unit] = line.counts
            }
        }
        file = try FileHandle(forWritingTo: url)
        try file.seekToEnd()
        try file.write(contentsOf: Data("\n".utf8))
    }

    func append(_ unit: String, _ counts: [String: Int]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            try file.write(contentsOf: try encoder.encode(Line(unit: unit, counts: counts)) + Data("\n".utf8))
        } catch {
            // Only the next run's time is at stake.
            units[unit] = nil
        }
    }
}
