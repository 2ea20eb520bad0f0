/// A long check that exhausts or samples a space: every crash, every flip, every kill.
///
/// Same share, same seed: same cases and the same counts, on however many threads.
package protocol Campaign: Sendable {
    /// Names it on the command line and in results: lower case, words joined by `-`.
    var name: String { get }

    /// Runs the campaign, or, if `progress.onlyCase` names one, that case alone.
    ///
    /// - Parameter share: 1 for everything, less for a part of it that is still spread over the whole.
    func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult
}

/// What a campaign found.
package struct CampaignResult: Sendable {
    /// One case that went wrong, and how to see it again.
    package struct Failure: Sendable {
        /// What `--case` takes.
        package var replay: String
        /// What was expected and what was found.
        package var what: String

        package init(replay: String, _ what: String) {
            self.replay = replay
            self.what = what
        }
    }

    package var cases = 0
    package var failureCount = 0
    /// The first failures, at most `failuresKept`.
    package private(set) var failures: [Failure] = []
    /// Named counts, in the order they are printed.
    package private(set) var counts: [(name: String, value: Int)] = []
    /// Where each is in `counts`.
    private var places: [String: Int] = [:]

    package static let failuresKept = 20

    package init() {}

    package mutating func fail(_ failure: Failure) {
        failureCount += 1
        if failures.count < Self.failuresKept { failures.append(failure) }
    }

    package mutating func add(_ value: Int, to name: String) {
        if let place = places[name] {
            counts[place].value += value
        } else {
            places[name] = counts.count
            counts.append((name, value))
        }
    }

    /// Keeps the greatest of what is told under a name. Not for parts that are added up.
    package mutating func raise(_ value: Int, in name: String) {
        let known = self[name]
        add(max(known, value) - known, to: name)
    }

    /// Adds what another part of the same campaign found.
    package mutating func add(_ other: CampaignResult) {
        cases += other.cases
        failureCount += other.failureCount
        failures = Array((failures + other.failures).prefix(Self.failuresKept))
        for (name, value) in other.counts { add(value, to: name) }
    }

    package subscript(name: String) -> Int { places[name].map { counts[$0].value } ?? 0 }
}
