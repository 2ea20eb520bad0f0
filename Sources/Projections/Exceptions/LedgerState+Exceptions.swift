import Invariants
import Ledger

// What does not fit: opened by whatever finds it, resolved by people, above a limit by two.
extension LedgerState {
    // MARK: Opening

    /// Opens an exception about a payment, a batch, both or neither.
    ///
    /// - Parameters:
    ///   - acquirer: if it is not that of the batch, or else the payment.
    ///   - currency: likewise.
    ///   - cause: the event that made what it is about, where the exception does not follow that at once.
    ///   - isPaid: whether money differs from what was to come, so that the difference goes to suspense; by
    ///     kind, if not told.
    ///   - told: of the fact from outside that it is about.
    mutating func openException(
        _ kind: ExceptionKind, of payment: RowNumber? = nil, in batchNumber: RowNumber? = nil,
        acquirer: AcquirerID = .none, currency: Currency? = nil, expected: Amount = .zero,
        actual: Amount = .zero, cause: SequenceNumber = .none, isPaid: Bool? = nil,
        told: Hash128 = .none, _ events: inout EventBatch
    ) {
        let isPaid = isPaid ?? kind.isPaid
        var fact = ExceptionOpened()
        fact.kind = kind
        fact.expected = expected
        fact.actual = actual
        fact.told = told
        if let payment {
            fact.acquirer = payments[payment].acquirerNumber > 0 ? acquirerID(payments[payment]) : .none
            fact.currency = payments[payment].currency.number
        }
        if let batchNumber {
            let row = batches[batchNumber]
            fact.batch = row.id
            fact.acquirer = AcquirerID(number: row.acquirerNumber, shard: shard)
            fact.currency = row.currency.number
        }
        if !acquirer.isNone { fact.acquirer = acquirer }
        if let currency { fact.currency = currency.number }
        if isPaid || !kind.isPaid { fact.suspense = kind.suspense(expected: expected, actual: actual) }
        let legs = isPaid ? transitLegs(fact.suspense, fact.currency, fact.acquirer) : Legs()
        author.cause = cause
        write(fact, of: payment ?? .none, legs, into: &events)
    }

    /// An exception about a fact that is not what was told under its key: it names what the fact names, as
    /// far as that is there, and the merchant's.
    mutating func openConflict(
        _ told: ToldFields, about payment: PaymentID, with first: SequenceNumber,
        hash: Hash128, _ events: inout EventBatch
    ) {
        let number = batches.find(told.batch.raw)
        let isSeen =
            author.merchant.isNone
            || number.map { batches[$0].merchantNumber == author.merchant.number } ?? false
        openException(
            .conflictingFact, of: findPayment(payment), in: isSeen ? number : nil,
            acquirer: acquirers.find(told.acquirer.raw) == nil ? .none : told.acquirer,
            currency: Currency(number: told.currency), expected: Amount(minorUnits: told.expected),
            actual: Amount(minorUnits: told.actual), cause: first, told: hash, &events)
    }

    private func transitLegs(_ amount: Int64, _ currency: UInt16, _ acquirer: AcquirerID) -> Legs {
        let currency = Self.checked(currency)
        return Self.suspenseLegs(amount, currency, AccountID(.inTransit, currency, of: acquirer))
    }

    /// Suspense debited, another account credited; the other way if negative.
    static func suspenseLegs(_ amount: Int64, _ currency: Currency, _ other: AccountID) -> Legs {
        var legs = Legs()
        legs.add(AccountID(.suspense, currency), amount)
        legs.add(other, -amount)
        return legs
    }

    mutating func decideOpenException(_ request: OpenException, _ events: inout EventBatch) -> RefusalCode? {
        if !request.acquirer.isNone || request.kind.isOfPayment,
            let refusal = acquirerRefusal(request.acquirer)
        {
            return refusal
        }
        var payment = RowNumber.none
        if !request.payment.isNone {
            guard let found = findPayment(request.payment) else { return .paymentUnknown }
            payment = found
        }
        if !request.batch.isNone, findBatch(request.batch) == nil { return .batchUnknown }
        var fact = ExceptionOpened()
        fact.kind = request.kind
        fact.acquirer = request.acquirer
        fact.batch = request.batch
        fact.currency = request.currency
        fact.expected = Amount(minorUnits: request.expected)
        fact.actual = Amount(minorUnits: request.actual)
        fact.reference = request.reference
        let isPosted = request.kind.isOfPayment
        fact.suspense = isPosted ? request.expected - request.actual : 0
        let legs = isPosted ? transitLegs(fact.suspense, fact.currency, fact.acquirer) : Legs()
        write(fact, of: payment, legs, into: &events)
        return nil
    }

