// The same thing of one payment, again and again, up to what there may be of it.

import Ledger

extension CommandDrawer {
    /// Captures or refunds of one minor unit each, of one payment.
    struct Series: Sendable {
        var payment: PaymentID
        var isOfRefunds: Bool
        var left: Int
    }

    /// Begins a series now and then, and goes on with one.
    mutating func drawSeries(_ model: LedgerModel) -> Command? {
        guard let series else {
            guard lots.happens(perMille: 1), lots.happens(perMille: 300) else { return nil }
            let isOfRefunds = lots.happens(perMille: 400)
            let found = payment(model) { payment in
                isOfRefunds
                    ? payment.refundable > 250 && payment.refunds.isEmpty
                    : payment.held - payment.reserved > 80
            }
            guard let found else { return nil }
            series = Series(payment: found.id, isOfRefunds: isOfRefunds, left: isOfRefunds ? 204 : 54)
            return nil
        }
        guard lots.happens(perMille: 800) else { return nil }
        self.series?.left -= 1
        if series.left <= 0 { self.series = nil }
        guard let found = model.payments.last(where: { $0.id == series.payment }) else { return nil }
        if series.isOfRefunds {
            var body = RefundPayment()
            (body.payment, body.amount, body.place) = (found.id, 1, place())
            return about(found, .refundPayment(body))
        }
        var body = CapturePayment()
        (body.payment, body.amount, body.isFinal, body.place) = (found.id, 1, false, place())
        return about(found, .capturePayment(body))
    }
}
