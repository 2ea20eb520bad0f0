import Ledger
import LedgerModel
import LedgerSpaces
import Projections
import Testing

/// A merchant, an acquirer by file, and words for what paths of money are made of. All of EUR. The ledger and
/// the model go the same path, and must agree at every step.
final class PathWorld {
    private(set) var pair = LedgerPair(scratch: Scratch())
    let merchant = MerchantID(number: 1, shard: LedgerPair.shard)
    let acquirer = AcquirerID(number: 1, shard: LedgerPair.shard)
    let bank = BankAccountID(raw: 1)

    var model: LedgerModel { pair.model }

    /// With 2.9 % and 0.30 of fees.
    init(fee: UInt32 = 29_000, feeFixed: Int64 = 30, chargebackFee: Int64 = 0, reserve: UInt32 = 0) {
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("File Bank") ?? Text()
        done(.setAcquirer(acquirer), of: MerchantID.none)
        var opening = OpenMerchant()
        opening.settings.name = Text("Shop") ?? Text()
        done(.openMerchant(opening), of: MerchantID.none)
        var terms = SetMerchantTerms()
        terms.currency = 978
        (terms.fee, terms.feeFixed, terms.chargebackFee, terms.reserve) = (
            fee, feeFixed, chargebackFee, reserve
        )
        done(.setMerchantTerms(terms))
    }

    /// Does it, and expects that; the sequence of its last event.
    @discardableResult
    func done(_ request: Request, of merchant: MerchantID? = nil) -> SequenceNumber {
        let outcome = perform(request, of: merchant)
        guard case .done(let first, let count) = outcome else {
            Issue.record("\(request.operation): \(outcome)")
            return .none
        }
        return first.advanced(by: count - 1)
    }

    /// Does it, with a key of its own.
    func perform(_ request: Request, of merchant: MerchantID? = nil) -> ModelOutcome {
        pair.time = pair.time.adding(.seconds(1))
        let outcome = pair.perform(pair.command(request, of: merchant ?? self.merchant)).outcome
        expectAgreement()
        switch outcome {
        case .done(let first, let count): return .done(first: first, count: count)
        case .exists(let latest, _): return .exists(latest)
        case .refused(let code): return .refused(code)
        }
    }

    /// Does all of them or none.
    func performAll(_ commands: [Command], key: Hash128) -> RequestOutcome {
        pair.time = pair.time.adding(.seconds(1))
        let outcome = pair.performAll(commands, key: key, fingerprint: 1)
        expectAgreement()
        return outcome
    }

    /// The two agree, and what must hold does.
    private func expectAgreement() {
        let problems = pair.problems
        #expect(problems == [])
    }

    /// The moment it is.
    var time: LedgerTime { pair.time }

    /// What stands on every account of the ledger, debits positive: `[1010: 9820, …]`, zeros left out.
    var balances: [Int: Int] {
        var found: [Int: Int] = [:]
        for account in Account.allCases {
            let id: AccountID =
                switch account.owner {
                case .bankAccount: AccountID(account, .eur, of: bank)
                case .acquirer: AccountID(account, .eur, of: acquirer)
                case .merchant: AccountID(account, .eur, of: merchant)
                case .ledger: AccountID(account, .eur)
                }
            let row = pair.state.account(id)
            let sums = model.balance(id)
            #expect(Int128(row.posted) == sums.posted && Int128(row.pending) == sums.pending, "\(account)")
            if row.posted != 0 { found[account.number] = Int(row.posted) }
            #expect(row.pending == 0, "\(account.number) pending")
        }
        return found
    }

    func place() -> BatchPlace {
        var place = BatchPlace()
        place.closesAt = time.adding(.hours(20))
        return place
    }
}

