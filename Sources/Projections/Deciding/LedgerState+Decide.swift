import Invariants
package import Ledger

extension LedgerState {
    /// Events one command may write at most; so much room a batch must have.
    package static var commandEventsMax: Int { 8 }

    /// Does what is asked, as events added to `batch` and applied at once, or refuses and changes nothing but
    /// what has fallen due.
    ///
    /// - Parameters:
    ///   - time: log time; events are later than any before, by a nanosecond if need be.
    ///   - batch: with room for `commandEventsMax` events.
    package mutating func decide(
        _ command: Command, at time: LedgerTime, into batch: inout EventBatch
    ) -> Outcome {
        guard batch.room >= Self.commandEventsMax else { return .refused(.requestTooLarge) }
        if let refusal = command.request.formRefusal { return .refused(refusal) }
        now = time
        author = Author(command)
        let start = batch.count
        if let refusal = decide(command.request, &batch) { return .refused(refusal) }
        invariant(batch.count > start, "\(command.request.operation) done without an event")
        let count = batch.count - start
        return .done(first: SequenceNumber(raw: next.raw - UInt64(count)), count: count)
    }

    /// One line an operation; what it does is in the folder of what it is about.
    private mutating func decide(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .openMerchant(let request): decideOpenMerchant(request, &batch)
        case .setAcquirer(let request): decideSetAcquirer(request, &batch)
        case .changeCircuit(let request): decideChangeCircuit(request, &batch)
        case .changeSettings(let request): say(.settingsChanged(request.settings), &batch)
        case .setHoldSpan(let request): say(.holdSpanSet(request.fact), &batch)
        case .setRoute(let request): say(.routeSet(request.route), &batch)
        default: decideOfMerchant(request, &batch)
        }
    }

    private mutating func say(_ fact: Fact, _ batch: inout EventBatch) -> RefusalCode? {
        write(fact, into: &batch)
        return nil
    }

    private mutating func decideOfMerchant(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        guard let number = merchants.find(author.merchant.raw) else { return .merchantUnknown }
        let merchant = merchants[number]
        switch request {
        case .changeMerchant(let request): return decideChangeMerchant(request, merchant, &batch)
        case .setMerchantTerms(let request): return decideSetTerms(request, merchant, &batch)
        case .freezeMerchant(let request): return decideFreeze(request, merchant, &batch)
        case .unfreezeMerchant(let request): return decideUnfreeze(request, merchant, &batch)
        case .closeMerchant(let request): return decideClose(request, merchant, &batch)
        case .recordAuthorization(let request): return decideRecordAuthorization(request, merchant, &batch)
        case .closeBatch(let request): return decideCloseBatch(request, &batch)
        default: return decideOfPayment(request, &batch)
        }
    }

    private mutating func decideOfPayment(_ request: Request, _ batch: inout EventBatch) -> RefusalCode? {
        switch request {
        case .capturePayment(let request):
            guard let number = findPayment(request.payment, &batch) else { return .paymentUnknown }
            return decideCapture(request, number, &batch)
        case .voidCapture(let request):
            guard let number = findPayment(request.payment, &batch) else { return .paymentUnknown }
            return decideVoidCapture(request, number, &batch)
        case .voidPayment(let request):
            guard let number = findPayment(request.payment, &batch) else { return .paymentUnknown }
            return decideVoid(number, &batch)
        case .answerReversal(let request):
            guard let number = findPayment(request.payment, &batch) else { return .paymentUnknown }
            return decideAnswerReversal(request, number, &batch)
        default:
            return .operationUnsupported
        }
    }

    /// A payment of the merchant that asks, as it is by now: what has fallen due for it is written first.
    private mutating func findPayment(_ id: PaymentID, _ batch: inout EventBatch) -> RowNumber? {
        guard let number = payments.find(id.raw), payments[number].merchantNumber == author.merchant.number
        else { return nil }
        let asking = author
        author = Author(of: asking.merchant)
        expireIfDue(number, &batch)
        author = asking
        return number
    }
}
