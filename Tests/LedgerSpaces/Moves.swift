import Ledger
import LedgerModel

// Every operation has a line: one that is added does not compile without.
extension Move {
    /// The ways of asking for an operation.
    static func of(_ operation: Operation) -> [Move] {
        switch operation {
        case .changeSettings, .setHoldSpan, .setAcquirer, .changeCircuit, .setRoute, .acceptTime,
            .digestState,
            .openMerchant, .changeMerchant, .setMerchantTerms, .freezeMerchant, .unfreezeMerchant,
            .closeMerchant:
            ofLedger(operation)
        case .requestPayment, .recordAuthorization, .startAttempt, .claimAttempt, .answerAttempt,
            .loseAttempt,
            .answerInquiry, .declinePayment, .completeAction, .decideReview, .incrementAuthorization,
            .voidPayment, .reversePayment, .answerReversal:
            ofPayment(operation)
        case .capturePayment, .answerCapture, .voidCapture, .refundPayment, .submitRefund, .answerRefund:
            ofCapture(operation)
        case .closeBatch, .submitBatch, .acknowledgeBatch, .failBatch, .acceptItem, .rejectItem,
            .withdrawItem,
            .settleItem, .reconcileBatch, .matchCash, .netCost:
            ofBatch(operation)
        case .openDispute, .advanceDispute, .submitEvidence, .acceptDispute, .decideDispute,
            .pullDisputeFunds, .returnDisputeFunds:
            ofDispute(operation)
        case .submitDebit, .returnDebit, .withholdReserve, .releaseReserve, .createPayout, .answerPayout,
            .moveOwnFunds, .writeOffDebt:
            ofTreasury(operation)
        case .openException, .resolveException, .approveResolution, .postCorrection: ofException(operation)
        case .createAPIKey, .revokeAPIKey: ofAccess(operation)
        }
    }

    private static func ofLedger(_ operation: Operation) -> [Move] {
        switch operation {
        case .changeSettings:
            [
                make(Request.changeSettings) { body, _ in
                    body.settings.approvalAbove = Amount(minorUnits: 1_000)
                }
            ]
        case .setHoldSpan: [make(Request.setHoldSpan) { body, _ in body.span = .days(5) }]
        case .setAcquirer:
            [
                make(Request.setAcquirer, "new") { body, _ in body.settings.name = text("Third Bank") },
                make(Request.setAcquirer, "known") { body, _ in
                    body.settings.acquirer = Scene.fileAcquirer
                    body.settings.name = text("File Bank")
                },
                make(Request.setAcquirer, "other mode") { body, _ in
                    body.settings.acquirer = Scene.fileAcquirer
                    body.settings.name = text("File Bank")
                    body.settings.mode = .online
                },
            ]
        case .changeCircuit:
            CircuitState.allCases.map { circuit in
                make(Request.changeCircuit, "\(circuit)") { body, scene in
                    (body.circuit.acquirer, body.circuit.state) = (scene.acquirer, circuit)
                    body.circuit.until = scene.after(86_400)
                }
            }
        case .setRoute: [make(Request.setRoute, isOfMerchant: true)]
        case .acceptTime: [make(Request.acceptTime) { body, scene in body.to = scene.after(1) }]
        case .digestState: [make(Request.digestState)]
        case .openMerchant: [make(Request.openMerchant) { body, _ in body.settings.name = text("Second") }]
        case .changeMerchant:
            [
                make(Request.changeMerchant) { body, _ in
                    body.settings.name = text("Corner shop")
                    body.settings.overcapture = Rate(partsPerMillion: 100_000)
                    body.settings.paymentMax = Amount(minorUnits: 20_000)
                }
            ]
        case .setMerchantTerms:
            [
                make(Request.setMerchantTerms) { body, _ in
                    body.currency = 978
                    (body.fee, body.feeFixed, body.chargebackFee) = (29_000, 30, 1_500)
                }
            ]
        case .freezeMerchant: [make(Request.freezeMerchant)]
        case .unfreezeMerchant: [make(Request.unfreezeMerchant)]
        default: [make(Request.closeMerchant)]
        }
    }

    private static func ofCapture(_ operation: Operation) -> [Move] {
        switch operation {
        case .capturePayment:
            [
                capture("all", 0, isFinal: true), capture("part", 4_000, isFinal: false),
                capture("part, final", 4_000, isFinal: true),
                capture("a tenth more", 11_000, isFinal: true), capture("twice", 20_000, isFinal: true),
            ]
        case .answerCapture:
            CaptureAnswer.allCases.map { answer in
                make(Request.answerCapture, "\(answer)") { body, scene in
                    (body.payment, body.capture) = (scene.paymentID, scene.lastCaptureID)
                    (body.answer, body.place) = (answer, scene.place)
                }
            }
        case .voidCapture:
            [
                make(Request.voidCapture) { body, scene in
                    (body.payment, body.capture) = (scene.paymentID, scene.captureID)
                }
            ]
        case .refundPayment:
            [("all", 0), ("part", 3_000), ("more than there is", 15_000)].map { variant, amount in
                make(Request.refundPayment, variant) { body, scene in
                    (body.payment, body.amount, body.place) = (scene.paymentID, amount, scene.place)
                }
            }
        case .submitRefund:
            [
                make(Request.submitRefund) { body, scene in
                    (body.payment, body.refund) = (scene.paymentID, scene.refundID)
                }
            ]
        default:
            [true, false].map { isSucceeded in
                make(Request.answerRefund, isSucceeded ? "succeeded" : "failed") { body, scene in
                    (body.payment, body.refund) = (scene.paymentID, scene.refundID)
                    body.isSucceeded = isSucceeded
                }
            }
        }
    }

    private static func capture(_ variant: String, _ amount: Int64, isFinal: Bool) -> Move {
        make(Request.capturePayment, variant) { body, scene in
            (body.payment, body.amount, body.isFinal) = (scene.paymentID, amount, isFinal)
            body.place = scene.place
        }
    }
}
