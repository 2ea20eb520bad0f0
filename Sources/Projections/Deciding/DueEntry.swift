package import Ledger

/// What falls due, when, and for what. 24 bytes; a total order, so that every machine takes them alike.
package struct DueEntry: Comparable, BitwiseCopyable, Sendable {
    package let time: LedgerTime
    package let id: UInt64
    package let kind: Kind

    /// What happens then.
    package enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// A hold is to be announced as expiring, or ends.
        case hold = 1
        /// A review has taken too long.
        case review
        /// The cardholder has taken too long.
        case action
        /// A batch closes.
        case cutoff
        /// Evidence is too late.
        case dispute
        /// A debit can no longer be returned.
        case debit
        /// A reserve is released.
        case reserve
    }

    init(time: LedgerTime, kind: Kind, id: UInt64) {
        self.time = time
        self.kind = kind
        self.id = id
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.id < right.id
    }
}
