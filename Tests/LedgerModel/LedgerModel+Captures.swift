// Taking held money.

import Ledger

extension LedgerModel {
    func capturePayment(_ body: CapturePayment, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        try checkLive(index)
        let payment = state.payments[index]
        if payment.isUnderReview { throw Refusal(.underReview) }
        let free = payment.held - payment.reserved
        if free <= 0 { throw Refusal(payment.reserved > 0 ? .captureInFlight : .alreadyCaptured) }
        let most = capturable(payment)
        let amount = body.amount == 0 ? min(free, most) : body.amount
        if amount > most || amount == 0 { throw Refusal(.exceedsAuthorized) }
        if payment.captures.count >= 50 { throw Refusal(.tooManyCaptures) }
        if isOnline(payment.acquirer) {
            requestCapture(amount, isFinal: body.isFinal, of: index, until: body.deadline)
        } else {
            try checkPlace(body.place, payment.batchKey, captured: amount)
            captureInFile(amount, isFinal: body.isFinal, of: index, body.place)
        }
    }

    func answerCapture(_ body: AnswerCapture, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try capture(body.capture, of: index)
        let known = state.payments[index].captures[place]
        switch (known.state, body.answer) {
        case (.requested, .succeeded), (.unknown, .succeeded):
            let key = state.payments[index].batchKey
            try checkPlace(body.place, key, captured: known.amount)
            let batch = useBatch(body.place, key)
            post(captured: place, of: index, into: batch)
        case (.requested, .failed), (.unknown, .failed):
            state.payments[index].captures[place].state = .failed
            state.payments[index].end(as: .expired)
            let event = write(
                .captureFailed, of: index,
                says: [
                    "capture": known.id, "responseCode": body.responseCode, "reversal": isToReverse(index),
                ])
            reverseUnclaimed(event, of: index)
            end(.capture(known.id), .failed)
        case (.requested, .unknown): loseCapture(place, of: index)
        case (.failed, .succeeded):
            guard isNews(.secondOutcome, of: place, index) else { return }
            openException(
                .secondOutcome, of: index, expected: 0, actual: known.amount, cause: known.id.createdBy)
        case (_, .failed) where known.state != .failed:
            guard isNews(.captureFailed, of: place, index) else { return }
            openException(
                .captureFailed, of: index, expected: known.amount, actual: 0, cause: known.id.createdBy)
        default: return
        }
    }

    /// Whether nothing of this kind was told of a capture before; from now on it was.
    func isNews(_ kind: ExceptionKind, of place: Int, _ index: Int) -> Bool {
        state.payments[index].captures[place].contradictions.insert(kind).inserted
    }

    func voidCapture(_ body: VoidCapture, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let place = try capture(body.capture, of: index)
        let payment = state.payments[index]
        let known = payment.captures[place]
        if isOnline(payment.acquirer) { throw Refusal(.acquirerModeMismatch) }
        switch known.state {
        case .requested, .unknown: throw Refusal(.captureInFlight)
        case .failed: throw Refusal(.captureFailed)
        case .voided: throw Refusal(.captureVoided)
        case .settled: throw Refusal(.captureSettled)
        case .accepted, .rejected, .withdrawn: throw Refusal(.captureInClosedBatch)
        case .captured: break
        }
        if known.wasSettled { throw Refusal(.captureSettled) }
        if known.refunded > 0 { throw Refusal(.captureHasRefunds) }
        if state.batches[known.batch]?.state != .open { throw Refusal(.captureInClosedBatch) }
        if payment.refundable < known.amount { throw Refusal(.disputeOpen) }
        takeOut(place, of: index)
    }

    /// The most that one more capture may take.
    private func capturable(_ payment: ModelPayment) -> Int64 {
        let rate = state.merchants[payment.merchant]?.settings.overcapture ?? .zero
        let over = rate.of(Amount(minorUnits: payment.authorized)).minorUnits
        return min(
            payment.authorized + over - payment.captured - payment.reserved,
            payment.held - payment.reserved + over)
    }

