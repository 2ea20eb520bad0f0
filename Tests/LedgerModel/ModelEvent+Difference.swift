// A real event beside that of the model.

package import Ledger

extension ModelEvent {
    /// The first thing that a real event says otherwise, in words; nil if it says the same.
    package func difference(from event: Event) -> String? {
        guard sequence == event.sequence, time == event.time, type == event.fact.type,
            merchant == event.context.merchant, payment == event.context.payment
        else {
            return "\(Self.head(event)); the model has \(sequence.raw) \(type) of \(merchant.raw), "
                + "\(payment.raw) at \(time.nanoseconds)"
        }
        let legs = (0..<event.legs.count).map { index in
            let leg = event.legs[index]
            return ModelLeg(account: leg.account, layer: leg.layer, amount: leg.amount)
        }
        if legs != self.legs, Self.normalized(legs) != normalLegs {
            return "\(Self.head(event)), legs \(Self.text(Self.normalized(legs))); the model has "
                + "\(Self.text(normalLegs))"
        }
        if case .exceptionOpened(let fact) = event.fact, fact.told.isNone != (told == nil) {
            return "\(Self.head(event)) of \(fact.told); the model says of \(told, default: "nothing")"
        }
        return (difference(from: event.context) ?? said.difference(from: event.fact))
            .map { "\(Self.head(event)): \($0)" }
    }

    private func difference(from context: EventContext) -> String? {
        if context.previous != previous {
            return "previous is \(context.previous.raw), the model says \(previous.raw)"
        }
        if context.cause != cause { return "cause is \(context.cause.raw), the model says \(cause.raw)" }
        if context.actor != author.actor || context.correlation != author.correlation
            || context.effective != author.effective
        {
            return "\(context), the model says \(author)"
        }
        if context.key == author.key, context.fingerprint == author.fingerprint { return nil }
        return "key \(context.key), \(context.fingerprint); the model says \(author)"
    }

    private static func head(_ event: Event) -> String {
        "\(event.sequence.raw) \(event.fact.type) of \(event.context.merchant.raw), "
            + "\(event.context.payment.raw) at \(event.time.nanoseconds)"
    }

    private static func text(_ legs: [ModelLeg]) -> [String] {
        legs.map { "\($0.account.account.number) \($0.layer) \($0.amount)" }
    }
}
