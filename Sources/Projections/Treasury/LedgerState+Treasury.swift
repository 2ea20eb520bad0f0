import Invariants
import Ledger

// Money between us and merchants, and our own.
extension LedgerState {
    // MARK: Reserve

    mutating func decideWithholdReserve(_ request: WithholdReserve, _ events: inout EventBatch)
        -> RefusalCode?
    {
        let currency = Self.checked(request.currency)
        let amount = Amount(minorUnits: request.amount)
        guard amount <= available(author.merchant, currency) else { return .exceedsAvailable }
        var fact = ReserveWithheld()
        fact.currency = currency
        fact.amount = amount
        if !request.releaseAt.isNone { fact.releaseDay = BusinessDay(containing: request.releaseAt) }
        if amount > roomOfReserve(author.merchant, currency, fact.releaseDay) { return .sumTooLarge }
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.merchantAvailable, currency, of: author.merchant),
            credit: AccountID(.merchantReserve, currency, of: author.merchant))
        write(fact, legs, into: &events)
        return nil
    }

    mutating func decideReleaseReserve(_ request: ReleaseReserve, _ events: inout EventBatch) -> RefusalCode?
    {
        let currency = Self.checked(request.currency)
        let amount = Amount(minorUnits: request.amount)
        guard amount <= reserve(author.merchant, currency) else { return .exceedsReserve }
        releaseReserve(amount, currency, BusinessDay(daysSinceEpoch: 0), &events)
        return nil
    }

    /// A day's reserve has been kept long enough: due. As far as it is there: some, or all, may have been
    /// released by hand; said all the same, so that nothing is left of the day.
    mutating func releaseDue(
        _ row: ReserveRow, _ currency: Currency, _ day: BusinessDay, _ events: inout EventBatch
    ) {
        releaseReserve(min(row.amount, reserve(author.merchant, currency)), currency, day, &events)
    }

    private mutating func releaseReserve(
        _ amount: Amount, _ currency: Currency, _ day: BusinessDay, _ events: inout EventBatch
    ) {
        var fact = ReserveReleased()
        fact.currency = currency
        fact.amount = amount
        fact.releaseDay = day
        var purse = MerchantPurse(author.merchant, currency, in: self)
        var legs = Legs()
        purse.give(amount, debitTo: AccountID(.merchantReserve, currency, of: author.merchant), &legs)
        write(fact, legs, into: &events)
    }

    private func reserve(_ merchant: MerchantID, _ currency: Currency) -> Amount {
        let row = account(AccountID(.merchantReserve, currency, of: merchant))
        return Amount(minorUnits: Int64(clamping: -row.posted))
    }

    /// How much more may be released at the end of a day; a day that is none has no end.
    func roomOfReserve(_ merchant: MerchantID, _ currency: Currency, _ day: BusinessDay) -> Amount {
        let all = Amount(minorUnits: .max)
        let key = ReserveRow.key(merchant: merchant.number, currency, day)
        guard day.daysSinceEpoch > 0, let number = reserves.find(key) else { return all }
        return all - reserves[number].amount
    }

    /// So much more of a merchant's reserve is released at the end of a day: no more than there is room for.
    mutating func addReserve(
        _ merchant: MerchantID, _ currency: Currency, _ day: BusinessDay, _ amount: Amount
    ) {
        let key = ReserveRow.key(merchant: merchant.number, currency, day)
        if let number = reserves.find(key) {
            var row = reserves[number]
            row.amount += amount
            return reserves.update(number, row)
        }
        reserves.insert(ReserveRow(key: key, amount: amount))
        let owner = UInt64(merchant.number) << 10 | UInt64(currency.number)
        due.push(DueEntry(time: day.end, kind: .reserve, id: owner))
    }

    mutating func applyReserveWithheld(_ fact: ReserveWithheld, _ event: EventHead) {
        guard fact.releaseDay.daysSinceEpoch > 0 else { return }
        addReserve(event.context.merchant, fact.currency, fact.releaseDay, fact.amount)
    }

    mutating func applyReserveReleased(_ fact: ReserveReleased, _ event: EventHead) {
        guard fact.releaseDay.daysSinceEpoch > 0 else { return }
        let key = ReserveRow.key(
            merchant: event.context.merchant.number, fact.currency, fact.releaseDay)
        guard let number = reserves.find(key) else { invariantViolated("no reserve \(key)") }
        reserves.remove(number)
    }

    // MARK: Payouts

    mutating func decideCreatePayout(_ request: CreatePayout, _ events: inout EventBatch) -> RefusalCode? {
        let currency = Self.checked(request.currency)
        let amount = Amount(minorUnits: request.amount)
        guard amount <= available(author.merchant, currency) else { return .exceedsAvailable }
        var fact = PayoutCreated()
        fact.currency = currency
        fact.amount = amount
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.merchantAvailable, currency, of: author.merchant),
            credit: AccountID(.payoutInTransit, currency, of: author.merchant))
        write(fact, legs, into: &events)
        return nil
    }

    mutating func decideAnswerPayout(_ request: AnswerPayout, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = payouts.find(request.payout.raw), payouts[number].merchant == author.merchant
        else {
            return .payoutUnknown
        }
        let row = payouts[number]
        switch (row.state, request.answer) {
        case (.created, .rejected): rejectPayout(row, request, &events)
        case (.created, .paid): payPayout(row, request, &events)
        case (.paid, .returned): returnPayout(row, request, &events)
        case (.rejected, .rejected), (.paid, .paid), (.returned, .returned): break
        default:
            if row.isSaidOtherwise { return nil }
            openException(
                .secondOutcome, currency: row.currency, expected: row.amount, cause: row.id.createdBy, &events
            )
        }
        return nil
    }

    private mutating func rejectPayout(_ row: PayoutRow, _ request: AnswerPayout, _ events: inout EventBatch)
    {
        var fact = PayoutRejected()
        fact.payout = row.id
        fact.amount = row.amount
        fact.responseCode = request.responseCode
        var purse = MerchantPurse(row.merchant, row.currency, in: self)
        var legs = Legs()
        purse.give(row.amount, debitTo: AccountID(.payoutInTransit, row.currency, of: row.merchant), &legs)
        write(fact, legs, into: &events)
    }

    private mutating func payPayout(_ row: PayoutRow, _ request: AnswerPayout, _ events: inout EventBatch) {
        var fact = PayoutPaid()
        fact.payout = row.id
        fact.amount = row.amount
        fact.bankAccount = request.bankAccount
        fact.reference = request.reference
        var legs = Legs()
        legs.move(
            row.amount, debit: AccountID(.payoutInTransit, row.currency, of: row.merchant),
            credit: AccountID(.cash, row.currency, of: request.bankAccount))
        write(fact, legs, into: &events)
    }

    private mutating func returnPayout(_ row: PayoutRow, _ request: AnswerPayout, _ events: inout EventBatch)
    {
        var fact = PayoutReturned()
        fact.payout = row.id
        fact.amount = row.amount
        fact.bankAccount = request.bankAccount
        fact.reference = request.reference
        var purse = MerchantPurse(row.merchant, row.currency, in: self)
        var legs = Legs()
        purse.give(row.amount, debitTo: AccountID(.cash, row.currency, of: request.bankAccount), &legs)
        write(fact, legs, into: &events)
    }

    mutating func applyPayoutCreated(_ fact: PayoutCreated, _ event: EventHead) {
        payouts.insert(
            PayoutRow(
                id: PayoutID(createdBy: event.sequence, shard: shard), merchant: event.context.merchant,
                amount: fact.amount, currency: fact.currency))
    }

    /// A bank has answered: the first answer is the outcome of what was asked for.
    mutating func setPayoutState(
        _ id: PayoutID, _ state: PayoutState, _ outcome: KeyOutcome, _ event: EventHead
    ) {
        guard let number = payouts.find(id.raw) else { invariantViolated("no payout \(id.raw)") }
        var row = payouts[number]
        row.state = state
        row.isSaidOtherwise = false
        payouts.update(number, row)
        keys.finish(id.createdBy, outcome, time: event.time)
    }

    // MARK: Ours

    mutating func decideMatchCash(_ request: MatchCash, _ events: inout EventBatch) -> RefusalCode? {
        let currency = Self.checked(request.currency)
        if let refusal = settlementRefusal(request.acquirer, request.batch, currency) { return refusal }
        var fact = CashMatched()
        fact.bankAccount = request.bankAccount
        fact.acquirer = request.acquirer
        fact.batch = request.batch
        fact.currency = currency
        fact.amount = Amount(minorUnits: request.amount)
        fact.reference = request.reference
        var legs = Legs()
        legs.move(
            fact.amount, debit: AccountID(.cash, currency, of: request.bankAccount),
            credit: AccountID(.inTransit, currency, of: request.acquirer))
        write(fact, legs, into: &events)
        return nil
    }

    mutating func decideNetCost(_ request: NetCost, _ events: inout EventBatch) -> RefusalCode? {
        let currency = Self.checked(request.currency)
        if let refusal = settlementRefusal(request.acquirer, request.batch, currency) { return refusal }
        var fact = CostNetted()
        fact.acquirer = request.acquirer
        fact.batch = request.batch
        fact.currency = currency
        fact.interchange = Amount(minorUnits: request.interchange)
        fact.scheme = Amount(minorUnits: request.scheme)
        fact.markup = Amount(minorUnits: request.markup)
        let transit = AccountID(.inTransit, currency, of: request.acquirer)
        var legs = Legs()
        let account: (Account) -> AccountID = { AccountID($0, currency, of: request.acquirer) }
        legs.move(fact.interchange, debit: account(.interchangeCost), credit: transit)
        legs.move(fact.scheme, debit: account(.schemeCost), credit: transit)
        legs.move(fact.markup, debit: account(.markupCost), credit: transit)
        write(fact, legs, into: &events)
        return nil
    }

    /// What is wrong with an acquirer and a batch that money is matched to.
    private func settlementRefusal(
        _ acquirer: AcquirerID, _ batch: BatchID, _ currency: Currency
    ) -> RefusalCode? {
        if let refusal = acquirerRefusal(acquirer) { return refusal }
        if batch.isNone { return nil }
        guard let number = batches.find(batch.raw), batches[number].acquirerNumber == acquirer.number else {
            return .batchUnknown
        }
        return batches[number].currency == currency ? nil : .currencyMismatch
    }

    mutating func decideMoveOwnFunds(_ request: MoveOwnFunds, _ events: inout EventBatch) -> RefusalCode? {
        let currency = Self.checked(request.currency)
        let own = AccountID(.ownFunds, currency)
        let cash = AccountID(.cash, currency, of: request.bankAccount)
        let amount = Amount(minorUnits: request.amount)
        if !request.isIn, Int128(amount.minorUnits) > -account(own).posted { return .exceedsOwnFunds }
        var fact = OwnFundsMoved()
        fact.bankAccount = request.bankAccount
        fact.currency = currency
        fact.amount = amount
        fact.isIn = request.isIn
        fact.reason = request.reason
        var legs = Legs()
        legs.move(amount, debit: request.isIn ? cash : own, credit: request.isIn ? own : cash)
        write(fact, legs, into: &events)
        return nil
    }

    mutating func decideWriteOffDebt(_ request: WriteOffDebt, _ events: inout EventBatch) -> RefusalCode? {
        let currency = Self.checked(request.currency)
        let amount = Amount(minorUnits: request.amount)
        guard amount <= owed(author.merchant, currency) else { return .exceedsDebt }
        if let refusal = approverRefusal(request.approver) { return refusal }
        var fact = DebtWrittenOff()
        fact.currency = currency
        fact.amount = amount
        fact.approver = request.approver
        fact.reason = request.reason
        var legs = Legs()
        legs.move(
            amount, debit: AccountID(.chargebackLoss, currency),
            credit: AccountID(.merchantReceivable, currency, of: author.merchant))
        write(fact, legs, into: &events)
        return nil
    }

    /// What is wrong with a second person, who is another than the first only if that one is known.
    func approverRefusal(_ approver: ActorID) -> RefusalCode? {
        if approver.isNone || author.actor.isNone { return .approverRequired }
        return approver == author.actor ? .approverIsActor : nil
    }

    /// A currency whose form has been looked at.
    static func checked(_ currency: UInt16) -> Currency {
        guard let currency = Currency(number: currency) else { invariantViolated("currency \(currency)") }
        return currency
    }
}
