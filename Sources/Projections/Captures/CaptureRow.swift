package import Ledger

/// One capture. 64 bytes.
package struct CaptureRow: TableRow {
    package let id: CaptureID
    package let amount: Amount
    /// Of it in 2010: not settled and not refunded.
    package var pending: Amount
    /// Asked back, by refunds pending and succeeded, and by a returned debit.
    package var refunded: Amount = .zero
    /// The fee posted for it.
    package var fee: Amount = .zero
    let payment: RowNumber
    /// The next capture of the payment.
    var next: RowNumber = .none
    /// The batch it leaves with; none while it is asked for.
    var batch: RowNumber = .none
    /// Its oldest part of a refund.
    var firstPart: RowNumber = .none
    package var state: CaptureState
    package var flags: CaptureFlags = []

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .captures }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(amount.fieldBits)
        hasher.combine(pending.fieldBits)
        hasher.combine(refunded.fieldBits)
        hasher.combine(fee.fieldBits)
        hasher.combine(UInt64(state.rawValue) << 8 | UInt64(flags.rawValue))
    }

    /// What may still be given back of it.
    var refundable: Amount { state.isTaken ? amount - refunded : .zero }
}

/// A capture that an acquirer is asked for: there from the intent to the answer. 16 bytes.
package struct CaptureCallRow: TableRow {
    package let id: CaptureID
    /// When nobody knows any more; none once that is so.
    package var deadline: LedgerTime

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .captureCalls }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(deadline)
    }
}

/// What is true of a capture beside its state.
package struct CaptureFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The rest of the hold is let go with it.
    static let isFinal = Self(rawValue: 1)
    /// Its money has gone to the merchant once; what comes back of it does not go to 2010.
    package static let wasSettled = Self(rawValue: 2)
}

/// Where a capture stands, with the acquirer and in its batch.
package enum CaptureState: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// Asked for online.
    case requested = 0
    /// Asked for online, and nobody knows.
    case unknown = 1
    case failed = 2
    /// In a batch, sent or not.
    case captured = 3
    case voided = 4
    /// Sent back by the acquirer, and with a person.
    case rejected = 5
    /// Paid for.
    case settled = 6
    /// Rejected and given up.
    case withdrawn = 7
    /// The acquirer has taken it.
    case accepted = 8

    /// Whether it counts as captured and can be refunded.
    var isTaken: Bool { self == .captured || self == .accepted || self == .settled }
    /// Whether its outcome is open.
    var isReserved: Bool { self == .requested || self == .unknown }
}
