import Ledger

// What the events say about how a card and a merchant usually behave. Nothing is decided by it here: the
// rules that score a payment read it before they send the command, and their decision is in the event.
extension LedgerState {
    /// A payment was asked for: counted, whatever becomes of it.
    mutating func countRisk(_ terms: PaymentTerms, _ event: EventHead) {
        let merchant = RiskSubject.merchant(event.context.merchant, terms.currency)
        risk.count(merchant, terms, at: event.time)
        guard terms.card.fingerprint != 0 else { return }
        risk.count(RiskSubject.card(terms.card.fingerprint, terms.currency), terms, at: event.time)
    }
}
