package import Ledger

/// How far eviction has come in a state. Memory is a machine's own affair: nothing of this is in a digest,
/// and no event, answer or refusal depends on it.
struct EvictionState: BitwiseCopyable {
    /// Where the sweep over payments goes on.
    var sweep = RowNumber(raw: 0)
    /// The youngest payment that ever left.
    var newestAbsent = PaymentID.none
}

/// Which sequence a moment of the past had, roughly: to tell a payment's idle time from its latest event,
/// whose time no row keeps.
///
/// Remembers at most 64 marks, spread over the span asked for, and so tells a moment that is earlier by a
/// 32nd of the span at most.
package struct QuietClock {
    /// How long ago.
    package let span: LedgerSpan
    private var marks: [(time: LedgerTime, next: SequenceNumber)] = []
    /// Events before this one are older than the span.
    package private(set) var quietBefore = SequenceNumber(raw: 0)

    /// A clock that tells what was `span` ago; a span of nothing is now.
    package init(span: LedgerSpan) { self.span = span }

    /// Takes in what is known of times before its own: events before each `next` were before its `time`. For
    /// a clock that begins where others stopped; without, nothing would be old for a whole span.
    package mutating func recall(_ known: [(time: LedgerTime, next: SequenceNumber)]) {
        let step = LedgerSpan(nanoseconds: span.nanoseconds / 32)
        var newest = SequenceNumber(raw: 0)
        marks = []
        for mark in known.sorted(by: { $0.time < $1.time }) where mark.next > newest {
            newest = mark.next
            if marks.last.map({ $0.time.adding(step) <= mark.time }) ?? true { marks.append(mark) }
        }
    }

    /// Takes the time in: `next` is the sequence of the event to come, `time` that of the latest one.
    package mutating func note(_ next: SequenceNumber, at time: LedgerTime) {
        if span.nanoseconds == 0 {
            quietBefore = next
            return
        }
        let step = LedgerSpan(nanoseconds: span.nanoseconds / 32)
        if marks.last.map({ $0.time.adding(step) <= time }) ?? true { marks.append((time, next)) }
        let end = time.subtracting(span)
        let passed = marks.prefix { $0.time <= end }.count
        guard passed > 0 else { return }
        quietBefore = marks[passed - 1].next
        marks.removeFirst(passed)
    }
}
