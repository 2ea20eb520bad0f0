// What holds for every command of an operation, whatever the state.

extension Operation {
    /// Whether it says what somebody outside did: recorded whether it pleases or not.
    public var isFact: Bool {
        switch self {
        case .answerAttempt, .loseAttempt, .answerInquiry, .answerReversal, .answerCapture, .submitRefund,
            .answerRefund, .submitBatch, .acknowledgeBatch, .failBatch, .acceptItem, .rejectItem,
            .settleItem, .reconcileBatch, .matchCash, .netCost, .openDispute, .advanceDispute,
            .decideDispute, .pullDisputeFunds, .returnDisputeFunds, .returnDebit, .answerPayout,
            .openException:
            true
        default: false
        }
    }

    /// Whether it must come with a key: it moves money, and nothing in the state would tell a second one
    /// from the first.
    public var needsKey: Bool {
        switch self {
        case .requestPayment, .recordAuthorization, .incrementAuthorization, .voidPayment, .reversePayment,
            .capturePayment, .voidCapture, .refundPayment, .matchCash, .netCost, .openDispute,
            .pullDisputeFunds, .returnDisputeFunds, .submitDebit, .returnDebit, .withholdReserve,
            .releaseReserve, .createPayout, .moveOwnFunds, .writeOffDebt, .openException, .postCorrection:
            true
        default: false
        }
    }

    /// Whether it is about the whole ledger, so that it needs no merchant.
    public var isOfLedger: Bool {
        switch self {
        case .changeSettings, .setHoldSpan, .setAcquirer, .changeCircuit, .setRoute, .acceptTime,
            .digestState, .openMerchant, .matchCash, .netCost, .moveOwnFunds, .createAPIKey, .revokeAPIKey:
            true
        default: false
        }
    }

    /// Whether it is about an exception: of the merchant it comes with, or the ledger's own if it comes with
    /// none.
    public var isOfException: Bool {
        switch self {
        case .openException, .resolveException, .approveResolution: true
        default: false
        }
    }

    /// Whether it may put something into the open batch of its payment, or take something out.
    public var isAboutOpenBatch: Bool {
        switch self {
        case .answerAttempt, .decideReview, .reversePayment, .capturePayment, .answerCapture, .voidCapture,
            .refundPayment, .rejectItem:
            true
        default: false
        }
    }
}
