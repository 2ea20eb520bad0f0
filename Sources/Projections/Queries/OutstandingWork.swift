package import Ledger

/// Something that somebody outside has to be asked or told, and nobody has answered yet.
package enum OutstandingWork: Equatable, Sendable {
    /// A gateway is being asked: by this worker, or to be claimed (0). Unknown from the deadline on.
    case answer(PaymentID, attempt: UInt8, AcquirerID, worker: UInt64, deadline: LedgerTime)
    /// Nobody knows what a gateway said: to be asked about.
    case inquiry(PaymentID, attempt: UInt8, AcquirerID, since: LedgerTime)
    /// Another attempt is to be made, or none.
    case decision(PaymentID)
    /// The cardholder.
    case action(PaymentID, deadline: LedgerTime)
    /// A reviewer.
    case review(PaymentID, deadline: LedgerTime)
    /// A capture at an online acquirer; from the deadline on, what became of it.
    case capture(CaptureID, PaymentID, deadline: LedgerTime)
    /// An authorization to be undone.
    case reversal(ReversalID, PaymentID, AcquirerID, Amount)
    /// A refund at an online acquirer.
    case refund(RefundID, PaymentID, Amount)
    /// A batch that is closed and has not been sent, or failed.
    case batch(BatchID)
    /// A payout that the bank has not answered.
    case payout(PayoutID, MerchantID, Amount, Currency)
}

extension LedgerState {
    /// Everything outstanding, in the order of ids within each kind. Looks at every row of refunds, batches
    /// and payouts: for whoever starts, and follows the events from there.
    package var outstandingWork: [OutstandingWork] {
        waitingPayments + waitingCaptures + waitingReversals + waitingRefunds + waitingBatches
            + waitingPayouts
    }

    private var waitingPayments: [OutstandingWork] {
        awaited.sortedRows.map { row in
            let acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
            return switch row.awaited {
            case .answer:
                .answer(
                    row.payment, attempt: row.attempt, acquirer, worker: row.worker, deadline: row.deadline)
            case .inquiry: .inquiry(row.payment, attempt: row.attempt, acquirer, since: row.startedAt)
            case .decision: .decision(row.payment)
            case .action: .action(row.payment, deadline: row.deadline)
            case .review: .review(row.payment, deadline: row.deadline)
            }
        }
    }

    private var waitingCaptures: [OutstandingWork] {
        captureCalls.sortedRows.compactMap { call in
            captures.find(call.id.raw).map { number in
                .capture(call.id, payments[captures[number].payment].id, deadline: call.deadline)
            }
        }
    }

    private var waitingReversals: [OutstandingWork] {
        reversals.sortedRows.map { .reversal($0.id, $0.payment, $0.acquirer, $0.amount) }
    }

    private var waitingRefunds: [OutstandingWork] {
        refunds.sortedRows.filter { $0.batch.isNone && ($0.state == .pending || $0.state == .submitted) }
            .map { .refund($0.id, payments[$0.payment].id, $0.amount) }
    }

    private var waitingBatches: [OutstandingWork] {
        batches.sortedRows.filter { $0.state == .closed || $0.state == .failed }.map { .batch($0.id) }
    }

    private var waitingPayouts: [OutstandingWork] {
        payouts.sortedRows.filter { $0.state == .created }
            .map { .payout($0.id, $0.merchant, $0.amount, $0.currency) }
    }
}

extension Table {
    /// Every row, in the order of keys: the same on every machine.
    package var sortedRows: [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(count)
        var number = firstRow()
        while let found = number {
            rows.append(self[found])
            number = firstRow(from: RowNumber(raw: found.raw + 1))
        }
        return rows.sorted { $0.key < $1.key }
    }
}
