// Facts from outside that are about nothing the ledger knows: told to people, not refused.

import Ledger

extension LedgerModel {
    /// Refusals that mean that a name stands for nothing, or for something else.
    private static let ofNames: Set<RefusalCode> = [
        .acquirerRequired, .acquirerUnknown, .acquirerModeMismatch, .methodNotDebit, .currencyMismatch,
        .paymentUnknown, .attemptUnknown, .captureUnknown, .refundUnknown, .batchUnknown, .disputeUnknown,
        .payoutUnknown, .reversalUnknown,
    ]

    /// Writes down a fact that would be refused with `code`; false if it is to be refused all the same.
    func writeDown(_ command: Command, insteadOf code: RefusalCode) -> Bool {
        guard command.request.operation.isFact, Self.ofNames.contains(code) else { return false }
        tellOnce(command.request, of: command.merchant) { telling in
            // The key is for what was meant; a request's is spent.
            leavesKeyFree = !isInRequest
            if leavesKeyFree { (author.key, author.fingerprint) = (.none, 0) }
            writeDown(command, code, telling)
        }
        return true
    }

    private func writeDown(_ command: Command, _ code: RefusalCode, _ telling: ModelState.Telling?) {
        let told = command.request.told
        let about = (try? payment(command.request.payment, of: command.merchant))
        let known = about.map { state.payments[$0] }
        var (batchThere, acquirer, currency) = (BatchID.none, known?.acquirer ?? .none, known?.currency)
        if let batch = state.batches[told.batch],
            command.merchant.isNone || batch.key.merchant == command.merchant
        {
            (batchThere, acquirer, currency) = (told.batch, batch.key.acquirer, batch.key.currency)
        }
        if told.acquirer.isNone == false {
            acquirer = state.acquirers[told.acquirer] == nil ? .none : told.acquirer
        }
        if told.currency > 0 { currency = Currency(number: told.currency) }
        if let about { state.waiting.insert(about) }
        var exception = ModelState.Exception(
            kind: code == .currencyMismatch ? .currency : .unknownReference, merchant: command.merchant,
            payment: known?.id ?? .none, acquirer: acquirer, currency: currency, expected: told.expected,
            actual: told.actual, suspense: 0)
        if case .openException(let body) = command.request { exception.kind = body.kind }
        var posting = Posting()
        addMoney(command.request, to: &exception, &posting)
        let id = ExceptionID(createdBy: nextSequence, shard: shard)
        state.exceptionList.append(id)
        state.exceptions[id] = exception
        write(
            .exceptionOpened, merchant: command.merchant, payment: exception.payment, posting,
            says: [
                "kind": exception.kind, "acquirer": acquirer, "batch": batchThere,
                "currency": currency?.number ?? 0, "expected": exception.expected,
                "actual": exception.actual, "suspense": exception.suspense,
                "bankAccount": exception.bank ?? BankAccountID.none, "reference": told.reference,
            ], told: telling)
    }

    /// What came in with no owner is owed to suspense, what went out is owed by it.
    private func addMoney(
        _ request: Request, to exception: inout ModelState.Exception, _ posting: inout Posting
    ) {
        var bank: BankAccountID?
        switch request {
        case .settleItem(let body): (exception.expected, exception.actual) = (0, body.amount)
        case .matchCash(let body):
            (exception.expected, exception.actual) = (0, body.amount)
            bank = body.bankAccount
        case .netCost(let body):
            (exception.expected, exception.actual) = (body.interchange + body.scheme + body.markup, 0)
        case .returnDisputeFunds(let body): (exception.expected, exception.actual) = (0, body.amount)
        case .pullDisputeFunds(let body): (exception.expected, exception.actual) = (body.amount, 0)
        case .returnDebit(let body): (exception.expected, exception.actual) = (body.amount, 0)
        case .openException(let body) where body.kind == .amountOver || body.kind == .amountUnder: break
        default: return
        }
        exception.bank = bank
        guard let currency = exception.currency else { return }
        let place: AccountID
        if let bank {
            place = AccountID(.cash, currency, of: bank)
        } else if exception.acquirer.isNone {
            return
        } else {
            place = AccountID(.inTransit, currency, of: exception.acquirer)
        }
        exception.suspense = exception.expected - exception.actual
        posting.move(exception.suspense, debit: AccountID(.suspense, currency), credit: place)
    }

    /// Opens an exception about what does not fit, unless it was opened for the same telling before: the same
    /// key and content, or, where no key is needed, the same words. In a request nothing tells one from
    /// another of what needs a key.
    func tellOnce(
        _ request: Request, of merchant: MerchantID, _ open: (ModelState.Telling?) -> Void
    ) {
        let needsKey = request.operation.needsKey
        if needsKey && isInRequest { return open(nil) }
        let telling =
            needsKey
            ? ModelState.Telling.content(fingerprint, key: key)
            : ModelState.Telling.words(merchant, request)
        guard state.tellings[telling] == nil else { return }
        state.tellings[telling] = nextSequence
        open(telling)
    }
}
