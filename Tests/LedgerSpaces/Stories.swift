// Who may meet on one payment.
extension Story {
    /// Every story, in the order they are told.
    package static let all: [Story] = ofHolds + ofAttempts + ofMoney + ofBatches + ofPeople

    private static let held = ["recordAuthorization manual"]
    private static let heldOnline = ["recordAuthorization online"]
    private static let captured = ["recordAuthorization automatic"]
    private static let sent = captured + ["closeBatch", "submitBatch"]
    private static let settled = sent + ["settleItem"]
    private static let leaves = ["closeBatch last", "submitBatch last"]

    private static let ofHolds = [
        Story(
            "capture and expiry", start: held,
            [["capturePayment part", "capturePayment all"], ["due", "due"]]),
        Story("void and capture", start: held, [["voidPayment"], ["capturePayment all", "voidCapture"]]),
        Story(
            "void, capture and expiry", start: held,
            [["voidPayment"], ["capturePayment part"], ["due", "due"]]),
        Story(
            "increment and expiry", start: held,
            [["incrementAuthorization"], ["capturePayment a tenth more"], ["due", "due"]]),
        Story(
            "two captures", start: held,
            [["capturePayment most"], ["capturePayment most"], ["reversePayment"]]),
        Story(
            "two online captures", start: heldOnline,
            [
                ["capturePayment most", "answerCapture succeeded"],
                ["capturePayment part", "answerCapture failed"], ["voidPayment"],
            ]),
        Story(
            "an online capture of unknown outcome, and expiry", start: heldOnline,
            [
                ["capturePayment all", "answerCapture unknown", "answerCapture succeeded"],
                ["due", "due", "due"],
            ]),
        Story(
            "two outcomes of an online capture", start: heldOnline + ["capturePayment all"],
            [["answerCapture succeeded"], ["answerCapture failed"], ["reversePayment"]]),
        Story(
            "dispute and void", start: heldOnline,
            [
                ["capturePayment part", "answerCapture succeeded"],
                ["openDispute of part", "decideDispute lost"], ["voidPayment"],
            ]),
        Story(
            "two outcomes of a reversal", start: held + ["voidPayment"],
            [["answerReversal confirmed"], ["answerReversal failed"], ["capturePayment all"]]),
    ]

    private static let ofAttempts = [
        Story(
            "void and late approval", start: ["requestPayment allow"],
            [["voidPayment"], ["loseAttempt", "answerInquiry cancelled"], ["answerAttempt approved"]]),
        Story(
            "void, automatic capture", start: ["requestPayment online, automatic"],
            [["voidPayment"], ["answerAttempt approved"], ["capturePayment all"]]),
        Story(
            "retry and outcome", start: ["requestPayment automatic"],
            [["answerAttempt approved"], ["answerAttempt declined"], ["loseAttempt"]]),
        Story(
            "late approval and second attempt", start: ["requestPayment allow"],
            [
                [
                    "loseAttempt", "answerInquiry cancelled", "startAttempt",
                    "answerAttempt approved otherwise",
                ],
                ["answerAttempt approved, first attempt"],
            ]),
        Story(
            "late approval, second attempt elsewhere, capture", start: ["requestPayment allow"],
            [
                ["answerAttempt failed", "startAttempt elsewhere", "answerAttempt approved otherwise"],
                ["answerAttempt approved, first attempt"], ["capturePayment all"],
            ]),
        Story(
            "two workers and a deadline", start: ["requestPayment allow"],
            [["claimAttempt"], ["claimAttempt by another"], ["answerAttempt approved"], ["due"]]),
        Story(
            "challenge, void and time", start: ["requestPayment challenge"],
            [["completeAction authenticated", "answerAttempt approved"], ["voidPayment"], ["due"]]),
        Story(
            "inquiry and answers", start: ["requestPayment allow", "loseAttempt"],
            [["answerInquiry notFound"], ["answerInquiry cancelled"], ["answerAttempt declined"]]),
        Story(
            "decline, retry and time", start: ["requestPayment allow"],
            [["answerAttempt failed", "startAttempt"], ["declinePayment"], ["due"]]),
    ]

