// Batches and their items; cash.

import Ledger

extension CommandDrawer {
    mutating func drawMoney(_ operation: Operation, _ model: LedgerModel) -> Command? {
        switch operation {
        case .closeBatch, .submitBatch, .acknowledgeBatch, .failBatch, .reconcileBatch:
            drawBatch(operation, model)
        case .acceptItem, .rejectItem, .withdrawItem, .settleItem: drawItem(operation, model)
        case .matchCash, .netCost: drawCash(operation, model)
        case .openDispute, .advanceDispute, .submitEvidence, .acceptDispute, .decideDispute,
            .pullDisputeFunds, .returnDisputeFunds:
            drawDispute(operation, model)
        case .returnDebit, .withholdReserve, .releaseReserve, .createPayout, .answerPayout, .moveOwnFunds,
            .writeOffDebt:
            drawTreasury(operation, model)
        case .openException, .resolveException, .approveResolution, .postCorrection:
            drawException(operation, model)
        default: nil
        }
    }

    private mutating func drawBatch(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let state = model.state
        let wanted: Set<ModelState.Batch.State> =
            switch operation {
            case .closeBatch: [.open]
            case .submitBatch: [.closed, .failed]
            case .acknowledgeBatch: [.submitted]
            case .failBatch: [.submitted, .acknowledged]
            default: [.submitted, .acknowledged, .partiallyReconciled]
            }
        let isGood = { (id: BatchID) in state.batches[id].map { wanted.contains($0.state) } ?? false }
        let good = lots.recent(state.batchList, last: 60, tries: 40, where: isGood)
        let other = lots.recent(state.batchList, last: 60, tries: 1) { _ in true }
        guard let id = lots.happens(perMille: 850) ? good ?? other : other, let batch = state.batches[id]
        else { return nil }
        var command: Command
        switch operation {
        case .closeBatch:
            var body = CloseBatch()
            body.batch = id
            command = Command(.closeBatch(body))
        case .submitBatch:
            var body = SubmitBatch()
            body.batch = id
            let file: UInt64 = lots.happens(perMille: 950) ? 1 : 2
            body.file.first = Hash128(low: id.raw, high: file)
            command = Command(.submitBatch(body))
        case .acknowledgeBatch:
            var body = AcknowledgeBatch()
            body.batch = id
            command = Command(.acknowledgeBatch(body))
        case .failBatch:
            var body = FailBatch()
            body.batch = id
            command = Command(.failBatch(body))
        default:
            var body = ReconcileBatch()
            (body.batch, body.isComplete) = (id, lots.happens(perMille: 400))
            command = Command(.reconcileBatch(body))
        }
        command.merchant = batch.key.merchant
        return command
    }

    private mutating func drawItem(_ operation: Operation, _ model: LedgerModel) -> Command? {
        let state = model.state
        let isExact = lots.happens(perMille: 850)
        let isWanted = { (capture: ModelPayment.Capture) in
            if operation == .withdrawItem { return capture.state == .rejected }
            let isSent = state.batches[capture.batch]?.isSent == true
            if !isExact { return isSent }
            let isNew = capture.state == .captured || capture.state == .accepted
            return isSent && (isNew || operation == .rejectItem && capture.state == .settled)
        }
        guard let found = payment(model, where: { $0.captures.contains(where: isWanted) }) else { return nil }
        let wanted = found.captures.filter(isWanted)
        guard let capture = lots.one(of: wanted.isEmpty ? found.captures : wanted) else { return nil }
        switch operation {
        case .acceptItem:
            var body = AcceptItem()
            (body.batch, body.payment, body.capture) = (capture.batch, found.id, capture.id)
            return about(found, .acceptItem(body))
        case .rejectItem:
            var body = RejectItem()
            (body.batch, body.payment, body.capture) = (capture.batch, found.id, capture.id)
            (body.isPresentedAgain, body.place) = (lots.happens(perMille: 500), place())
            return about(found, .rejectItem(body))
        case .withdrawItem:
            var body = WithdrawItem()
            (body.payment, body.capture) = (found.id, capture.id)
            return about(found, .withdrawItem(body))
        default:
            var body = SettleItem()
            (body.batch, body.payment, body.capture) = (capture.batch, found.id, capture.id)
            if lots.happens(perMille: 200) { body.amount = amount(upTo: capture.amount * 2, zeroIsAll: true) }
            return about(found, .settleItem(body))
        }
    }

    private mutating func drawCash(_ operation: Operation, _ model: LedgerModel) -> Command {
        let batch = lots.recent(model.state.batchList, last: 60, tries: 1) { _ in true } ?? .none
        let key = model.state.batches[batch]?.key
        let isOfBatch = lots.happens(perMille: 500)
        let told = isOfBatch ? batch : .none
        let from = isOfBatch ? key?.acquirer ?? acquirer(model) : acquirer(model)
        let number = isOfBatch && lots.happens(perMille: 700) ? key?.currency.number ?? 978 : currency()
        if operation == .matchCash {
            var body = MatchCash()
            body.bankAccount = BankAccountID(raw: lots.happens(perMille: 950) ? 1 : lots.bits() | 1 << 50)
            (body.acquirer, body.batch, body.currency) = (from, told, number)
            body.amount = amount(upTo: 100_000)
            return Command(.matchCash(body))
        }
        var body = NetCost()
        (body.acquirer, body.batch, body.currency) = (from, told, number)
        body.interchange = lots.number(0...200)
        body.scheme = lots.number(0...20)
        body.markup = lots.number(-1...20)
        return Command(.netCost(body))
    }
}
