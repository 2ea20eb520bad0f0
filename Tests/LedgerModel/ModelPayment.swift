// A payment and all that hangs on it, as lists. Whatever can be computed from the lists is.

package import Ledger

/// One payment of the model.
package struct ModelPayment: Sendable {
    /// Where it stands; the rest is in the lists.
    package enum Phase: Hashable, Sendable, CaseIterable {
        case processing, requiresAction, unknown, declined, blocked, live, voided, expired
    }

    package let id: PaymentID
    package let merchant: MerchantID
    package let order: PaymentOrder
    package let currency: Currency
    /// Of the latest attempt; none before the first.
    package var acquirer: AcquirerID = .none
    package var phase = Phase.processing
    package var authorized: Int64 = 0
    package var increments = 0
    package var isUnderReview = false
    package var reviewEnds = LedgerTime.none
    package var isVoidRequested = false
    package var challengeEnds = LedgerTime.none
    /// Of a debit; none for cards.
    package var returnableUntil = LedgerTime.none
    package var isDebitFinal = false
    package var isReturned = false
    /// Fees posted so far, less those given back.
    package var feesPosted: Int64 = 0

    package var attempts: [Attempt] = []
    package var holds: [Hold] = []
    package var captures: [Capture] = []
    package var refunds: [Refund] = []
    package var disputes: [Dispute] = []
    package var reversals: [Reversal] = []
    /// Let go by final captures: the acquirer knows from them.
    package var released: Int64 = 0
    /// Its newest event.
    package var latest: SequenceNumber = .none

    init(id: PaymentID, merchant: MerchantID, order: PaymentOrder, currency: Currency) {
        self.id = id
        self.merchant = merchant
        self.order = order
        self.currency = currency
    }
}

extension ModelPayment {
    /// One call to a gateway. Its number is its place in the list, from 1.
    package struct Attempt: Sendable {
        package enum Outcome: Hashable, Sendable {
            case open, unknown, approved, declined, failed, actionRequired, neverMade
        }

        package var acquirer: AcquirerID
        package var began: LedgerTime
        package var deadline: LedgerTime
        package var outcome = Outcome.open
        package var worker: UInt64?
        package var reference = Text<40>()
        /// "Not found" so far.
        package var notFound = 0
        /// What the acquirer called approvals of it that were reversed.
        package var reversed: Set<Text<40>> = []
        /// Told not to be approved after it was.
        var isDenied = false

        package var isOutstanding: Bool { outcome == .open || outcome == .unknown }
    }

    /// Money kept at the cardholder's bank.
    package struct Hold: Sendable {
        package var id: HoldID
        package var left: Int64
        package var ends: LedgerTime
        /// When its end is announced; the first hold only.
        package var noticeAt: LedgerTime
        package var isAnnounced = false
    }

    /// One taking of money.
    package struct Capture: Sendable {
        package enum State: Hashable, Sendable {
            case requested, unknown, failed, captured, accepted, settled, rejected, withdrawn, voided
        }

        package var id: CaptureID
        package var amount: Int64
        package var isFinal: Bool
        package var state: State
        package var deadline = LedgerTime.none
        package var batch: BatchID = .none
        /// What is still on 2010 of it.
        package var left: Int64 = 0
        /// Given back of it: refunds pending or succeeded, and a returned debit.
        package var refunded: Int64 = 0
        /// Settled once; it may have been rejected since.
        package var wasSettled = false
        package var fee: Int64 = 0
        /// Rejected and put into another batch.
        var isSecondTime = false
        /// What was told and does not fit; it has an exception each.
        var contradictions: Set<ExceptionKind> = []

        package var isReserved: Bool { state == .requested || state == .unknown }
        /// The merchant has, or will have, the money of it.
        package var isGood: Bool { state == .captured || state == .accepted || state == .settled }
        /// Money was taken and not taken back in its open batch.
        package var isCaptured: Bool { isGood || state == .rejected }
    }

