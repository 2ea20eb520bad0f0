package import Ledger

/// One thing in a batch.
package enum BatchItem: Equatable, Sendable {
    case capture(CaptureID, PaymentID, Amount, CaptureState)
    case refund(RefundID, PaymentID, Amount, RefundState)
}

/// A dispute, and by when it must be answered.
package struct DisputeView: Equatable, Sendable {
    package let id: DisputeID
    package let payment: PaymentID
    package let merchant: MerchantID
    package let currency: Currency
    package let stage: DisputeStage
    package let status: DisputeStatus
    /// Claimed, and of it what we have taken as disputed.
    package let amount: Amount
    package let accepted: Amount
    /// Evidence by then; meaningful while a response is needed.
    package let dueAt: LedgerTime
}

// Lists, newest first. All look at every row of their table, and none at the order of memory.
extension LedgerState {
    /// A merchant's batches, of a state or a business day if one is named.
    package func batches(
        of merchant: MerchantID, state: BatchState? = nil, day: BusinessDay? = nil,
        after cursor: Cursor = .start, limit: Int
    ) -> Page<BatchRow> {
        batches.page(after: cursor, limit: limit) { row in
            row.merchantNumber == merchant.number && (state == nil || row.state == state)
                && (day == nil || row.day == day)
        }
    }

    /// Whose batch it is; nil if there is none with this id.
    package func merchant(ofBatch id: BatchID) -> MerchantID? {
        batches.find(id.raw).map { MerchantID(number: batches[$0].merchantNumber, shard: shard) }
    }

    /// What is in a batch now: what was rejected and presented again is in another.
    package func items(of batch: BatchID, after cursor: Cursor = .start, limit: Int) -> Page<BatchItem> {
        var builder = PageBuilder<BatchItem>(after: cursor, limit: limit)
        guard let number = batches.find(batch.raw) else { return builder.page }
        captures.forEachRow { row in
            guard row.batch == number, row.state != .voided else { return }
            builder.add(
                row.id.raw, .capture(row.id, self.payments[row.payment].id, row.amount, row.state))
        }
        refunds.forEachRow { row in
            guard row.batch == number else { return }
            builder.add(row.id.raw, .refund(row.id, row.paymentID, row.amount, row.state))
        }
        return builder.page
    }

    /// Exceptions that are not resolved: of a kind, or of a merchant, if one is named.
    package func openExceptions(
        kind: ExceptionKind? = nil, merchant: MerchantID? = nil, after cursor: Cursor = .start, limit: Int
    ) -> Page<ExceptionRow> {
        exceptions.page(after: cursor, limit: limit) { row in
            row.state != .resolved && (kind == nil || row.kind == kind)
                && (merchant == nil || row.merchant == merchant)
        }
    }

    /// A merchant's disputes; those alone that are open, if asked.
    package func disputes(
        of merchant: MerchantID, isOpen: Bool = false, after cursor: Cursor = .start, limit: Int
    ) -> Page<DisputeView> {
        var builder = PageBuilder<DisputeView>(after: cursor, limit: limit)
        disputes.forEachRow { row in
            guard self.payments[row.payment].merchantNumber == merchant.number,
                !isOpen || row.status.isOpen
            else { return }
            builder.add(row.id.raw, self.view(row))
        }
        return builder.page
    }

    func view(_ row: DisputeRow) -> DisputeView {
        let payment = payments[row.payment]
        return DisputeView(
            id: row.id, payment: payment.id, merchant: merchantID(payment), currency: payment.currency,
            stage: row.stage, status: row.status, amount: row.amount, accepted: row.accepted,
            dueAt: row.dueAt)
    }

    /// A merchant's payouts, of a state if one is named.
    package func payouts(
        of merchant: MerchantID, state: PayoutState? = nil, after cursor: Cursor = .start, limit: Int
    ) -> Page<PayoutRow> {
        payouts.page(after: cursor, limit: limit) { row in
            row.merchant == merchant && (state == nil || row.state == state)
        }
    }

    /// What a merchant has on each of its accounts, in the order of accounts, then currencies.
    package func balances(of merchant: MerchantID) -> [AccountRow] {
        var found: [AccountRow] = []
        accounts.forEachRow { row in
            if row.id.account.owner == .merchant, row.id.owner == merchant.raw { found.append(row) }
        }
        return found.sorted { $0.id < $1.id }
    }
}
