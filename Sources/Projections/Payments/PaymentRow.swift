package import Ledger

/// One payment in memory: a phase and the counters that cannot be had from its captures. 80 bytes.
package struct PaymentRow: TableRow {
    package let id: PaymentID
    /// Its latest event: where the chain of `previous` begins.
    package var latest: SequenceNumber
    /// Approved so far, increments included.
    package var authorized: Amount = .zero
    /// Succeeded captures, voided ones not.
    package var captured: Amount = .zero
    /// Of the first hold: neither captured nor let go.
    package var held: Amount = .zero
    /// When the first hold ends.
    package var expiresAt: LedgerTime = .none
    /// The number of the merchant and of the acquirer in this shard.
    package let merchantNumber: UInt32
    package var acquirerNumber: UInt32 = 0
    /// Neighbours in the merchant's list, by age.
    var older: RowNumber = .none
    var newer: RowNumber = .none
    /// Its oldest capture; `CaptureRow.next` leads on.
    var firstCapture: RowNumber = .none
    package let currency: Currency
    package var phase: PaymentPhase
    package var flags: PaymentFlags = []
    package var captureCount: UInt8 = 0
    package var refundCount: UInt8 = 0
    package var attempt: UInt8 = 0

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .payments }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(latest.raw)
        hasher.combine(authorized.fieldBits)
        hasher.combine(captured.fieldBits)
        hasher.combine(held.fieldBits)
        hasher.combine(expiresAt)
        hasher.combine(UInt64(merchantNumber) << 32 | UInt64(acquirerNumber))
        let counts = UInt64(captureCount) << 16 | UInt64(refundCount) << 8 | UInt64(attempt)
        let states = UInt64(phase.rawValue) << 8 | UInt64(flags.rawValue)
        hasher.combine(UInt64(currency.number) << 48 | states << 24 | counts)
    }
}

/// How far a payment has come; what everyone sees is `PaymentStatus`.
package enum PaymentPhase: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// A gateway is being asked, or is to be.
    case processing = 0
    /// Waits for the cardholder.
    case requiresAction = 1
    /// Nobody knows what the gateway said.
    case unknown = 2
    case declined = 3
    case blocked = 4
    /// Authorized, and whatever comes after.
    case live = 5
    /// Let go with nothing captured.
    case voided = 6
    /// Run out with nothing captured.
    case expired = 7
}

/// What is true of a payment beside its phase.
package struct PaymentFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Capture waits for a person.
    package static let underReview = Self(rawValue: 1)
    /// To be undone once the gateway has answered.
    package static let voidRequested = Self(rawValue: 2)
    /// Captured as soon as it may be.
    package static let capturesAutomatically = Self(rawValue: 4)
    /// A debit from a bank account.
    package static let isDebit = Self(rawValue: 8)
    /// The end of the hold has been announced.
    package static let expiryAnnounced = Self(rawValue: 16)
    /// There is a row of increments.
    package static let hasIncrements = Self(rawValue: 32)
    /// There is, or was, a dispute.
    package static let hasDisputes = Self(rawValue: 64)
}
