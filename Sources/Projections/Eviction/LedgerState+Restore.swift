import Invariants
package import Ledger

extension LedgerState {
    /// Brings a payment back that had left the memory. Its rows get new places; the digest was never without
    /// them. It does not come back into its merchant's list: finding its place there could take for ever.
    ///
    /// Anything wrong with the bytes is an error, and nothing has changed.
    package mutating func restore(_ packed: RawSpan, of id: PaymentID) throws(PackedPaymentError) {
        let payment = try UnpackedPayment(packed, id)
        try checkAbsent(payment)
        let batchNumbers = try findBatches(payment)
        guard findMerchant(merchantID(payment.row)) != nil else { throw .unknownOwner(id) }
        pace.prepareTurn()
        let number = payments.restore(payment.row)
        let firstIncrement = restoreHolds(payment, of: number)
        let captureNumbers = restoreCaptures(payment, batchNumbers, of: number)
        restoreRefunds(payment, captureNumbers, batchNumbers, of: number)
        let firstDispute = restoreDisputes(payment, of: number)
        payments.relink(number) { row in
            row.firstIncrement = firstIncrement
            row.firstCapture = captureNumbers.first ?? .none
            row.firstDispute = firstDispute
        }
    }

    /// No row of it is in memory, and all may be among those that left.
    private func checkAbsent(_ payment: UnpackedPayment) throws(PackedPaymentError) {
        let id = payment.row.id
        var rows = (
            payments: ReturningRows<PaymentRow>(), holds: ReturningRows<HoldRow>(),
            captures: ReturningRows<CaptureRow>(), refunds: ReturningRows<RefundRow>(),
            parts: ReturningRows<RefundPartRow>(), disputes: ReturningRows<DisputeRow>()
        )
        var isInMemory = payments.find(id.raw) != nil
        rows.payments.add(payment.row)
        for hold in payment.holds {
            isInMemory = isInMemory || holds.find(hold.key) != nil
            rows.holds.add(hold)
        }
        for capture in payment.captures {
            isInMemory = isInMemory || captures.find(capture.row.key) != nil
            rows.captures.add(capture.row)
        }
        for refund in payment.refunds {
            isInMemory = isInMemory || refunds.find(refund.id.raw) != nil
            rows.refunds.add(
                RefundRow(
                    id: refund.id, paymentID: id, batchID: refund.batch, amount: refund.amount,
                    payment: .none, batch: .none, state: refund.state,
                    isSaidSucceeded: refund.isSaidSucceeded))
        }
        for part in payment.parts {
            isInMemory = isInMemory || refundParts.find(part.number) != nil
            rows.parts.add(
                RefundPartRow(
                    number: part.number, refundID: payment.refunds[part.refund].id,
                    captureID: payment.captures[part.capture].row.id, amount: part.amount, refund: .none,
                    capture: .none))
        }
        for dispute in payment.disputes {
            isInMemory = isInMemory || disputes.find(dispute.key) != nil
            rows.disputes.add(dispute)
        }
        if isInMemory { throw .isInMemory(id) }
        guard rows.payments.fit(payments), rows.holds.fit(holds), rows.captures.fit(captures),
            rows.refunds.fit(refunds), rows.parts.fit(refundParts), rows.disputes.fit(disputes)
        else { throw .neverLeft(id) }
    }

    /// The batches of its captures, then those of its refunds.
    private func findBatches(_ payment: UnpackedPayment) throws(PackedPaymentError) -> [RowNumber] {
        var numbers: [RowNumber] = []
        for id in payment.captures.map(\.batch) + payment.refunds.map(\.batch) {
            guard id.isNone || batches.find(id.raw) != nil else { throw .unknownOwner(payment.row.id) }
            numbers.append(batches.find(id.raw) ?? .none)
        }
        return numbers
    }

    /// Returns the first.
    private mutating func restoreHolds(_ payment: UnpackedPayment, of number: RowNumber) -> RowNumber {
        var next = RowNumber.none
        for hold in payment.holds.reversed() {
            next = holds.restore(
                HoldRow(
                    id: hold.id, paymentID: hold.paymentID, held: hold.held, expiresAt: hold.expiresAt,
                    payment: number, next: next))
        }
        return next
    }

    private mutating func restoreCaptures(
        _ payment: UnpackedPayment, _ batchNumbers: [RowNumber], of number: RowNumber
    ) -> [RowNumber] {
        var numbers = [RowNumber](repeating: .none, count: payment.captures.count)
        var next = RowNumber.none
        for index in payment.captures.indices.reversed() {
            let (row, batch) = payment.captures[index]
            var capture = CaptureRow(
                id: row.id, amount: row.amount, of: number, payment.row.id, state: row.state)
            capture.refunded = row.refunded
            capture.fee = row.fee
            capture.flags = row.flags
            capture.next = next
            if !batch.isNone { capture.enter(batchNumbers[index], batch) }
            next = captures.restore(capture)
            numbers[index] = next
        }
        return numbers
    }

    /// With their parts, linked youngest first.
    private mutating func restoreRefunds(
        _ payment: UnpackedPayment, _ captureNumbers: [RowNumber], _ batchNumbers: [RowNumber],
        of number: RowNumber
    ) {
        var numbers: [RowNumber] = []
        for (index, refund) in payment.refunds.enumerated() {
            numbers.append(
                refunds.restore(
                    RefundRow(
                        id: refund.id, paymentID: payment.row.id, batchID: refund.batch,
                        amount: refund.amount, payment: number,
                        batch: batchNumbers[payment.captures.count + index], state: refund.state,
                        isSaidSucceeded: refund.isSaidSucceeded)))
        }
        for part in payment.parts {
            let (refund, capture) = (numbers[part.refund], captureNumbers[part.capture])
            let number = refundParts.restore(
                RefundPartRow(
                    number: part.number, refundID: refunds[refund].id, captureID: captures[capture].id,
                    amount: part.amount, refund: refund, capture: capture,
                    nextOfRefund: refunds[refund].firstPart, nextOfCapture: captures[capture].firstPart))
            refunds.relink(refund) { $0.firstPart = number }
            captures.relink(capture) { $0.firstPart = number }
        }
    }

    /// Returns the first.
    private mutating func restoreDisputes(_ payment: UnpackedPayment, of number: RowNumber) -> RowNumber {
        var next = RowNumber.none
        for row in payment.disputes.reversed() {
            next = disputes.restore(
                DisputeRow(
                    id: row.id, paymentID: row.paymentID, amount: row.amount, accepted: row.accepted,
                    dueAt: row.dueAt, acquirerNumber: row.acquirerNumber, payment: number, next: next,
                    stage: row.stage, status: row.status, hasFee: row.hasFee,
                    isSaidOtherwise: row.isSaidOtherwise))
        }
        return next
    }
}
