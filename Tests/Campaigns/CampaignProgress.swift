package import Foundation
internal import Synchronization

/// The way a running campaign talks to the person at the terminal and to the next run.
///
/// A long campaign splits its work into units (a stretch of operations, a kind of damage) and hands them to
/// `forEachUnit`. Units that an earlier, interrupted run has finished are not run again; only units without a
/// failure are remembered.
package final class CampaignProgress: Sendable {
    /// The one case to replay, in the campaign's own words; nil to run all.
    package let onlyCase: String?
    private let name: String
    private let journal: UnitJournal?
    private let jobs: Int
    private let isTerminal: Bool
    private let lastReport = Mutex(ContinuousClock.now)

    /// - Parameters:
    ///   - journal: where finished units are remembered; nil to remember nothing.
    ///   - jobs: how many units run at the same time.
    package init(
        name: String, onlyCase: String? = nil, journal: UnitJournal? = nil, jobs: Int = 1,
        isTerminal: Bool = false
    ) {
        self.name = name
        self.onlyCase = onlyCase
        self.journal = journal
        self.jobs = jobs
        self.isTerminal = isTerminal
    }

    /// Runs every unit that is not finished yet, `jobs` at a time; adds up what they found in the order of
    /// the units, whichever ends first.
    ///
    /// Units share nothing: what one counts may not depend on another having run before it.
    package func forEachUnit(
        _ units: [String], _ body: @escaping @Sendable (Int) -> CampaignResult
    ) -> CampaignResult {
        let ledger = UnitLedger(count: units.count)
        let work: @Sendable () -> Void = { [self] in
            while let index = ledger.take() {
                let result = finished(units[index]) ?? run(units[index], index, body)
                let (done, cases) = ledger.put(result, at: index)
                report(done, of: units.count, "\(cases) cases")
            }
        }
        let others = DispatchGroup()
        for _ in 1..<max(1, min(jobs, units.count)) {
            others.enter()
            let thread = Thread {
                work()
                others.leave()
            }
            // As much as the main thread has.
            thread.stackSize = 8 << 20
            thread.start()
        }
        work()
        others.wait()
        return ledger.sum
    }

    private func run(_ unit: String, _ index: Int, _ body: (Int) -> CampaignResult) -> CampaignResult {
        let result = body(index)
        if result.failureCount == 0 { journal?.append(unit, result) }
        return result
    }

    /// What a unit counted, if an earlier run finished it.
    private func finished(_ unit: String) -> CampaignResult? {
        guard let counts = journal?.units[unit] else { return nil }
        var result = CampaignResult()
        for (name, value) in counts {
            if name == "cases" { result.cases = value } else { result.add(value, to: name) }
        }
        return result
    }

    /// Shows how far the campaign is; on a terminal in place, otherwise one line a minute.
    private func report(_ done: Int, of total: Int, _ what: String) {
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(60)
        let isDue = lastReport.withLock { last in
            guard ContinuousClock.now - last > interval else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let line = "\(name): \(done) of \(total), \(what)"
        Self.print(isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n")
    }

    /// Ends the line that `report` keeps rewriting.
    package func endReport() { if isTerminal { Self.print("\r\u{1B}[K") } }

    private static func print(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Which units of one run are taken, and what those that ended have found.
private final class UnitLedger: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var cases = 0
        var results: [CampaignResult]
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(results: [CampaignResult](repeating: CampaignResult(), count: count)))
    }

    /// The next unit nobody has taken; nil if there is none.
    func take() -> Int? {
        state.withLock { state in
            guard state.next < state.results.count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    /// Keeps a result; returns how many units have ended, and their cases.
    func put(_ result: CampaignResult, at index: Int) -> (done: Int, cases: Int) {
        state.withLock { state in
            state.results[index] = result
            state.done += 1
            state.cases += result.cases
            return (state.done, state.cases)
        }
    }

    /// Everything found, in the order of the units.
    var sum: CampaignResult {
        state.withLock { state in state.results.reduce(into: CampaignResult()) { $0.add($1) } }
    }
}

/// The units a campaign has finished, one JSON line each, behind a line that says for which run they count.
package final class UnitJournal: Sendable {
    private struct Line: Codable {
        struct Count: Codable {
            var name: String
            var value: Int
        }

        var unit: String
        /// In the order they were counted: a resumed run prints the same line.
        var counts: [Count]
    }

    /// What the units counted that an earlier run finished.
    package let units: [String: [(name: String, value: Int)]]
    private let file: Mutex<FileHandle>

    /// - Parameter run: what the units depend on (commit, share, seed). A journal of another run starts over.
    package init(_ url: URL, run: String) throws {
        let text = try? String(contentsOf: url, encoding: .utf8)
        let lines = text?.split(separator: "\n") ?? []
        var units: [String: [(name: String, value: Int)]] = [:]
        if lines.first.map(String.init) != run {
            try Data("\(run)\n".utf8).write(to: url)
        } else {
            for line in lines.dropFirst() {
                // The last line may be cut short by what interrupted the run.
                guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
                units[line.unit] = line.counts.map { ($0.name, $0.value) }
            }
        }
        self.units = units
        let file = try FileHandle(forWritingTo: url)
        try file.seekToEnd()
        try file.write(contentsOf: Data("\n".utf8))
        self.file = Mutex(file)
    }

    func append(_ unit: String, _ result: CampaignResult) {
        let counts = [("cases", result.cases)] + result.counts.map { ($0.name, $0.value) }
        let line = Line(unit: unit, counts: counts.map { Line.Count(name: $0.0, value: $0.1) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        file.withLock { file in
            do {
                try file.write(contentsOf: try encoder.encode(line) + Data("\n".utf8))
            } catch {
                // Only the next run's time is at stake: it will run the unit again.
            }
        }
    }
}
