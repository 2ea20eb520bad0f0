import Invariants
package import Ledger

/// One capture. 64 bytes.
package struct CaptureRow: TableRow {
    package let id: CaptureID
    package let amount: Amount
    /// Asked back, by refunds pending and succeeded, and by a returned debit.
    package var refunded: Amount = .zero
    /// The fee posted for it.
    package var fee: Amount = .zero
    /// The event that made its payment, and above it the state.
    private var paymentWord: UInt64
    /// The event that opened its batch, and above it the flags.
    private var batchWord: UInt64 = 0
    let payment: RowNumber
    /// The next capture of the payment.
    var next: RowNumber = .none
    /// The batch it leaves with; none while it is asked for.
    private(set) var batch: RowNumber = .none
    /// Its oldest part of a refund.
    var firstPart: RowNumber = .none

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .captures }

    /// A capture of a payment: where that is, and what it is called.
    init(
        id: CaptureID, amount: Amount, of payment: RowNumber, _ paymentID: PaymentID, state: CaptureState
    ) {
        self.id = id
        self.amount = amount
        self.payment = payment
        paymentWord = paymentID.createdBy.raw | Self.above(state.rawValue)
    }

    /// Puts it into a batch: where that is, and what it is called.
    mutating func enter(_ batch: RowNumber, _ id: BatchID) {
        self.batch = batch
        batchWord = id.createdBy.raw | Self.above(flags.rawValue)
    }

    package var state: CaptureState {
        get {
            guard let state = CaptureState(rawValue: UInt8(truncatingIfNeeded: paymentWord >> 54)) else {
                invariantViolated("capture \(id.raw) in state \(paymentWord >> 54)")
            }
            return state
        }
        set { paymentWord = paymentWord & SequenceNumber.max.raw | Self.above(newValue.rawValue) }
    }

    package var flags: CaptureFlags {
        get { CaptureFlags(rawValue: UInt8(truncatingIfNeeded: batchWord >> 54)) }
        set { batchWord = batchWord & SequenceNumber.max.raw | Self.above(newValue.rawValue) }
    }

    /// Above the bits of a sequence.
    private static func above(_ bits: UInt8) -> UInt64 { UInt64(bits) << 54 }

    /// What it hangs on is told by the events that made that: row numbers are a machine's own.
    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(amount.fieldBits)
        hasher.combine(refunded.fieldBits)
        hasher.combine(fee.fieldBits)
        hasher.combine(paymentWord)
        hasher.combine(batchWord)
    }

    /// What may still be given back of it.
    var refundable: Amount { state.isTaken ? amount - refunded : .zero }

    /// Of it in 2010: not settled and not refunded.
    package var pending: Amount { returnsToPending ? amount - refunded : .zero }

    /// Whether it, and what comes back of it, waits in 2010 to be settled.
    var returnsToPending: Bool {
        switch state {
        case .captured, .accepted, .rejected: !flags.contains(.wasSettled)
        case .requested, .unknown, .failed, .voided, .settled, .withdrawn: false
        }
    }
}

/// A capture that an acquirer is asked for: there from the intent to the answer. 16 bytes.
package struct CaptureCallRow: TableRow {
    package let id: CaptureID
    /// When nobody knows any more; none once that is so.
    package var deadline: LedgerTime

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .captureCalls }

    @inline(__always)
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
    // What was told that it contradicts, with an exception each: told again it is known.
    /// That it succeeded, after it failed.
    static let saidSucceeded = Self(rawValue: 4)
    /// That it failed, after it was captured.
    static let saidFailed = Self(rawValue: 8)
    /// That it was settled, though it was rejected, withdrawn or voided, or in a batch that it is not in.
    static let saidSettled = Self(rawValue: 16)
    /// That it was settled with another amount.
    static let saidOtherAmount = Self(rawValue: 32)
    /// It has been in another batch before.
    static let wasPresentedAgain = Self(rawValue: 64)
}

extension CaptureState {
    /// Whether it counts as captured and can be refunded.
    var isTaken: Bool { self == .captured || self == .accepted || self == .settled }
    /// Whether its outcome is open.
    var isReserved: Bool { self == .requested || self == .unknown }
}
