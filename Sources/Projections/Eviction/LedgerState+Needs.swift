package import Ledger

// What has to be in memory before a command is decided or an event is applied: whoever drives the state asks
// here, looks it up where it put it, and restores it.
extension LedgerState {
    /// The payment with this id, if it is not in memory and may have been: what to look up, or nil.
    package func absentPayment(_ id: PaymentID) -> PaymentID? {
        guard !id.isNone, payments.absent.rowCount > 0, id <= eviction.newestAbsent,
            payments.find(id.raw) == nil
        else { return nil }
        return id
    }

    /// The payment a command is about, by its name or by an exception's, if it has to be looked up first.
    package func absentPayment(for command: Command) -> PaymentID? {
        if !command.payment.isNone { return absentPayment(command.payment) }
        let exception: ExceptionID
        switch command.request {
        case .resolveException(let request): exception = request.exception
        case .approveResolution(let request): exception = request.exception
        default: return nil
        }
        return exceptions.find(exception.raw).flatMap { absentPayment(exceptions[$0].payment) }
    }

    /// The payment an event changes, if it has to be looked up first.
    package func absentPayment(for event: Event) -> PaymentID? { absentPayment(event.context.payment) }

    /// Whether a key may be one that left the memory and is not forgotten: what is found of it goes with the
    /// command.
    package func mayBeAged(_ key: Hash128) -> Bool {
        !key.isNone && keys.hasAged && keys.find(key) == nil
    }

    /// Whether a key that left the memory is not forgotten.
    package func isLive(_ aged: AgedKey) -> Bool { keys.isLive(aged) }

    /// The oldest hour since the epoch whose keys are not forgotten; nil if no key is.
    package var firstLiveKeyHour: UInt64? { keys.firstLiveHour }

    /// Takes the oldest final keys out of the memory: those not forgotten to the end of `aged`.
    ///
    /// - Returns: how many have left, forgotten ones included.
    package mutating func spillKeys(atMost count: Int, into aged: inout [AgedKey]) -> Int {
        keys.spill(atMost: count, into: &aged)
    }

    /// Whether everything the state knows is in memory; nobody needs an attic for it then.
    package var isWhole: Bool { !keys.hasAged && absentRowCounts.allSatisfy { $0 == 0 } }

    /// Payments that are not in memory.
    package var absentPaymentCount: UInt64 { payments.absent.rowCount }

    /// Rows of each table that are not in memory, in the order of payments, holds, captures, refunds, parts
    /// of refunds and disputes.
    package var absentRowCounts: [UInt64] {
        [
            payments.absent, holds.absent, captures.absent, refunds.absent, refundParts.absent,
            disputes.absent,
        ].map(\.rowCount)
    }
}

extension LedgerState {
    /// The latest event of a payment in memory; none if it is not there.
    package func latest(of id: PaymentID) -> SequenceNumber {
        payments.find(id.raw).map { payments[$0].latest } ?? .none
    }
}