// The steps of paths.
extension PathWorld {
    /// A payment, held and wholly captured; its capture is in the open batch.
    func captured(_ amount: Int64) -> ModelPayment {
        var record = RecordAuthorization()
        (record.order.amount, record.order.currency) = (amount, 978)
        (record.order.capture, record.acquirer, record.place) = (.automatic, acquirer, place())
        done(.recordAuthorization(record))
        return latest
    }

    /// The latest payment, as it is now.
    var latest: ModelPayment {
        guard let payment = model.payments.last else { fatalError("no payment") }
        return payment
    }

    /// The batch opened last is closed and leaves.
    func sendBatch() {
        guard let batch = model.batches.last else {
            Issue.record("no batch")
            return
        }
        var closing = CloseBatch()
        closing.batch = batch
        done(.closeBatch(closing))
        var sending = SubmitBatch()
        (sending.batch, sending.file.first) = (batch, Hash128(low: batch.raw, high: 1))
        done(.submitBatch(sending))
    }

    func settle() {
        var body = SettleItem()
        (body.batch, body.payment, body.capture) = (
            latest.captures[0].batch, latest.id, latest.captures[0].id
        )
        done(.settleItem(body))
    }

    func reject() {
        var body = RejectItem()
        (body.batch, body.payment, body.capture) = (
            latest.captures[0].batch, latest.id, latest.captures[0].id
        )
        done(.rejectItem(body))
    }

    func withdraw() {
        var body = WithdrawItem()
        (body.payment, body.capture) = (latest.id, latest.captures[0].id)
        done(.withdrawItem(body))
    }

    /// A refund in the open batch.
    func refund(_ amount: Int64) {
        var body = RefundPayment()
        (body.payment, body.amount, body.place) = (latest.id, amount, place())
        done(.refundPayment(body))
    }

    func failRefund() {
        var body = AnswerRefund()
        (body.payment, body.refund, body.isSucceeded) = (latest.id, latest.refunds[0].id, false)
        done(.answerRefund(body))
    }

    func cash(_ amount: Int64) {
        var body = MatchCash()
        (body.bankAccount, body.acquirer, body.currency, body.amount) = (bank, acquirer, 978, amount)
        done(.matchCash(body), of: MerchantID.none)
    }

    func cost(interchange: Int64, scheme: Int64, markup: Int64) {
        var body = NetCost()
        (body.acquirer, body.currency) = (acquirer, 978)
        (body.interchange, body.scheme, body.markup) = (interchange, scheme, markup)
        done(.netCost(body), of: MerchantID.none)
    }

    func dispute(_ amount: Int64) {
        var body = OpenDispute()
        (body.payment, body.stage, body.currency, body.amount) = (latest.id, .chargeback, 978, amount)
        done(.openDispute(body))
    }

    func pull(_ amount: Int64) {
        var body = PullDisputeFunds()
        (body.payment, body.dispute, body.amount) = (latest.id, latest.disputes[0].id, amount)
        done(.pullDisputeFunds(body))
    }

    func giveBack(_ amount: Int64) {
        var body = ReturnDisputeFunds()
        (body.payment, body.dispute, body.amount) = (latest.id, latest.disputes[0].id, amount)
        done(.returnDisputeFunds(body))
    }

    func decide(_ outcome: DisputeOutcome) {
        var body = DecideDispute()
        (body.payment, body.dispute, body.outcome) = (latest.id, latest.disputes[0].id, outcome)
        done(.decideDispute(body))
    }

    /// Everything of that much goes out and arrives.
    func payOut(_ amount: Int64) -> PayoutID {
        var body = CreatePayout()
        (body.currency, body.amount) = (978, amount)
        let payout = PayoutID(createdBy: done(.createPayout(body)), shard: LedgerPair.shard)
        answer(payout, .paid)
        return payout
    }

    func answer(_ payout: PayoutID, _ answer: PayoutAnswer) {
        var body = AnswerPayout()
        (body.payout, body.answer, body.bankAccount) = (payout, answer, bank)
        done(.answerPayout(body))
    }
}
