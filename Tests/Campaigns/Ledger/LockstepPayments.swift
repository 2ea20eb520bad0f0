import Ledger
import LedgerModel
import Projections

/// A payment of the state beside that of the model, with all that hangs on it.
struct LockstepPayments {
    /// The first difference, in words; nil if there is none.
    static func difference(_ state: borrowing LedgerState, _ theirs: ModelPayment) -> String? {
        guard let number = state.payments.find(theirs.id.raw), let ours = state.detail(of: theirs.id) else {
            return "payment \(theirs.id.raw) is not there"
        }
        let row = state.payments[number]
        if let found = difference(ours.payment, theirs) ?? difference(row, theirs) { return found }
        let name = "payment \(theirs.id.createdBy.raw)"
        return compare("\(name): holds", ours.holds.map(words), holds(theirs))
            ?? compare("\(name): captures", ours.captures.map(words), theirs.captures.map(words))
            ?? compare("\(name): refunds", ours.refunds.map(words), theirs.refunds.map(words))
            ?? compare("\(name): disputes", ours.disputes.map(words), theirs.disputes.map(words))
    }

    private static func compare(_ what: String, _ ours: [String], _ theirs: [String]) -> String? {
        ours == theirs ? nil : "\(what): \(ours), the model has \(theirs)"
    }

    /// What everybody sees.
    private static func difference(_ ours: PaymentView, _ theirs: ModelPayment) -> String? {
        let isSame =
            ours.id == theirs.id && "\(ours.status)" == theirs.status.rawValue
            && ours.merchant == theirs.merchant
            && ours.currency == theirs.currency && ours.authorized.minorUnits == theirs.authorized
            && ours.captured.minorUnits == theirs.captured
            && ours.capturable.minorUnits == max(0, theirs.held - theirs.reserved)
            && ours.settled.minorUnits == theirs.settled
            && ours.refundPending.minorUnits == theirs.refundPending
            && ours.refunded.minorUnits == theirs.givenBack
            && ours.refundable.minorUnits == theirs.refundable
            && ours.disputed.minorUnits == theirs.disputed
            && ours.expiresAt == (theirs.held > 0 ? theirs.holds[0].ends : .none)
            && ours.isUnderReview == theirs.isUnderReview
            && ours.isVoidRequested == theirs.isVoidRequested && ours.latest == theirs.latest
        return isSame ? nil : "\(ours), the model has \(theirs.status) of \(theirs)"
    }

    /// What only the ledger looks at.
    private static func difference(_ ours: PaymentRow, _ theirs: ModelPayment) -> String? {
        let isSame =
            ours.held.minorUnits == theirs.held && "\(ours.phase)" == "\(theirs.phase)"
            && ours.acquirerNumber == theirs.acquirer.number
            && Int(ours.captureCount) == theirs.captures.count
            && Int(ours.refundCount) == theirs.refunds.count
            && Int(ours.incrementCount) == theirs.increments
            && ours.flags.contains(.isDebit) == (theirs.order.method == .ach)
            && ours.flags.contains(.isReturned) == theirs.isReturned
            && ours.flags.contains(.expiryAnnounced) == (theirs.holds.first?.isAnnounced ?? false)
            && ours.flags.contains(.capturesAutomatically) == (theirs.order.capture == .automatic)
        return isSame ? nil : "\(ours), the model has \(theirs)"
    }

    private static func words(_ hold: HoldView) -> String {
        "\(hold.id.raw) \(hold.held.minorUnits) \(hold.expiresAt.nanoseconds)"
    }

    /// Those with anything left. The first goes by its payment's id.
    private static func holds(_ payment: ModelPayment) -> [String] {
        payment.holds.enumerated().filter { $0.element.left > 0 }.map { index, hold in
            let id = index == 0 ? payment.id.raw : hold.id.raw
            return "\(id) \(hold.left) \(hold.ends.nanoseconds)"
        }
    }

    private static func words(_ capture: CaptureRow) -> String {
        "\(capture.id.raw) \(capture.state) \(capture.amount.minorUnits) refunded "
            + "\(capture.refunded.minorUnits) fee \(capture.fee.minorUnits) left "
            + "\(capture.pending.minorUnits) \(capture.flags.contains(.wasSettled))"
    }

    private static func words(_ capture: ModelPayment.Capture) -> String {
        "\(capture.id.raw) \(capture.state) \(capture.amount) refunded \(capture.refunded) fee "
            + "\(capture.fee) left \(capture.left) \(capture.wasSettled)"
    }

    private static func words(_ refund: RefundRow) -> String {
        "\(refund.id.raw) \(refund.state) \(refund.amount.minorUnits) in \(refund.batchID.raw)"
    }

    private static func words(_ refund: ModelPayment.Refund) -> String {
        "\(refund.id.raw) \(refund.state) \(refund.amount) in \(refund.batch.raw)"
    }

    private static func words(_ dispute: DisputeView) -> String {
        "\(dispute.id.raw) \(dispute.stage) \(dispute.status) \(dispute.amount.minorUnits) accepted "
            + "\(dispute.accepted.minorUnits) due \(dispute.dueAt.nanoseconds)"
    }

    private static func words(_ dispute: ModelPayment.Dispute) -> String {
        "\(dispute.id.raw) \(dispute.stage) \(dispute.state) \(dispute.amount) accepted "
            + "\(dispute.accepted) due \(dispute.dueAt.nanoseconds)"
    }
}
