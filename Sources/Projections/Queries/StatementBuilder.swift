package import Ledger

/// One leg on an account, and what the account came to with it.
package struct StatementLine: Equatable, Sendable {
    package let sequence: SequenceNumber
    package let time: LedgerTime
    /// Business time, if it was told.
    package let effective: LedgerTime
    package let type: FactType
    package let payment: PaymentID
    /// Debits positive.
    package let leg: Leg
    /// Debits less credits, after it: of what moved, and of what is expected to.
    package let posted: Int128
    package let pending: Int128
}

/// Folds events into an account's balance as of a sequence, and its statement of a period. The state has no
/// events: whoever reads the log feeds them, in order.
///
///     var statement = StatementBuilder(account, from: start, to: end)
///     while statement.isOpen, let event = reader.next() { statement.take(event) }
///
/// It may begin at any sequence at which the account's sums are known: at 0 they are zero.
package struct StatementBuilder: Sendable {
    /// Most lines at once; then `next` tells where to go on, with `closing` as the sums known there.
    package static var lineCountMax: Int { 10_000 }

    package let account: AccountID
    /// The period: from the first moment to before the second.
    package let start: LedgerTime
    package let end: LedgerTime
    /// The sums before the first line, and after the last.
    package private(set) var opening: AccountRow
    package private(set) var closing: AccountRow
    package private(set) var lines: [StatementLine] = []
    /// The event to read next.
    package private(set) var next: SequenceNumber
    /// Whether further events may matter: neither full nor past the end.
    package private(set) var isOpen = true

    /// - Parameters:
    ///   - sums: of the account before the event at `next`; nil: it was never used.
    ///   - next: the first event that will be fed, or one before it.
    package init(
        _ account: AccountID, from start: LedgerTime, to end: LedgerTime, sums: AccountRow? = nil,
        at next: SequenceNumber = SequenceNumber(raw: 0)
    ) {
        self.account = account
        self.start = start
        self.end = end
        opening = sums ?? AccountRow(account)
        closing = opening
        self.next = next
    }

    /// Takes the next event. What comes when the builder is not open any more changes nothing.
    package mutating func take(_ event: Event) {
        guard isOpen, event.sequence >= next else { return }
        guard event.time < end, lines.count + Legs.countMax <= Self.lineCountMax else {
            isOpen = false
            return
        }
        for index in 0..<event.legs.count where event.legs[index].account == account {
            closing.add(event.legs[index])
            if event.time >= start { lines.append(line(event, event.legs[index])) }
        }
        if event.time < start { opening = closing }
        next = event.sequence.advanced(by: 1)
    }

    private func line(_ event: Event, _ leg: Leg) -> StatementLine {
        StatementLine(
            sequence: event.sequence, time: event.time, effective: event.context.effective,
            type: event.fact.type, payment: event.context.payment, leg: leg, posted: closing.posted,
            pending: closing.pending)
    }
}
