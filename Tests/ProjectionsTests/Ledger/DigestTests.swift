import Ledger
import Projections
import Testing

/// What the digest of the state sees.
@Suite struct DigestTests {
    /// Two payments alike, with one thing of a kind each; whatever is said last is said of both.
    private static func twins(_ kind: FactType) -> [Event] {
        var ledger = TestLedger()
        let payments = [ledger.authorize(100), ledger.authorize(100)]
        for payment in payments {
            switch kind {
            case .authorizationIncremented:
                var increment = IncrementAuthorization()
                (increment.payment, increment.amount) = (payment, 10)
                ledger.perform(.incrementAuthorization(increment))
            case .captured: ledger.capture(payment)
            case .refundRequested:
                // All of one capture was captured before, so that a refund is a refund.
                ledger.capture(payment, 60)
            default:
                var dispute = OpenDispute()
                (dispute.payment, dispute.amount) = (payment, 10)
                (dispute.currency, dispute.stage) = (Currency.eur.number, .inquiry)
                ledger.perform(.openDispute(dispute))
            }
        }
        if kind == .refundRequested {
            for payment in payments {
                var refund = RefundPayment()
                (refund.payment, refund.amount, refund.place) = (payment, 10, ledger.place)
                ledger.perform(.refundPayment(refund))
            }
        }
        for payment in payments {
            var exception = OpenException()
            (exception.payment, exception.kind) = (payment, .unknownReference)
            ledger.perform(.openException(exception))
        }
        return ledger.events
    }

    private static func digest(_ events: [Event]) -> StateDigest {
        var state = LedgerState()
        for event in events { state.apply(event) }
        return state.digest
    }

    @Test(arguments: [
        FactType.authorizationIncremented, .captured, .refundRequested, .disputeOpened,
    ])
    func `what hangs on another payment gives another digest`(_ kind: FactType) throws {
        let events = Self.twins(kind)
        let places = events.indices.filter { events[$0].fact.type == kind }
        #expect(places.count == 2)
        var swapped = events
        swapped[places[0]].context.payment = events[places[1]].context.payment
        swapped[places[1]].context.payment = events[places[0]].context.payment
        #expect(Self.digest(events) == Self.digest(events))
        #expect(Self.digest(events) != Self.digest(swapped))
    }

    @Test func `the place, the time and the shard are part of it`() {
        func digest(shard: UInt16, sequence: UInt64, time: UInt64) -> StateDigest {
            var state = LedgerState(shard: Shard(number: shard))
            state.apply(
                Event(
                    sequence: SequenceNumber(raw: sequence), time: LedgerTime(nanoseconds: time),
                    fact: .timeAccepted(TimeAccepted())))
            return state.digest
        }
        let first = digest(shard: 1, sequence: 5, time: 7)
        #expect(first == digest(shard: 1, sequence: 5, time: 7))
        #expect(first != digest(shard: 2, sequence: 5, time: 7))
        #expect(first != digest(shard: 1, sequence: 6, time: 7))
        #expect(first != digest(shard: 1, sequence: 5, time: 8))
    }
}