    /// The capture that follows an approval, if the order wants it. Room in the batch has been looked at.
    func captureAutomatically(_ index: Int, _ place: BatchPlace) {
        let payment = state.payments[index]
        guard payment.order.capture == .automatic else { return }
        if isOnline(payment.acquirer) {
            requestCapture(payment.held, isFinal: true, of: index, until: .none)
        } else if (try? checkPlace(place, payment.batchKey, captured: payment.held)) != nil {
            // Without a place the approval stands, and waits to be captured.
            captureInFile(payment.held, isFinal: true, of: index, place)
        }
    }

    private func requestCapture(
        _ amount: Int64, isFinal: Bool, of index: Int, until deadline: LedgerTime
    ) {
        let span = state.acquirers[state.payments[index].acquirer]?.settings.settleAfter ?? .seconds(0)
        let id = CaptureID(createdBy: nextSequence, shard: shard)
        let ends = deadline.isNone ? now.adding(span) : deadline
        state.payments[index].captures.append(
            .init(id: id, amount: amount, isFinal: isFinal, state: .requested, deadline: ends))
        write(
            .captureRequested, of: index,
            says: ["amount": amount, "isFinal": isFinal, "deadline": ends])
    }

    private func captureInFile(_ amount: Int64, isFinal: Bool, of index: Int, _ place: BatchPlace) {
        let batch = useBatch(place, state.payments[index].batchKey)
        let id = CaptureID(createdBy: nextSequence, shard: shard)
        state.payments[index].captures.append(
            .init(id: id, amount: amount, isFinal: isFinal, state: .requested))
        post(captured: state.payments[index].captures.count - 1, of: index, into: batch)
    }

    /// Posts a capture: uses up the holds, and if it is the last one lets the rest of them go.
    private func post(captured place: Int, of index: Int, into batch: BatchID) {
        let payment = state.payments[index]
        let capture = payment.captures[place]
        let used = min(capture.amount, payment.held)
        let others = payment.reserved - capture.amount
        let released = capture.isFinal ? max(0, payment.held - used - others) : 0
        var posting = Posting()
        posting.move(
            capture.amount, debit: payment.ofAcquirer(.acquirerReceivable),
            credit: payment.ofMerchant(.merchantPending))
        release(used + released, of: payment, &posting)
        state.payments[index].useUpHolds(used + released)
        state.payments[index].released += released
        state.payments[index].captures[place].state = .captured
        state.payments[index].captures[place].batch = batch
        state.payments[index].captures[place].left = capture.amount
        let event = write(
            .captured, of: index, posting,
            says: [
                "capture": capture.id, "amount": capture.amount, "isFinal": capture.isFinal,
                "released": released, "batch": batch,
            ])
        putIn(index, batch, event)
        end(.capture(capture.id), .done)
    }

    func loseCapture(_ place: Int, of index: Int) {
        state.payments[index].captures[place].state = .unknown
        write(.captureUnknown, of: index, says: ["capture": state.payments[index].captures[place].id])
    }

    /// Takes a whole capture out of its open batch.
    func takeOut(_ place: Int, of index: Int) {
        let payment = state.payments[index]
        let capture = payment.captures[place]
        var posting = Posting()
        posting.move(
            capture.amount, debit: payment.ofMerchant(.merchantPending),
            credit: payment.ofAcquirer(.acquirerReceivable))
        state.payments[index].captures[place].state = .voided
        state.payments[index].captures[place].left = 0
        let event = write(
            .captureVoided, of: index, posting,
            says: [
                "capture": capture.id, "amount": capture.amount, "batch": capture.batch,
                "reversal": isToReverse(index),
            ])
        takeOut(of: capture.batch, event)
        if payment.order.method == .ach { end(.payment(payment.id), .done) }
        reverseUnclaimed(event, of: index)
        state.payments[index].end(as: .voided)
    }
}
