import Ledger
import LedgerModel

// Batches and their items, disputes, debits, money of merchants and ours, exceptions.
extension Move {
    static func ofBatch(_ operation: Operation) -> [Move] {
        switch operation {
        case .closeBatch, .submitBatch, .acknowledgeBatch, .failBatch, .reconcileBatch:
            batch(operation, "") { $0.batchID } + batch(operation, "last") { $0.lastBatchID }
        case .acceptItem:
            [
                make(Request.acceptItem) { body, scene in
                    (body.batch, body.payment, body.capture) = (
                        scene.batchID, scene.paymentID, scene.captureID
                    )
                }
            ]
        case .rejectItem:
            [false, true].map { isPresentedAgain in
                make(Request.rejectItem, isPresentedAgain ? "presented again" : "for good") { body, scene in
                    (body.batch, body.payment, body.capture) = (
                        scene.batchID, scene.paymentID, scene.captureID
                    )
                    (body.isPresentedAgain, body.place) = (isPresentedAgain, scene.place)
                }
            }
        case .withdrawItem:
            [
                make(Request.withdrawItem) { body, scene in
                    (body.payment, body.capture) = (scene.paymentID, scene.captureID)
                }
            ]
        case .settleItem:
            [("", Int64(0)), ("more", 1), ("less", -1)].map { variant, difference in
                make(Request.settleItem, variant) { body, scene in
                    (body.batch, body.payment, body.capture) = (
                        scene.batchID, scene.paymentID, scene.captureID
                    )
                    if difference != 0 { body.amount = (scene.capture?.amount ?? 10) + difference }
                }
            }
        case .matchCash:
            [
                make(Request.matchCash) { body, _ in
                    (body.bankAccount, body.acquirer, body.currency) = (Scene.bank, Scene.fileAcquirer, 978)
                    body.amount = 500
                }
            ]
        default:
            [
                make(Request.netCost) { body, _ in
                    (body.acquirer, body.currency, body.interchange) = (Scene.fileAcquirer, 978, 20)
                }
            ]
        }
    }

    private static func batch(
        _ operation: Operation, _ variant: String, _ id: @escaping @Sendable (Scene) -> BatchID
    ) -> [Move] {
        switch operation {
        case .closeBatch: [make(Request.closeBatch, variant) { $0.batch = id($1) }]
        case .acknowledgeBatch: [make(Request.acknowledgeBatch, variant) { $0.batch = id($1) }]
        case .failBatch: [make(Request.failBatch, variant) { $0.batch = id($1) }]
        case .submitBatch:
            [false, true].map { isOther in
                let words = [variant, isOther ? "other bytes" : ""].filter { !$0.isEmpty }
                return make(Request.submitBatch, words.joined(separator: ", ")) { body, scene in
                    body.batch = id(scene)
                    body.file.first = Hash128(low: isOther ? 2 : 1, high: 1)
                }
            }
        default:
            [false, true].map { isComplete in
                let words = [variant, isComplete ? "complete" : "in part"].filter { !$0.isEmpty }
                return make(Request.reconcileBatch, words.joined(separator: ", ")) { body, scene in
                    (body.batch, body.isComplete) = (id(scene), isComplete)
                }
            }
        }
    }

    static func ofDispute(_ operation: Operation) -> [Move] {
        switch operation {
        case .openDispute:
            [
                dispute("inquiry", .inquiry, 10_000), dispute("chargeback", .chargeback, 10_000),
                dispute("of part", .chargeback, 4_000), dispute("of too much", .chargeback, 15_000),
                dispute("in dollars", .chargeback, 10_000, currency: 840),
            ]
        case .advanceDispute:
            [DisputeStage.chargeback, .preArbitration].map { stage in
                make(Request.advanceDispute, "\(stage)") { body, scene in
                    (body.payment, body.dispute, body.stage) = (scene.paymentID, scene.disputeID, stage)
                }
            }
        case .submitEvidence:
            [
                make(Request.submitEvidence) { body, scene in
                    (body.payment, body.dispute) = (scene.paymentID, scene.disputeID)
                }
            ]
        case .acceptDispute:
            [
                make(Request.acceptDispute) { body, scene in
                    (body.payment, body.dispute) = (scene.paymentID, scene.disputeID)
                }
            ]
        case .decideDispute:
            DisputeOutcome.allCases.map { outcome in
                make(Request.decideDispute, "\(outcome)") { body, scene in
                    (body.payment, body.dispute, body.outcome) = (
                        scene.paymentID, scene.disputeID, outcome
                    )
                }
            }
        case .pullDisputeFunds:
            [
                make(Request.pullDisputeFunds) { body, scene in
                    (body.payment, body.dispute, body.amount) = (scene.paymentID, scene.disputeID, 10_000)
                }
            ]
        default:
            [
                make(Request.returnDisputeFunds) { body, scene in
                    (body.payment, body.dispute, body.amount) = (scene.paymentID, scene.disputeID, 10_000)
                }
            ]
        }
    }

