package import Ledger
package import LogStore

/// What a sealed segment of a ledger knows of its events: the payment each is about, and how much money each
/// kind of event moved.
package struct LedgerIndex: EventIndex {
    /// "ledger" in ASCII.
    package static let identifier: UInt64 = 0x7265_6764_656C
    package static let version: UInt32 = 1

    package init() {}

    /// The key of the events of a payment.
    package static func key(of payment: PaymentID) -> IndexKey {
        IndexKey(kind: paymentKind, value: payment.raw)
    }

    private static let paymentKind: UInt16 = 1

    /// An event that is not readable has no facts: sealing must not stop for what replay will name.
    package func describe(_ view: borrowing EventView, into facts: inout EventFacts) {
        let header = view.header
        guard
            let event = try? Event(
                sequence: SequenceNumber(raw: view.sequence), time: LedgerTime(nanoseconds: header.time),
                type: header.type, schema: header.schema, flags: header.flags, payload: view.payload)
        else { return }
        if !event.context.payment.isNone { facts.addKey(Self.key(of: event.context.payment)) }
        // Legs sum to zero: what was moved is what was added somewhere.
        for index in 0..<event.legs.count where event.legs.span[index].amount > 0 {
            let leg = event.legs.span[index]
            facts.addTotal(currency: leg.account.currency.number, amount: leg.amount)
        }
    }
}
