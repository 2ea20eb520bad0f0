// Calls to gateways, and what came of them.

import Ledger

extension LedgerModel {
    func startAttempt(_ body: StartAttempt, _ merchant: MerchantID) throws(Refusal) {
        try checkActive(merchant)
        let acquirer = try toldAcquirer(body.acquirer)
        let index = try payment(body.payment, of: merchant)
        try checkUndecided(index)
        let payment = state.payments[index]
        if payment.isAttemptOpen { throw Refusal(.paymentProcessing) }
        if payment.isVoidRequested { throw Refusal(.voidRequested) }
        try checkCircuit(acquirer)
        if payment.attempts.count >= 3 { throw Refusal(.tooManyAttempts) }
        writeStart(of: index, at: body.acquirer, until: body.deadline)
        startCall(of: index, at: body.acquirer, until: body.deadline)
    }

    func claimAttempt(_ body: ClaimAttempt, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let last = try latestAttempt(body.attempt, of: index)
        if !state.payments[index].isAttemptOpen { throw Refusal(.attemptNotOpen) }
        if let worker = state.payments[index].attempts[last].worker {
            if worker == body.worker { return }
            throw Refusal(.attemptClaimed)
        }
        state.payments[index].attempts[last].worker = body.worker
        state.payments[index].attempts[last].deadline = body.deadline
        write(
            .attemptClaimed, of: index,
            says: ["attempt": body.attempt, "worker": body.worker, "deadline": body.deadline])
    }

    func loseAttempt(_ body: LoseAttempt, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        if try isLatest(body.attempt, of: index), state.payments[index].isAttemptOpen { loseCall(of: index) }
    }

    func answerInquiry(_ body: AnswerInquiry, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        guard try isLatest(body.attempt, of: index) else { return }
        if state.payments[index].isAttemptOpen { throw Refusal(.attemptNotOpen) }
        let last = Int(body.attempt) - 1
        if state.payments[index].phase != .unknown {
            denyApproval(last, of: index)
            return
        }
        let attempt = state.payments[index].attempts[last]
        let settled = attempt.began.adding(
            state.acquirers[attempt.acquirer]?.settings.settleAfter ?? .seconds(0))
        let answers = attempt.notFound + 1
        let isOver = body.answer == .cancelled || answers >= 2 && now >= settled
        write(
            .attemptNotFound, of: index,
            says: [
                "attempt": body.attempt, "acquirer": attempt.acquirer, "answers": UInt8(clamping: answers),
                "isConclusive": isOver,
            ])
        state.payments[index].attempts[last].notFound = answers
        if isOver { endCall(of: index, .neverMade) }
    }

    func declinePayment(_ body: DeclinePayment, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        try checkUndecided(index)
        if state.payments[index].isAttemptOpen { throw Refusal(.paymentProcessing) }
        decline(index, body.code)
    }

    func completeAction(_ body: CompleteAction, _ merchant: MerchantID) throws(Refusal) {
        let isNext = body.outcome == .authenticated
        let acquirer = isNext ? try toldAcquirer(body.acquirer) : nil
        let index = try payment(body.payment, of: merchant)
        switch state.payments[index].phase {
        case .requiresAction: break
        case .live: throw Refusal(.noActionRequired)
        default: try checkLive(index)
        }
        guard let acquirer else {
            write(.actionCompleted, of: index, says: ["outcome": body.outcome])
            decline(
                index, body.outcome == .abandoned ? .authenticationAbandoned : .authenticationFailed)
            return
        }
        try checkCircuit(acquirer)
        write(.actionCompleted, of: index, says: ["outcome": body.outcome])
        writeStart(of: index, at: body.acquirer, until: body.deadline)
        startCall(of: index, at: body.acquirer, until: body.deadline)
    }

    /// The place of an attempt that must be the latest one.
    private func latestAttempt(_ number: UInt8, of index: Int) throws(Refusal) -> Int {
        let count = state.payments[index].attempts.count
        guard number > 0, Int(number) == count else { throw Refusal(.attemptUnknown) }
        return count - 1
    }

    /// Whether an attempt that was made is the latest.
    private func isLatest(_ number: UInt8, of index: Int) throws(Refusal) -> Bool {
        let count = state.payments[index].attempts.count
        guard (1...max(1, count)).contains(Int(number)), count > 0 else { throw Refusal(.attemptUnknown) }
        return Int(number) == count
    }

    /// An attempt is said not to have been approved.
    private func denyApproval(_ place: Int, of index: Int) {
        let attempt = state.payments[index].attempts[place]
        guard attempt.outcome == .approved, !attempt.isDenied else { return }
        state.payments[index].attempts[place].isDenied = true
        openException(
            .secondOutcome, of: index, expected: state.payments[index].authorized, actual: 0,
            cause: state.payments[index].id.createdBy)
    }

    /// Refused unless a further attempt, or giving up, makes sense.
    private func checkUndecided(_ index: Int) throws(Refusal) {
        switch state.payments[index].phase {
        case .processing: return
        case .live: throw Refusal(.attemptNotOpen)
        default: try checkLive(index)
        }
    }

    /// Declined by an acquirer, in its latest attempt, with its code; or by nobody outside.
    func decline(_ index: Int, _ code: DeclineCode, by acquirer: AcquirerID? = nil, _ told: Text<4> = Text())
    {
        state.payments[index].phase = .declined
        write(
            .declined, of: index,
            says: [
                "attempt": acquirer == nil ? 0 : state.payments[index].latestAttempt,
                "acquirer": acquirer ?? AcquirerID.none, "code": code, "responseCode": told,
            ])
        end(.payment(state.payments[index].id), .declined(code))
        end(.void(state.payments[index].id), .declined(code))
    }