    mutating func applyExceptionOpened(_ fact: ExceptionOpened, _ event: EventHead) {
        if !event.context.payment.isNone { changePayment(of: event) { _ in } }
        exceptions.insert(
            ExceptionRow(
                id: ExceptionID(createdBy: event.sequence, shard: shard), merchant: event.context.merchant,
                payment: event.context.payment, acquirer: fact.acquirer, expected: fact.expected,
                actual: fact.actual, openedAt: event.time,
                suspense: fact.suspense, bankAccount: fact.bankAccount, currency: fact.currency,
                kind: fact.kind))
        noteTold(fact.told, at: event.sequence)
        noteContradiction(fact.kind, of: event.context.cause)
    }

    // MARK: Resolving

    mutating func decideResolve(_ request: ResolveException, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findException(request.exception) else { return .exceptionUnknown }
        let row = exceptions[number]
        if row.state == .resolved { return .exceptionResolved }
        if row.difference >= settings.approvalAbove {
            // Somebody else has to approve: else than whom must be known.
            if author.actor.isNone { return .approverRequired }
            var fact = ResolutionProposed()
            fact.exception = row.id
            fact.resolution = request.resolution
            fact.reason = request.reason
            write(fact, of: aboutPayment(row), into: &events)
        } else {
            resolve(row, request.resolution, approver: .none, request.reason, &events)
        }
        return nil
    }

    mutating func decideApprove(_ request: ApproveResolution, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findException(request.exception) else { return .exceptionUnknown }
        let row = exceptions[number]
        switch row.state {
        case .resolved: return .exceptionResolved
        case .open: return .exceptionNotProposed
        case .proposed: break
        }
        if author.actor.isNone { return .approverRequired }
        if author.actor == row.proposer { return .approverIsActor }
        resolve(row, row.proposal, approver: author.actor, Text(), &events)
        return nil
    }

    /// What it left on suspense is given up, or goes back to where it came from.
    private mutating func resolve(
        _ row: ExceptionRow, _ resolution: Resolution, approver: ActorID, _ reason: Text<120>,
        _ events: inout EventBatch
    ) {
        var fact = ExceptionResolved()
        fact.exception = row.id
        fact.resolution = resolution
        fact.approver = approver
        fact.reason = reason
        var legs = Legs()
        if row.suspense != 0 {
            let currency = Self.checked(row.currency)
            let other: AccountID
            if resolution == .writeOff {
                other = AccountID(.writeOffLoss, currency)
            } else if row.bankAccount.isNone {
                other = AccountID(row.kind.origin, currency, of: row.acquirer)
            } else {
                other = AccountID(.cash, currency, of: row.bankAccount)
            }
            legs.add(other, row.suspense)
            legs.add(AccountID(.suspense, currency), -row.suspense)
        }
        write(fact, of: aboutPayment(row), legs, into: &events)
    }

    private func aboutPayment(_ row: ExceptionRow) -> RowNumber { payments.find(row.payment.raw) ?? .none }

    mutating func applyResolutionProposed(_ fact: ResolutionProposed, _ event: EventHead) {
        if !event.context.payment.isNone { changePayment(of: event) { _ in } }
        changeException(fact.exception) { row in
            row.state = .proposed
            row.proposal = fact.resolution
            row.proposer = event.context.actor
        }
    }

    mutating func applyExceptionResolved(_ fact: ExceptionResolved, _ event: EventHead) {
        if !event.context.payment.isNone { changePayment(of: event) { _ in } }
        changeException(fact.exception) { $0.state = .resolved }
    }

    private mutating func changeException(_ id: ExceptionID, _ change: (inout ExceptionRow) -> Void) {
        guard let number = exceptions.find(id.raw) else { invariantViolated("no exception \(id.raw)") }
        var row = exceptions[number]
        change(&row)
        exceptions.update(number, row)
    }

    /// An exception of the merchant that asks; nobody's, of the ledger's own facts, if none asks.
    private func findException(_ id: ExceptionID) -> RowNumber? {
        guard let number = exceptions.find(id.raw), exceptions[number].merchant == author.merchant
        else { return nil }
        return number
    }
}

extension ExceptionKind {
    /// Whether reconciliation, too, posts the difference to what was expected.
    var isOfPayment: Bool { self == .amountOver || self == .amountUnder }

    /// Whether its difference is between what is in transit and what we expected, and posted with it.
    var isPaid: Bool { isOfPayment || self == .settledExceedsCaptured }

    /// Where what it left on suspense came from.
    var origin: Account { self == .disputeExceedsCaptured ? .disputeClearing : .inTransit }

    /// What it leaves on suspense, debits positive: by its own legs, or by those of the event before it.
    func suspense(expected: Amount, actual: Amount) -> Int64 {
        switch self {
        case .amountOver, .amountUnder, .settledExceedsCaptured:
            expected.minorUnits - actual.minorUnits
        case .disputeExceedsCaptured, .returnExceedsCaptured: actual.minorUnits - expected.minorUnits
        default: 0
        }
    }
}
