// Disputes, debits, treasury, exceptions, corrections.

import Ledger

extension CommandDrawer {
    mutating func drawDispute(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let isOpen = lots.happens(perMille: 800)
        let found = payment(model) { payment in
            if operation == .openDispute { return payment.captured > 0 }
            return payment.disputes.contains { $0.isOpen == isOpen }
        }
        guard let found else { return nil }
        if operation == .openDispute { return about(found, .openDispute(drawClaim(found, model))) }
        let wanted = found.disputes.filter { $0.isOpen == isOpen }
        let dispute = lots.one(of: wanted.isEmpty ? found.disputes : wanted)
        let id = dispute?.id ?? DisputeID(raw: found.id.raw)
        switch operation {
        case .advanceDispute:
            var body = AdvanceDispute()
            (body.payment, body.dispute, body.stage) = (found.id, id, lots.any(DisputeStage.self))
            if lots.happens(perMille: 300) { body.dueAt = moment(within: 3 * 86_400) }
            return about(found, .advanceDispute(body))
        case .submitEvidence:
            var body = SubmitEvidence()
            (body.payment, body.dispute) = (found.id, id)
            return about(found, .submitEvidence(body))
        case .acceptDispute:
            var body = AcceptDispute()
            (body.payment, body.dispute) = (found.id, id)
            return about(found, .acceptDispute(body))
        case .decideDispute:
            var body = DecideDispute()
            (body.payment, body.dispute, body.outcome) = (found.id, id, lots.any(DisputeOutcome.self))
            return about(found, .decideDispute(body))
        case .pullDisputeFunds:
            var body = PullDisputeFunds()
            (body.payment, body.dispute) = (found.id, id)
            body.amount = amount(upTo: dispute?.amount ?? 100)
            return about(found, .pullDisputeFunds(body))
        default:
            var body = ReturnDisputeFunds()
            (body.payment, body.dispute) = (found.id, id)
            body.amount = amount(upTo: dispute?.amount ?? 100)
            return about(found, .returnDisputeFunds(body))
        }
    }

    private mutating func drawClaim(_ payment: ModelPayment, _ model: LedgerModel) -> OpenDispute {
        var body = OpenDispute()
        body.payment = payment.id
        body.acquirer = lots.happens(perMille: 300) ? acquirer(model) : .none
        body.stage = lots.happens(perMille: 600) ? .chargeback : lots.any(DisputeStage.self)
        body.currency = lots.happens(perMille: 950) ? payment.currency.number : currency()
        body.amount = amount(upTo: max(1, payment.captured))
        if lots.happens(perMille: 300) { body.dueAt = moment(within: 3 * 86_400) }
        return body
    }

    mutating func drawTreasury(_ operation: Operation, _ model: LedgerModel) -> Command? {
        var command: Command
        let of = merchant(model)
        let number = currency()
        let purse = Purse(merchant: of, currency: Currency(number: number) ?? .eur)
        switch operation {
        case .returnDebit:
            guard let found = payment(model, where: { $0.order.method == .ach && !$0.isReturned }) else {
                return nil
            }
            var body = ReturnDebit()
            body.payment = found.id
            body.amount = amount(upTo: found.order.amount + 100, zeroIsAll: true)
            return about(found, .returnDebit(body))
        case .withholdReserve:
            var body = WithholdReserve()
            body.currency = number
            body.amount = amount(upTo: model.credit(purse, .merchantAvailable) / 3)
            if lots.happens(perMille: 600) { body.releaseAt = moment(within: 3 * 86_400) }
            command = Command(.withholdReserve(body))
        case .releaseReserve:
            var body = ReleaseReserve()
            body.currency = number
            body.amount = amount(upTo: model.credit(purse, .merchantReserve))
            command = Command(.releaseReserve(body))
        case .createPayout:
            var body = CreatePayout()
            body.currency = number
            body.amount = amount(upTo: model.credit(purse, .merchantAvailable))
            command = Command(.createPayout(body))
        case .answerPayout: return drawPayoutAnswer(model)
        case .moveOwnFunds:
            let isIn = lots.happens(perMille: 500)
            return Command(
                .moveOwnFunds(ownFunds(amount: amount(upTo: isIn ? 200_000 : 8_000_000), isIn: isIn)))
        default:
            var body = WriteOffDebt()
            body.currency = number
            body.amount = amount(upTo: -model.credit(purse, .merchantReceivable))
            body.approver = ActorID(raw: UInt64(lots.index(5)))
            body.reason = Text("gone") ?? Text()
            command = Command(.writeOffDebt(body))
        }
        command.merchant = of
        return command
    }

