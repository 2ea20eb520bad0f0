internal import CoreMetrics

/// Times turns of a sequencer that decided commands, and until their answers left. Two looks at a clock a
/// turn, nothing a command. Used on the server's loop.
package final class TurnWatch {
    private let turns: Timer
    private let replies: Timer
    private var before = SequencerCounts()
    private var began: UInt64 = 0
    /// The turn watched until its answers leave: how far the log has to be durable, and its beginning.
    private var waiting: (end: UInt64, began: UInt64)?

    package init(_ metrics: ServerMetrics) { (turns, replies) = (metrics.turns, metrics.replies) }

    /// - Parameter now: nanoseconds that never go back.
    package func turnBegins(_ counts: SequencerCounts, at now: UInt64) { (before, began) = (counts, now) }

    /// - Parameter end: of the state after the turn.
    package func turnEnded(_ counts: SequencerCounts, end: UInt64, at now: UInt64) {
        guard counts != before else { return }
        turns.recordNanoseconds(now - began)
        if waiting == nil { waiting = (end, began) }
    }

    /// Answers that need no more than `durableEnd` events have left.
    package func released(_ durableEnd: UInt64, at now: UInt64) {
        guard let turn = waiting, turn.end <= durableEnd else { return }
        replies.recordNanoseconds(now - turn.began)
        waiting = nil
    }
}
