import Ledger

// What somebody outside says of things that are not there. It is not refused: the fact is an exception, and
// money it tells of is on suspense until somebody knows whose it is.
extension LedgerState {
    /// Does what is asked. A fact that found nothing it could be about is kept as an exception.
    mutating func perform<Body: DecidedRequest>(
        orKeep body: Body, _ head: CommandHead, _ events: inout EventBatch
    ) -> RefusalCode? {
        guard let refusal = body.decide(in: &self, &events) else { return nil }
        guard Body.operation.isFact, refusal.isOfNames else { return refusal }
        let told = toldHash(body, head)
        guard findTold(told) == nil else { return nil }
        // The key stays free for the fact as it was meant; that of a request is the request's.
        if !head.key.isNone { (author.key, author.fingerprint) = (.none, 0) }
        keepUnplaced(ToldFields(body), body.unplacedMoney, about: head.payment, refusal, told, &events)
        return nil
    }

    /// Opens the exception: it names what the fact names, as far as that is there, and the merchant's.
    private mutating func keepUnplaced(
        _ told: ToldFields, _ money: UnplacedMoney?, about id: PaymentID, _ refusal: RefusalCode,
        _ hash: Hash128, _ events: inout EventBatch
    ) {
        let payment = findPayment(id)
        let number = batches.find(told.batch.raw)
        var fact = ExceptionOpened()
        fact.kind = told.kind ?? (refusal == .currencyMismatch ? .currency : .unknownReference)
        fact.reference = told.reference
        fact.told = hash
        if let payment {
            let row = payments[payment]
            if row.acquirerNumber > 0 { fact.acquirer = acquirerID(row) }
            fact.currency = row.currency.number
        }
        if let number, author.merchant.isNone || batches[number].merchantNumber == author.merchant.number {
            let row = batches[number]
            fact.batch = row.id
            fact.acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
            fact.currency = row.currency.number
        }
        if !told.acquirer.isNone {
            fact.acquirer = acquirers.find(told.acquirer.raw) == nil ? .none : told.acquirer
        }
        if told.currency != 0 { fact.currency = told.currency }
        fact.expected = money?.expected ?? Amount(minorUnits: told.expected)
        fact.actual = money?.actual ?? Amount(minorUnits: told.actual)
        fact.bankAccount = money?.bankAccount ?? .none
        let legs = money == nil ? Legs() : setAside(&fact)
        write(fact, of: payment ?? .none, legs, into: &events)
    }

    /// The money it tells of, onto suspense: from a bank account, or from what is in transit at the acquirer.
    /// None, if it is not known whose or in what.
    private func setAside(_ fact: inout ExceptionOpened) -> Legs {
        guard let currency = Currency(number: fact.currency) else { return Legs() }
        if fact.bankAccount.isNone && fact.acquirer.isNone { return Legs() }
        let other =
            fact.bankAccount.isNone
            ? AccountID(.inTransit, currency, of: fact.acquirer)
            : AccountID(.cash, currency, of: fact.bankAccount)
        fact.suspense = fact.expected.minorUnits - fact.actual.minorUnits
        return Self.suspenseLegs(fact.suspense, currency, other)
    }
}

/// What a fact says that money has moved, where it says so, as an exception has it: a bank or an acquirer has
/// `actual` instead of `expected` with us.
struct UnplacedMoney {
    var expected = Amount.zero
    var actual = Amount.zero
    /// Where it came in; none if it is at an acquirer.
    var bankAccount = BankAccountID.none

    /// Money that left, minor units.
    static func gone(_ amount: Int64) -> Self { Self(expected: Amount(minorUnits: amount)) }
    /// Money that came, minor units.
    static func come(_ amount: Int64) -> Self { Self(actual: Amount(minorUnits: amount)) }
}

extension RefusalCode {
    /// Whether what a command names is not there, or is not what the command takes it for.
    fileprivate var isOfNames: Bool {
        switch self {
        case .acquirerUnknown, .acquirerRequired, .acquirerModeMismatch, .paymentUnknown, .attemptUnknown,
            .captureUnknown, .refundUnknown, .batchUnknown, .disputeUnknown, .payoutUnknown,
            .reversalUnknown, .currencyMismatch, .methodNotDebit:
            true
        default: false
        }
    }
}