    func loseCall(of index: Int) {
        let payment = state.payments[index]
        state.payments[index].phase = .unknown
        state.payments[index].attempts[payment.attempts.count - 1].outcome = .unknown
        write(
            .attemptUnknown, of: index,
            says: ["attempt": payment.latestAttempt, "acquirer": payment.acquirer])
    }

    /// Says that the next call is to be made.
    private func writeStart(of index: Int, at acquirer: AcquirerID, until deadline: LedgerTime) {
        let number = state.payments[index].latestAttempt + 1
        write(
            .attemptStarted, of: index,
            says: ["attempt": number, "acquirer": acquirer, "deadline": deadline])
    }

    /// A call came to nothing: another may follow, unless a void was waiting for it.
    private func endCall(of index: Int, _ outcome: ModelPayment.Attempt.Outcome) {
        state.payments[index].attempts[state.payments[index].attempts.count - 1].outcome = outcome
        state.payments[index].phase = .processing
        if state.payments[index].isVoidRequested { voidNothing(index) }
    }
}

// Answers of gateways.
extension LedgerModel {
    func answerAttempt(_ body: AnswerAttempt, _ merchant: MerchantID) throws(Refusal) {
        let index = try payment(body.payment, of: merchant)
        let payment = state.payments[index]
        let number = Int(body.attempt)
        guard number > 0, number <= payment.attempts.count else { throw Refusal(.attemptUnknown) }
        guard number == payment.attempts.count, payment.attempts[number - 1].isOutstanding else {
            answerAgain(body, index)
            return
        }
        switch body.answer {
        case .approved: answerApproved(body, index)
        case .declined:
            state.payments[index].attempts[number - 1].outcome = .declined
            decline(index, body.code, by: payment.acquirer, body.gateway.responseCode)
        case .failed: fail(body, body.failure, index)
        case .actionRequired: answerActionRequired(body, index)
        }
    }

    private func answerApproved(_ body: AnswerAttempt, _ index: Int) {
        let payment = state.payments[index]
        let told = body.amount == 0 ? payment.order.amount : body.amount
        let amount = min(told, payment.order.amount)
        let last = payment.attempts.count - 1
        state.payments[index].attempts[last].outcome = .approved
        state.payments[index].attempts[last].reference = body.gateway.reference
        let ends =
            body.expiresAt.isNone
            ? holdEnd(of: index, asAsked: true) : min(body.expiresAt, now.adding(.days(30)))
        hold(
            amount, of: index, until: ends, as: .authorized,
            says: [
                "attempt": payment.latestAttempt, "acquirer": payment.acquirer,
                "currency": payment.currency, "amount": amount, "expiresAt": ends, "gateway": body.gateway,
            ])
        let approvedAt = lastTime
        state.payments[index].phase = .live
        // Whatever follows in the same commit.
        end(.void(payment.id), .done)
        if payment.order.risk.action != .review { end(.payment(payment.id), .done) }
        if told > amount { openException(.amountOver, of: index, expected: amount, actual: told) }
        if payment.isVoidRequested {
            voidHeld(index)
        } else {
            approve(index, body.place)
            if state.payments[index].isUnderReview {
                state.payments[index].reviewEnds = approvedAt.adding(state.settings.reviewSpan)
            }
        }
    }

    private func answerActionRequired(_ body: AnswerAttempt, _ index: Int) {
        let last = state.payments[index].attempts.count - 1
        if last + 1 >= 3 {
            state.payments[index].attempts[last].outcome = .declined
            decline(
                index, .authenticationRequired, by: state.payments[index].acquirer, body.gateway.responseCode)
        } else if state.payments[index].isVoidRequested {
            fail(body, .softDecline, index)
        } else {
            state.payments[index].attempts[last].outcome = .actionRequired
            requireAction(of: index, body.challenge, until: body.challengeEnds)
        }
    }

    private func fail(_ body: AnswerAttempt, _ failure: AttemptFailure, _ index: Int) {
        write(
            .attemptFailed, of: index,
            says: [
                "attempt": body.attempt, "acquirer": state.payments[index].acquirer, "failure": failure,
                "responseCode": body.gateway.responseCode,
            ])
        endCall(of: index, .failed)
    }

    /// An answer to what was answered, or given up, before.
    private func answerAgain(_ body: AnswerAttempt, _ index: Int) {
        let payment = state.payments[index]
        let attempt = payment.attempts[Int(body.attempt) - 1]
        let wasThis = attempt.outcome == .approved
        guard body.answer == .approved else {
            denyApproval(Int(body.attempt) - 1, of: index)
            return
        }
        if wasThis, attempt.reference == body.gateway.reference { return }
        // The acquirer that approved the latest attempt tells an earlier one's caller of the same approval.
        let isToldOf = Int(body.attempt) < payment.attempts.count && state.acquirers[body.acquirer] != nil
        let acquirer = isToldOf ? body.acquirer : payment.acquirer
        if acquirer == payment.acquirer, let last = payment.attempts.last, last.outcome == .approved,
            last.reference == body.gateway.reference
        {
            return
        }
        if attempt.reversed.contains(body.gateway.reference) { return }
        state.payments[index].attempts[Int(body.attempt) - 1].reversed.insert(body.gateway.reference)
        openException(
            payment.wasApproved ? .secondOutcome : .lateApproval, of: index, expected: 0, actual: body.amount,
            acquirer: acquirer)
        let event = write(
            .reversalRequested, of: index,
            says: [
                "acquirer": acquirer, "attempt": body.attempt, "currency": payment.currency,
                "amount": body.amount, "gateway": body.gateway,
            ])
        addReversal(event, body.amount, isOfHold: false, of: index)
    }
}
