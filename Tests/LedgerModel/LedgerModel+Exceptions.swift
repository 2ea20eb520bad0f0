// What does not fit, until somebody says what it was.

import Ledger

extension LedgerModel {
    func openException(_ body: OpenException, _ merchant: MerchantID) throws(Refusal) {
        let isMoney = body.kind == .amountOver || body.kind == .amountUnder
        if isMoney || !body.acquirer.isNone { _ = try toldAcquirer(body.acquirer) }
        if !body.payment.isNone { _ = try payment(body.payment, of: merchant) }
        if !body.batch.isNone { _ = try batch(body.batch, of: merchant) }
        openException(
            body.kind, merchant: merchant, payment: body.payment, batch: body.batch,
            acquirer: body.acquirer, currency: Currency(number: body.currency), expected: body.expected,
            actual: body.actual, isPosted: isMoney, reference: body.reference)
    }

    /// An exception of a payment, in its currency.
    func openException(
        _ kind: ExceptionKind, of index: Int, in batch: BatchID = .none, expected: Int64, actual: Int64,
        acquirer: AcquirerID = .none, currency: Currency? = nil, suspense: Int64 = 0,
        isPosted: Bool = false, cause: SequenceNumber = .none
    ) {
        state.waiting.insert(index)
        let payment = state.payments[index]
        openException(
            kind, merchant: payment.merchant, payment: payment.id, batch: batch,
            acquirer: acquirer.isNone ? payment.acquirer : acquirer, currency: currency ?? payment.currency,
            expected: expected, actual: actual, suspense: suspense, isPosted: isPosted, cause: cause)
    }

    /// An exception; if posted, the difference goes onto 1900, against 1110 of the acquirer.
    func openException(
        _ kind: ExceptionKind, merchant: MerchantID, payment: PaymentID = .none, batch: BatchID = .none,
        acquirer: AcquirerID = .none, currency: Currency? = nil, expected: Int64 = 0, actual: Int64 = 0,
        suspense: Int64 = 0, isPosted: Bool = false, cause: SequenceNumber = .none,
        reference: Text<40> = Text(), told: ModelState.Telling? = nil
    ) {
        var (suspense, posting) = (suspense, Posting())
        if isPosted, let currency {
            suspense = expected - actual
            posting.add(AccountID(.suspense, currency), suspense)
            posting.add(AccountID(.inTransit, currency, of: acquirer), -suspense)
        }
        let id = ExceptionID(createdBy: nextSequence, shard: shard)
        state.exceptionList.append(id)
        state.exceptions[id] = .init(
            kind: kind, merchant: merchant, payment: payment, acquirer: acquirer, currency: currency,
            expected: expected, actual: actual, suspense: suspense)
        write(
            .exceptionOpened, merchant: merchant, payment: payment, cause: cause, posting,
            says: [
                "kind": kind, "acquirer": acquirer, "batch": batch, "currency": currency?.number ?? 0,
                "expected": expected, "actual": actual, "suspense": suspense,
                "bankAccount": BankAccountID.none, "reference": reference,
            ], told: told)
    }

    /// An exception about a fact under a used key, with all that the fact names and that is there.
    func openConflict(_ command: Command, with first: SequenceNumber, told telling: ModelState.Telling) {
        let (merchant, told) = (command.merchant, command.request.told)
        let index = try? payment(command.request.payment, of: merchant)
        let batch = state.batches[told.batch].flatMap { batch in
            merchant.isNone || batch.key.merchant == merchant ? batch : nil
        }
        let about = index.map { state.payments[$0] }
        var acquirer = state.acquirers[told.acquirer] == nil ? .none : told.acquirer
        if acquirer.isNone { acquirer = batch?.key.acquirer ?? about?.acquirer ?? .none }
        if let index { state.waiting.insert(index) }
        openException(
            .conflictingFact, merchant: merchant, payment: about?.id ?? .none,
            batch: batch == nil ? .none : told.batch, acquirer: acquirer,
            currency: Currency(number: told.currency) ?? batch?.key.currency ?? about?.currency,
            expected: told.expected, actual: told.actual, cause: first, told: telling)
    }

    func resolveException(
        _ body: ResolveException, _ merchant: MerchantID, _ actor: ActorID
    ) throws(Refusal) {
        let exception = try openException(body.exception, merchant)
        if exception.stake >= UInt64(state.settings.approvalAbove.minorUnits) {
            if actor.isNone { throw Refusal(.approverRequired) }
            state.exceptions[body.exception]?.proposed = body.resolution
            state.exceptions[body.exception]?.proposer = actor
            write(
                .resolutionProposed, merchant: merchant, payment: exception.payment,
                says: [
                    "exception": body.exception, "resolution": body.resolution, "reason": body.reason,
                ])
        } else {
            resolve(body.exception, exception, body.resolution, merchant, .none, body.reason)
        }
    }

    func approveResolution(
        _ body: ApproveResolution, _ merchant: MerchantID, _ actor: ActorID
    ) throws(Refusal) {
        let exception = try openException(body.exception, merchant)
        guard let resolution = exception.proposed else { throw Refusal(.exceptionNotProposed) }
        if actor.isNone { throw Refusal(.approverRequired) }
        if actor == exception.proposer { throw Refusal(.approverIsActor) }
        resolve(body.exception, exception, resolution, merchant, actor, Text())
    }

    /// An exception of that merchant, or of nobody's if nobody's are meant, that is not resolved.
    private func openException(
        _ id: ExceptionID, _ merchant: MerchantID
    ) throws(Refusal) -> ModelState.Exception {
        guard let exception = state.exceptions[id], exception.merchant == merchant else {
            throw Refusal(.exceptionUnknown)
        }
        if exception.isResolved { throw Refusal(.exceptionResolved) }
        return exception
    }

    /// Clears what it left on 1900.
    private func resolve(
        _ id: ExceptionID, _ exception: ModelState.Exception, _ resolution: Resolution,
        _ merchant: MerchantID, _ approver: ActorID, _ reason: Text<120>
    ) {
        var posting = Posting()
        if let currency = exception.currency, exception.suspense != 0 {
            let clearing: Account =
                exception.kind == .disputeExceedsCaptured ? .disputeClearing : .inTransit
            let other =
                resolution == .writeOff
                ? AccountID(.writeOffLoss, currency)
                : exception.bank.map { AccountID(.cash, currency, of: $0) }
                    ?? AccountID(clearing, currency, of: exception.acquirer)
            posting.add(other, exception.suspense)
            posting.add(AccountID(.suspense, currency), -exception.suspense)
        }
        state.exceptions[id]?.isResolved = true
        write(
            .exceptionResolved, merchant: merchant, payment: exception.payment, posting,
            says: [
                "exception": id, "resolution": resolution, "approver": approver, "reason": reason,
            ])
    }
}