    private static let ofMoney = [
        Story(
            "two refunds", start: settled,
            [["refundPayment most"], ["refundPayment most"], leaves + ["answerRefund failed"]]),
        Story(
            "two refunds online",
            start: heldOnline + ["capturePayment all", "answerCapture succeeded"],
            [
                ["refundPayment most", "submitRefund", "answerRefund succeeded"],
                ["refundPayment most", "answerRefund failed"],
            ]),
        Story(
            "refund and dispute", start: settled,
            [["refundPayment most"] + leaves + ["answerRefund failed"], ["openDispute chargeback"]]),
        Story(
            "two refunds and a dispute", start: settled,
            [
                ["refundPayment most"], ["refundPayment most"],
                ["openDispute chargeback", "decideDispute won"],
            ]),
        Story(
            "refund and reverse", start: captured,
            [["refundPayment most"], ["reversePayment"], ["closeBatch", "submitBatch"]]),
        Story(
            "two disputes", start: settled,
            [
                ["openDispute of part", "decideDispute won"],
                ["openDispute of too much", "decideDispute lost"],
            ]),
        Story(
            "evidence, decision and time", start: settled + ["openDispute chargeback"],
            [["submitEvidence"], ["decideDispute won"], ["acceptDispute"], ["due"]]),
        Story(
            "an inquiry that becomes more, and a refund", start: settled + ["openDispute inquiry"],
            [
                ["advanceDispute chargeback", "advanceDispute preArbitration"], ["decideDispute withdrawn"],
                ["refundPayment most"],
            ]),
        Story(
            "two payouts", start: settled,
            [
                ["createPayout most", "answerPayout paid", "answerPayout returned"],
                ["createPayout most", "answerPayout rejected"],
            ]),
        Story(
            "payout, dispute and refund", start: settled,
            [
                ["createPayout most", "answerPayout paid"], ["openDispute chargeback"],
                ["refundPayment most"],
            ]),
        Story(
            "reserve, payout and time", start: settled,
            [["withholdReserve for a time", "releaseReserve"], ["createPayout most"], ["due"]]),
    ]

    private static let ofBatches = [
        Story(
            "settle, refund and dispute", start: sent,
            [["settleItem"], ["refundPayment most"], ["openDispute chargeback", "decideDispute lost"]]),
        Story(
            "settle, reject and refund", start: sent,
            [["settleItem"], ["rejectItem for good", "withdrawItem"], ["refundPayment most"]]),
        Story(
            "reject and withdraw, dispute", start: sent,
            [["rejectItem for good", "withdrawItem"], ["openDispute chargeback", "decideDispute won"]]),
        Story(
            "presented again", start: sent,
            [["rejectItem presented again"], leaves, ["settleItem"], ["voidCapture"]]),
        Story(
            "void of a capture, close and refund", start: captured,
            [["voidCapture"], ["closeBatch", "submitBatch"], ["refundPayment most"]]),
        Story(
            "a file that fails and leaves again", start: captured,
            [
                ["closeBatch", "submitBatch", "failBatch", "submitBatch"], ["settleItem"],
                ["refundPayment all"],
            ]),
        Story(
            "a file and its answers", start: captured + ["closeBatch"],
            [["submitBatch", "acknowledgeBatch"], ["submitBatch other bytes"], ["failBatch"]]),
        Story(
            "debit: settle, return and refund", start: ["submitDebit", "closeBatch", "submitBatch"],
            [["settleItem"], ["returnDebit all"], ["refundPayment most"], ["due"]]),
        Story(
            "debit: return and reject", start: ["submitDebit", "closeBatch", "submitBatch"],
            [["rejectItem for good", "withdrawItem"], ["returnDebit part"], ["settleItem"]]),
    ]

    private static let ofPeople = [
        Story(
            "review, capture and time", start: ["recordAuthorization review"],
            [["decideReview yes"], ["capturePayment all"], ["due", "due"]]),
        Story(
            "two reviewers", start: ["recordAuthorization review, automatic"],
            [["decideReview yes"], ["decideReview no"], ["voidPayment"]]),
        Story(
            "two who resolve", start: ["openException large"],
            [["resolveException writeOff", "approveResolution"], ["resolveException rematch"]]),
        Story(
            "a merchant that is closed", start: held,
            [["freezeMerchant", "closeMerchant"], ["capturePayment part"], ["incrementAuthorization"]]),
    ]
}
