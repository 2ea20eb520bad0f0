import Invariants
import Ledger

// What a payment waits for: rows that are there from an intent to its answer.
extension LedgerState {
    /// What a payment waits for, if anything.
    func awaited(_ payment: PaymentID) -> AwaitedRow? { awaited.find(payment.raw).map { awaited[$0] } }

    /// Changes what a payment waits for, which it does, and has it remembered when that is too late.
    mutating func changeAwaited(_ payment: RowNumber, _ change: (inout AwaitedRow) -> Void) {
        let id = payments[payment].id
        guard let number = awaited.find(id.raw) else { invariantViolated("payment \(id.raw) awaits nothing") }
        var row = awaited[number]
        change(&row)
        awaited.update(number, row)
        pushDue(row)
    }

    mutating func endWaiting(_ payment: RowNumber) {
        if let number = awaited.find(payments[payment].id.raw) { awaited.remove(number) }
    }

    mutating func pushDue(_ row: AwaitedRow) {
        if let kind = row.awaited.dueKind, !row.deadline.isNone {
            due.push(DueEntry(time: row.deadline, kind: kind, id: row.payment.raw))
        }
    }
}

extension AwaitedRow {
    mutating func begin(
        _ attempt: UInt8, _ acquirer: AcquirerID, until deadline: LedgerTime, at time: LedgerTime
    ) {
        awaited = .answer
        self.attempt = attempt
        acquirerNumber = acquirer.number
        startedAt = time
        self.deadline = deadline
        notFoundCount = 0
        worker = 0
    }
}

extension Awaited {
    /// As what it is too late; nil if it never is.
    var dueKind: DueEntry.Kind? {
        switch self {
        case .answer: .attempt
        case .action: .action
        case .review: .review
        case .inquiry, .decision: nil
        }
    }
}
