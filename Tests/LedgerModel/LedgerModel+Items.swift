// What an acquirer says of single items of a batch.

import Ledger

extension LedgerModel {
    func acceptItem(_ body: AcceptItem, _ merchant: MerchantID) throws(Refusal) {
        let (index, place, isThere) = try item(body.batch, body.payment, body.capture, merchant)
        if !isThere { return try checkEarlier(place, of: index) }
        guard state.payments[index].captures[place].state == .captured else { return }
        state.payments[index].captures[place].state = .accepted
        write(.itemAccepted, of: index, says: ["batch": body.batch, "capture": body.capture])
    }

    func settleItem(_ body: SettleItem, _ merchant: MerchantID) throws(Refusal) {
        let (index, place, isThere) = try item(body.batch, body.payment, body.capture, merchant)
        let capture = state.payments[index].captures[place]
        let told = body.amount == 0 ? capture.amount : body.amount
        if !isThere || !capture.isGood {
            guard isNews(.settledExceedsCaptured, of: place, index) else { return }
            openDifference(.settledExceedsCaptured, 0, told, body.batch, of: place, index)
        } else {
            if capture.state != .settled { settle(place, of: index, body.reference) }
            if told > capture.amount, isNews(.amountOver, of: place, index) {
                openDifference(.amountOver, capture.amount, told, body.batch, of: place, index)
            } else if told < capture.amount, isNews(.amountOver, of: place, index) {
                openDifference(.amountUnder, capture.amount, told, body.batch, of: place, index)
            }
        }
    }

    /// An exception about money in transit of a batch.
    private func openDifference(
        _ kind: ExceptionKind, _ expected: Int64, _ actual: Int64, _ batch: BatchID, of place: Int,
        _ index: Int
    ) {
        let key = state.batches[batch]?.key
        openException(
            kind, of: index, in: batch, expected: expected, actual: actual,
            acquirer: key?.acquirer ?? .none, currency: key?.currency, isPosted: true,
            cause: state.payments[index].captures[place].id.createdBy)
    }

    /// Of an item that is not in a batch, nothing is to be said there unless it was before.
    private func checkEarlier(_ place: Int, of index: Int) throws(Refusal) {
        if !state.payments[index].captures[place].isSecondTime { throw Refusal(.captureUnknown) }
    }

    func rejectItem(_ body: RejectItem, _ merchant: MerchantID) throws(Refusal) {
        let (index, place, isThere) = try item(body.batch, body.payment, body.capture, merchant)
        if !isThere { return try checkEarlier(place, of: index) }
        let payment = state.payments[index]
        let capture = payment.captures[place]
        guard capture.isGood, !payment.isReturned else { return }
        if body.isPresentedAgain {
            try checkPlace(body.place, payment.batchKey, captured: capture.amount)
        }
        for (refund, known) in payment.refunds.enumerated()
        where isAtHome(known) && known.parts.contains(where: { $0.capture == place }) {
            before { failRefund(refund, of: index, Text()) }
        }
        let next = body.isPresentedAgain ? useBatch(body.place, payment.batchKey) : BatchID.none
        var posting = Posting()
        posting.move(
            capture.amount, debit: payment.ofAcquirer(.acquirerReceivable),
            credit: payment.ofAcquirer(.inTransit))
        state.payments[index].captures[place].state = body.isPresentedAgain ? .captured : .rejected
        state.payments[index].captures[place].contradictions.remove(.amountOver)
        if body.isPresentedAgain {
            state.payments[index].captures[place].batch = next
            state.payments[index].captures[place].isSecondTime = true
        }
        let event = write(
            .itemRejected, of: index, posting,
            says: [
                "batch": body.batch, "capture": capture.id, "responseCode": body.responseCode, "next": next,
            ])
        putIn(index, next, event)
        if !body.isPresentedAgain {
            openException(
                .itemRejected, of: index, in: body.batch, expected: capture.amount, actual: 0)
        }
    }

    func withdrawItem(_ body: WithdrawItem, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try capture(body.capture, of: index)
        let payment = state.payments[index]
        let capture = payment.captures[place]
        if capture.state != .rejected { throw Refusal(.captureNotRejected) }
        let receivable = payment.ofAcquirer(.acquirerReceivable)
        var posting = Posting()
        posting.move(capture.left, debit: payment.ofMerchant(.merchantPending), credit: receivable)
        take(capture.amount - capture.left, from: payment.purse, to: receivable, &posting)
        give(capture.fee, to: payment.purse, from: payment.ofLedger(.feeRevenue), &posting)
        state.payments[index].captures[place].state = .withdrawn
        state.payments[index].captures[place].left = 0
        state.payments[index].captures[place].fee = 0
        state.payments[index].feesPosted -= capture.fee
        state.payments[index].end(as: .voided)
        write(
            .itemWithdrawn, of: index, posting,
            says: ["capture": capture.id, "amount": capture.amount, "fee": capture.fee])
        if payment.order.method == .ach { end(.payment(payment.id), .failed) }
    }