    private mutating func drawPayoutAnswer(_ model: LedgerModel) -> Command? {
        let known = model.state.payoutList
        guard let id = lots.recent(known, last: 8, tries: 1, where: { _ in true }) else { return nil }
        var body = AnswerPayout()
        (body.payout, body.answer) = (id, lots.any(PayoutAnswer.self))
        if lots.happens(perMille: 30) { body.payout = PayoutID(raw: id.raw + 1) }
        if lots.happens(perMille: 960) { body.bankAccount = BankAccountID(raw: 1) }
        var command = Command(.answerPayout(body))
        command.merchant = model.state.payouts[id]?.merchant ?? .none
        return command
    }

    mutating func drawException(_ operation: Operation, _ model: LedgerModel) -> Command? {
        if operation == .postCorrection { return drawCorrection(model) }
        let of = merchant(model)
        if operation == .openException {
            var body = OpenException()
            body.kind = lots.happens(perMille: 600) ? .amountUnder : lots.any(ExceptionKind.self)
            (body.acquirer, body.currency) = (acquirer(model), currency())
            (body.expected, body.actual) = (lots.number(-1...9_000), lots.number(0...9_000))
            var command = Command(.openException(body))
            if lots.happens(perMille: 850) { command.merchant = of }
            return command
        }
        let known = model.state.exceptions
        let isWanted = { (id: ExceptionID) in
            known[id].map { !$0.isResolved && ($0.proposed != nil) == (operation == .approveResolution) }
                ?? false
        }
        let list = model.state.exceptionList
        let any = lots.recent(list, last: 200, tries: 1) { _ in true }
        let good = lots.recent(list, last: 80, tries: 40, where: isWanted)
        guard let id = lots.happens(perMille: 900) ? good ?? any : any else { return nil }
        var command: Command
        if operation == .resolveException {
            var body = ResolveException()
            (body.exception, body.resolution) = (id, lots.any(Resolution.self))
            if lots.happens(perMille: 970) { body.reason = Text("looked at") ?? Text() }
            command = Command(.resolveException(body))
        } else {
            var body = ApproveResolution()
            body.exception = id
            command = Command(.approveResolution(body))
        }
        command.merchant = known[id]?.merchant ?? of
        // The ledger's own are nobody else's, and a merchant's are not the ledger's.
        if lots.happens(perMille: 50) { command.merchant = command.merchant.isNone ? of : .none }
        return command
    }

    private mutating func drawCorrection(_ model: LedgerModel) -> Command? {
        let isUsable = lots.happens(perMille: 850)
        let wanted = lots.recent(model.events, last: 1_500, tries: 60) { event in
            !event.legs.isEmpty && event.legs.allSatisfy { $0.account.account.isCorrectable } == isUsable
        }
        guard let event = wanted else { return nil }
        var body = PostCorrection()
        body.corrects = lots.happens(perMille: 970) ? event.sequence : model.nextSequence
        if lots.happens(perMille: 150), let last = model.state.corrected.max() { body.corrects = last }
        body.approver = ActorID(raw: UInt64(lots.index(5)))
        body.reason = Text("posted wrongly") ?? Text()
        // The model lists more legs than a command can bring; so many are too many for a correction anyway.
        for leg in event.legs.prefix(Legs.countMax) { body.legs.add(leg.account, leg.amount, leg.layer) }
        var command = Command(.postCorrection(body))
        command.merchant = event.merchant.isNone ? merchant(model) : event.merchant
        return command
    }
}

extension LedgerModel {
    /// What a merchant's credit account has, as far as 64 bits can tell.
    func credit(_ purse: Purse, _ account: Account) -> Int64 {
        Int64(clamping: credit(of: purse.account(account)))
    }
}
