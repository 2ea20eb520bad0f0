package import Ledger

/// One payment in memory: a phase and the counters that cannot be had from its captures. 104 bytes.
package struct PaymentRow: TableRow {
    package let id: PaymentID
    /// Its latest event: where the chain of `previous` begins.
    package var latest: SequenceNumber
    /// Approved so far, increments included.
    package var authorized: Amount = .zero
    /// Succeeded captures, those voided or withdrawn not.
    package var captured: Amount = .zero
    /// Of all holds: neither captured nor let go.
    package var held: Amount = .zero
    /// Of what was approved: reversed, let go by a final capture, or withdrawn with one.
    var letGo: Amount = .zero
    /// When the first hold ends.
    package var expiresAt: LedgerTime = .none
    /// A hash of what the acquirer calls the approval, to know a second one from the first told again. Before
    /// there is one: the event that asked for a void, if any.
    var approval: UInt64 = 0
    /// The number of the merchant in this shard.
    package let merchantNumber: UInt32
    /// And of the acquirer that approved it or was asked last; 0 if none was.
    package var acquirerNumber: UInt32 = 0
    /// Neighbours in the merchant's list, by age.
    var older: RowNumber = .none
    var newer: RowNumber = .none
    /// Its oldest capture; `CaptureRow.next` leads on.
    var firstCapture: RowNumber = .none
    /// Its oldest dispute; `DisputeRow.next` leads on.
    var firstDispute: RowNumber = .none
    /// Its oldest hold but the first; `HoldRow.next` leads on.
    var firstIncrement: RowNumber = .none
    package let currency: Currency
    package var flags: PaymentFlags = []
    package var phase: PaymentPhase
    package var captureCount: UInt8 = 0
    package var refundCount: UInt8 = 0
    package var incrementCount: UInt8 = 0
    /// The latest attempt; of a payment that was approved, the one that was.
    package var attempt: UInt8 = 0
    let brand: CardBrand

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .payments }

    init(event: EventHead, shard: Shard, terms: PaymentTerms, phase: PaymentPhase) {
        id = PaymentID(createdBy: event.sequence, shard: shard)
        latest = event.sequence
        merchantNumber = event.context.merchant.number
        currency = terms.currency
        brand = terms.card.brand
        self.phase = phase
        if terms.capture == .automatic { flags.insert(.capturesAutomatically) }
        if terms.method == .ach {
            flags.insert(.isDebit)
        } else if terms.risk.action == .review {
            flags.insert(.underReview)
        }
        if terms.initiator == .merchant { flags.insert(.isByMerchant) }
    }

    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(latest.raw)
        hasher.combine(authorized.fieldBits)
        hasher.combine(captured.fieldBits)
        hasher.combine(held.fieldBits)
        hasher.combine(letGo.fieldBits)
        hasher.combine(expiresAt)
        hasher.combine(approval)
        hasher.combine(UInt64(merchantNumber) << 32 | UInt64(acquirerNumber))
        let counts = UInt64(captureCount) << 16 | UInt64(refundCount) << 8 | UInt64(incrementCount)
        let states = UInt64(flags.rawValue) << 16 | UInt64(phase.rawValue) << 8 | UInt64(attempt)
        hasher.combine(states << 32 | counts)
        hasher.combine(UInt64(currency.number) << 8 | UInt64(brand.rawValue))
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

    /// Why nothing can be taken of a payment in this phase; nil while it is live.
    var refusal: RefusalCode? {
        switch self {
        case .processing: .paymentProcessing
        case .requiresAction: .paymentRequiresAction
        case .unknown: .paymentOutcomeUnknown
        case .declined: .paymentDeclined
        case .blocked: .paymentBlocked
        case .live: nil
        case .voided: .paymentVoided
        case .expired: .paymentExpired
        }
    }
}

/// What is true of a payment beside its phase.
package struct PaymentFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

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
    /// Started by the merchant, with stored credentials.
    static let isByMerchant = Self(rawValue: 32)
    /// A gateway has approved it once, whatever came after.
    package static let wasApproved = Self(rawValue: 64)
    /// The bank has sent the debit back.
    package static let isReturned = Self(rawValue: 128)
    /// It was told not to be approved after it was, and an exception says so.
    static let saidNotApproved = Self(rawValue: 256)
}