    /// A capture, and whether it is in that batch, which then must have been sent.
    private func item(
        _ id: BatchID, _ payment: PaymentID, _ capture: CaptureID, _ merchant: MerchantID
    ) throws(Refusal) -> (payment: Int, capture: Int, isThere: Bool) {
        let batch = try batch(id, of: merchant)
        let index = try self.payment(payment, of: merchant)
        let place = try self.capture(capture, of: index)
        if state.payments[index].captures[place].batch != id { return (index, place, false) }
        if !batch.isSent { throw Refusal(.batchNotSubmitted) }
        return (index, place, true)
    }

    /// What is left of the capture becomes available, less the fee, less the reserve.
    private func settle(_ place: Int, of index: Int, _ reference: Text<40>) {
        state.payments[index].captures[place].state = .settled
        state.payments[index].captures[place].wasSettled = true
        let payment = state.payments[index]
        let left = payment.captures[place].left
        let terms = state.merchants[payment.merchant]?.terms[payment.currency] ?? MerchantTermsSet()
        let fee = max(0, schedule(terms, payment.settled) - payment.feesPosted)
        var posting = Posting()
        give(left, to: payment.purse, from: payment.ofMerchant(.merchantPending), &posting)
        take(fee, from: payment.purse, to: payment.ofLedger(.feeRevenue), &posting)
        var reserve = reserve(terms, of: left - fee, payment, posting)
        let releaseAt = now.adding(terms.reserveSpan)
        if releaseAt > now { reserve = min(reserve, room(payment.merchant, payment.currency, at: releaseAt)) }
        posting.move(
            reserve, debit: payment.ofMerchant(.merchantAvailable),
            credit: payment.ofMerchant(.merchantReserve))
        state.payments[index].captures[place].left = 0
        state.payments[index].captures[place].fee += fee
        state.payments[index].feesPosted += fee
        let isReleased = terms.reserveSpan.nanoseconds > 0
        if isReleased { addRelease(reserve, payment.merchant, payment.currency, at: releaseAt) }
        let capture = payment.captures[place]
        write(
            .itemSettled, of: index, posting,
            says: [
                "batch": capture.batch, "capture": capture.id, "amount": left, "fee": fee,
                "reserve": reserve,
                "releaseDay": isReleased && reserve > 0 ? Self.day(of: releaseAt) : 0,
                "reference": reference,
            ])
    }

    /// The fee of so much settled of one payment.
    private func schedule(_ terms: MerchantTermsSet, _ settled: Int64) -> Int64 {
        terms.fee.of(Amount(minorUnits: settled)).minorUnits + terms.feeFixed.minorUnits
    }

    /// What is kept back, as far as it is there.
    private func reserve(
        _ terms: MerchantTermsSet, of net: Int64, _ payment: ModelPayment, _ posting: Posting
    ) -> Int64 {
        guard net > 0 else { return 0 }
        let available = credit(of: payment.ofMerchant(.merchantAvailable), with: posting)
        return min(terms.reserve.of(Amount(minorUnits: net)).minorUnits, Int64(clamping: max(0, available)))
    }

    /// How much more can be released at the end of the UTC day of `moment`.
    func room(_ merchant: MerchantID, _ currency: Currency, at moment: LedgerTime) -> Int64 {
        let day = Self.day(of: moment)
        return .max - (state.releases[.init(merchant: merchant, currency: currency, day: day)] ?? 0)
    }

    /// Days since 1970-01-01, UTC.
    static func day(of moment: LedgerTime) -> UInt32 {
        UInt32(moment.nanoseconds / LedgerSpan.days(1).nanoseconds)
    }

    /// Plans the release of a reserve at the end of the UTC day of `moment`.
    func addRelease(_ amount: Int64, _ merchant: MerchantID, _ currency: Currency, at moment: LedgerTime) {
        guard amount > 0 else { return }
        let day = Self.day(of: moment)
        state.releases[.init(merchant: merchant, currency: currency, day: day), default: 0] += amount
    }
}