    /// One giving back.
    package struct Refund: Sendable {
        package enum State: Hashable, Sendable { case pending, submitted, succeeded, failed }
        /// What it takes of one capture.
        package struct Part: Sendable {
            package var capture: Int
            package var amount: Int64
        }

        package var id: RefundID
        package var amount: Int64
        package var parts: [Part]
        /// None at an online acquirer.
        package var batch: BatchID
        package var state = State.pending
        /// Told to have succeeded after it failed.
        var isContradicted = false
    }

    /// One objection.
    package struct Dispute: Sendable {
        package enum State: Hashable, Sendable {
            case needsResponse, underReview, won, lost, withdrawn, accepted, expired
        }

        package var id: DisputeID
        package var acquirer: AcquirerID
        package var stage: DisputeStage
        package var amount: Int64
        package var accepted: Int64 = 0
        package var dueAt = LedgerTime.none
        package var state = State.needsResponse
        package var isFeeCharged = false
        /// The other outcome was told since it was closed.
        var isContradicted = false

        package var isOpen: Bool { state == .needsResponse || state == .underReview }
        package var isMoneyKept: Bool { state == .won || state == .withdrawn }
    }

    /// An authorization to be undone.
    package struct Reversal: Sendable {
        package var id: ReversalID
        package var amount: Int64
        /// Whether it undoes part of what was authorized; else an approval that should not have been.
        package var isOfHold = true
        package var isOutstanding = true
    }
}

extension ModelPayment {
    package var held: Int64 { holds.reduce(0) { $0 + $1.left } }
    /// Of captures requested or unknown.
    package var reserved: Int64 { captures.reduce(0) { $0 + ($1.isReserved ? $1.amount : 0) } }
    package var captured: Int64 { captures.reduce(0) { $0 + ($1.isCaptured ? $1.amount : 0) } }
    package var settled: Int64 { captures.reduce(0) { $0 + ($1.state == .settled ? $1.amount : 0) } }
    /// Pending or succeeded, and returned.
    package var refunded: Int64 { captures.reduce(0) { $0 + ($1.isCaptured ? $1.refunded : 0) } }
    /// Of open disputes and of those whose money is gone.
    package var disputed: Int64 { disputes.reduce(0) { $0 + ($1.isMoneyKept ? 0 : $1.accepted) } }
    package var hasOpenDispute: Bool { disputes.contains { $0.isOpen } }
    package var refundable: Int64 {
        max(0, captures.reduce(0) { $0 + ($1.isGood ? $1.amount - $1.refunded : 0) } - disputed)
    }
    package var isAttemptOpen: Bool { phase == .processing && attempts.last?.outcome == .open }
    /// Its number; 0 before the first.
    package var latestAttempt: UInt8 { UInt8(attempts.count) }
    package var wasApproved: Bool { attempts.contains { $0.outcome == .approved } }

    /// Of what was authorized, what the acquirer still keeps for nobody.
    package var unclaimed: Int64 {
        let reversed = reversals.reduce(0) { $0 + ($1.isOfHold ? $1.amount : 0) }
        let withdrawn = captures.reduce(0) { $0 + ($1.state == .withdrawn ? $1.amount : 0) }
        return max(0, authorized - captured - max(held, reserved) - reversed - released - withdrawn)
    }

    /// Takes so much off the holds, those that end first, first.
    mutating func useUpHolds(_ amount: Int64) {
        var rest = amount
        let order = holds.indices.sorted { (holds[$0].ends, holds[$0].id) < (holds[$1].ends, holds[$1].id) }
        for index in order {
            let taken = min(rest, holds[index].left)
            holds[index].left -= taken
            rest -= taken
        }
    }

    /// The phase after something ended: over, if nothing is captured, held, or being captured.
    mutating func end(as phase: Phase) {
        guard captured == 0, held == 0, reserved == 0 else { return }
        self.phase = phase
        isUnderReview = false
    }
}
