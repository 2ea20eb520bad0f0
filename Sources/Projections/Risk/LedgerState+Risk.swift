import Ledger

// What the events say about how a card and a merchant usually behave. Nothing is decided by it here: the
// rules that score a payment read it before they send the command, and their decision is in the event.
extension LedgerState {
    /// A payment was asked for: counted, whatever becomes of it.
    mutating func countRisk(_ terms: PaymentTerms, _ event: EventHead) {
        let (counted, card) = (RiskRow.Counted(terms), terms.card.fingerprint)
        risk.count(RiskSubject.merchant(event.context.merchant, terms.currency), counted, at: event.time)
        guard card != 0 else { return }
        risk.count(RiskSubject.card(card, terms.currency), counted, at: event.time)
    }
}