    private static func dispute(
        _ variant: String, _ stage: DisputeStage, _ amount: Int64, currency: UInt16 = 978
    ) -> Move {
        make(Request.openDispute, variant) { body, scene in
            (body.payment, body.stage, body.amount) = (scene.paymentID, stage, amount)
            body.currency = currency
            // Where there is no payment with an acquirer, somebody must have told us.
            if scene.payment?.acquirer.isNone ?? true { body.acquirer = Scene.fileAcquirer }
        }
    }

    static func ofTreasury(_ operation: Operation) -> [Move] {
        switch operation {
        case .submitDebit:
            [
                make(Request.submitDebit) { body, scene in
                    body.order = order()
                    (body.order.method, body.acquirer) = (.ach, Scene.fileAcquirer)
                    (body.returnableUntil, body.place) = (scene.after(86_400 * 60), scene.place)
                }
            ]
        case .returnDebit:
            [("all", 0), ("part", 4_000), ("too much", 15_000)].map { variant, amount in
                make(Request.returnDebit, variant) { body, scene in
                    (body.payment, body.amount) = (scene.paymentID, amount)
                }
            }
        case .withholdReserve:
            [false, true].map { isForATime in
                make(Request.withholdReserve, isForATime ? "for a time" : "") { body, scene in
                    (body.currency, body.amount) = (978, 1_000)
                    if isForATime { body.releaseAt = scene.after(86_400) }
                }
            }
        case .releaseReserve:
            [make(Request.releaseReserve) { body, _ in (body.currency, body.amount) = (978, 600) }]
        case .createPayout:
            [make(Request.createPayout) { body, _ in (body.currency, body.amount) = (978, 2_000) }]
        case .answerPayout:
            PayoutAnswer.allCases.map { answer in
                make(Request.answerPayout, "\(answer)") { body, scene in
                    (body.payout, body.answer, body.bankAccount) = (scene.payoutID, answer, Scene.bank)
                }
            }
        case .moveOwnFunds:
            [true, false].map { isIn in
                make(Request.moveOwnFunds, isIn ? "in" : "out") { body, _ in
                    (body.bankAccount, body.currency, body.amount) = (Scene.bank, 978, 700)
                    (body.isIn, body.reason) = (isIn, text("float"))
                }
            }
        default:
            [false, true].map { isAlone in
                make(Request.writeOffDebt, isAlone ? "alone" : "") { body, _ in
                    (body.currency, body.amount, body.reason) = (978, 100, text("gone"))
                    body.approver = ActorID(raw: isAlone ? 1 : 2)
                }
            }
        }
    }

    static func ofException(_ operation: Operation) -> [Move] {
        switch operation {
        case .openException:
            [
                exception("small", .amountUnder, 500, 490), exception("large", .amountOver, 500, 5_000),
                exception("without money", .unknownReference, 500, 490),
                exception("of nobody", .amountOver, 500, 5_000, isOfNobody: true),
            ]
        case .resolveException:
            [Resolution.writeOff, .rematch].map { resolution in
                make(Request.resolveException, "\(resolution)") { body, scene in
                    (body.exception, body.resolution) = (scene.exceptionID, resolution)
                    body.reason = text("looked at")
                }
            } + [
                make(Request.resolveException, "of nobody", isOfNobody: true) { body, scene in
                    (body.exception, body.resolution) = (scene.exceptionID, .writeOff)
                    body.reason = text("looked at")
                }
            ]
        case .approveResolution:
            [2, 1].map { actor in
                make(Request.approveResolution, actor == 2 ? "" : "alone", by: actor) { body, scene in
                    body.exception = scene.exceptionID
                }
            } + [
                make(Request.approveResolution, "of nobody", by: 2, isOfNobody: true) { body, scene in
                    body.exception = scene.exceptionID
                }
            ]
        default: [correction("", approver: 2), correction("alone", approver: 1)]
        }
    }

    private static func exception(
        _ variant: String, _ kind: ExceptionKind, _ expected: Int64, _ actual: Int64,
        isOfNobody: Bool = false
    ) -> Move {
        make(Request.openException, variant, isOfNobody: isOfNobody) { body, _ in
            (body.kind, body.acquirer, body.currency) = (kind, Scene.fileAcquirer, 978)
            (body.expected, body.actual) = (expected, actual)
        }
    }

    /// Of the oldest event whose legs may be swapped: costs netted, own funds moved; else of what never was.
    private static func correction(_ variant: String, approver: UInt64) -> Move {
        make(Request.postCorrection, variant) { body, scene in
            (body.approver, body.reason) = (ActorID(raw: approver), text("posted wrongly"))
            let event = scene.model.events.first { $0.type == .ownFundsMoved || $0.type == .costNetted }
            body.corrects = event?.sequence ?? scene.model.nextSequence
            for leg in event?.legs ?? [] { body.legs.add(leg.account, leg.amount, leg.layer) }
            guard event == nil else { return }
            body.legs.add(AccountID(.cash, .eur, of: Scene.bank), 5)
            body.legs.add(AccountID(.ownFunds, .eur), -5)
        }
    }
}
