import Invariants
package import Ledger

/// What falls due, when, and for what. 16 bytes; a total order, so that every machine takes them alike.
package struct DueEntry: Comparable, BitwiseCopyable, Sendable {
    package let time: LedgerTime
    /// The kind above 54 bits of what tells the thing among those of its kind.
    private let word: UInt64

    /// What happens then. The numbers order what is due at one moment, and never change.
    package enum Kind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
        /// A payment's first hold is to be announced as expiring, or ends. By payment.
        case hold = 1
        /// A review has taken too long. By payment.
        case review = 2
        /// The cardholder has taken too long. By payment.
        case action = 3
        /// A batch closes. By batch.
        case cutoff = 4
        /// Evidence is too late. By dispute.
        case dispute = 5
        /// A debit can no longer be returned. By payment.
        case debit = 6
        /// A day's reserve is released. By merchant and currency.
        case reserve = 7
        /// A gateway has not answered. By payment.
        case attempt = 8
        /// An acquirer has not answered a capture. By capture.
        case capture = 9
        /// A further hold ends. By hold.
        case increment = 10
    }

    /// About what has this id; its lower 54 bits tell.
    package init(time: LedgerTime, kind: Kind, id: UInt64) {
        self.time = time
        word = UInt64(kind.rawValue) << 54 | id & SequenceNumber.max.raw
    }

    /// What happens.
    package var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: word >> 54)) else {
            invariantViolated("due as \(word >> 54)")
        }
        return kind
    }

    /// To what: the sequence in an id, or what the kind says.
    package var number: UInt64 { word & SequenceNumber.max.raw }

    package static func < (left: Self, right: Self) -> Bool {
        left.time != right.time ? left.time < right.time : left.word < right.word
    }
}
