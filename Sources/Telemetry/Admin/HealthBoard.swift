internal import Synchronization

/// Whether the server lives and may be sent work, as far as those who know have said so.
package final class HealthBoard: Sendable {
    /// What the process is at.
    package enum Phase: Equatable, Sendable {
        /// The log is being opened and replayed.
        case starting
        case serving
        /// It was told to stop.
        case stopping
        case failed(String)
    }

    /// A word for yes or no, and why not.
    package struct Answer: Equatable, Sendable {
        package let isGood: Bool
        package let reasons: [String]

        init(_ reasons: [String]) { (isGood, self.reasons) = (reasons.isEmpty, reasons) }
    }

    private struct State {
        var phase = Phase.starting
        var hindrances: [String] = []
        /// When the loop was last heard of, on `clock`.
        var heardAt: UInt64?

        func faults(at now: UInt64) -> [String] {
            if case .failed(let reason) = phase { return ["failed: \(reason)"] }
            guard phase == .serving, let heardAt, now > heardAt else { return [] }
            let silence = now - heardAt
            guard silence > HealthBoard.silenceMax else { return [] }
            return ["the event loop has been silent for \(silence / 1_000_000_000) s"]
        }
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> UInt64
    /// Nanoseconds without a word from the loop after which it is taken for stuck.
    package static let silenceMax: UInt64 = 15_000_000_000

    /// - Parameter clock: nanoseconds that never go back.
    package init(clock: @escaping @Sendable () -> UInt64) { self.clock = clock }

    package func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

    /// The loop lives; what keeps it from taking work now, if anything.
    package func note(hindrances: [String]) {
        let now = clock()
        state.withLock { ($0.heardAt, $0.hindrances) = (now, hindrances) }
    }

    /// Whether the process is worth keeping. One that opens its log is.
    package var live: Answer {
        let now = clock()
        return state.withLock { Answer($0.faults(at: now)) }
    }

    /// Whether it may be sent work.
    package var ready: Answer {
        let now = clock()
        return state.withLock { state in
            switch state.phase {
            case .starting: Answer(["starting: the log is being opened and replayed"])
            case .stopping: Answer(["stopping"])
            case .failed, .serving: Answer(state.faults(at: now) + state.hindrances)
            }
        }
    }
}
