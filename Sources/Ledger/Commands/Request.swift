/// What is asked for: one of the operations, with its fields.
public enum Request: Hashable, Sendable, BitwiseCopyable {
    case openMerchant(OpenMerchant)
    case changeMerchant(ChangeMerchant)
    case setMerchantTerms(SetMerchantTerms)
    case freezeMerchant(FreezeMerchant)
    case unfreezeMerchant(UnfreezeMerchant)
    case closeMerchant(CloseMerchant)
    case changeSettings(ChangeSettings)
    case setHoldSpan(SetHoldSpan)
    case setAcquirer(SetAcquirer)
    case changeCircuit(ChangeCircuit)
    case setRoute(SetRoute)
    case acceptTime(AcceptTime)
    case digestState(DigestState)
    case requestPayment(RequestPayment)
    case recordAuthorization(RecordAuthorization)
    case startAttempt(StartAttempt)
    case claimAttempt(ClaimAttempt)
    case answerAttempt(AnswerAttempt)
    case loseAttempt(LoseAttempt)
    case answerInquiry(AnswerInquiry)
    case declinePayment(DeclinePayment)
    case completeAction(CompleteAction)
    case decideReview(DecideReview)
    case incrementAuthorization(IncrementAuthorization)
    case voidPayment(VoidPayment)
    case reversePayment(ReversePayment)
    case answerReversal(AnswerReversal)
    case capturePayment(CapturePayment)
    case answerCapture(AnswerCapture)
    case voidCapture(VoidCapture)
    case refundPayment(RefundPayment)
    case submitRefund(SubmitRefund)
    case answerRefund(AnswerRefund)
    case closeBatch(CloseBatch)
    case submitBatch(SubmitBatch)
    case acknowledgeBatch(AcknowledgeBatch)
    case failBatch(FailBatch)
    case acceptItem(AcceptItem)
    case rejectItem(RejectItem)
    case withdrawItem(WithdrawItem)
    case settleItem(SettleItem)
    case reconcileBatch(ReconcileBatch)
    case matchCash(MatchCash)
    case netCost(NetCost)
    case openDispute(OpenDispute)
    case advanceDispute(AdvanceDispute)
    case submitEvidence(SubmitEvidence)
    case acceptDispute(AcceptDispute)
    case decideDispute(DecideDispute)
    case pullDisputeFunds(PullDisputeFunds)
    case returnDisputeFunds(ReturnDisputeFunds)
    case submitDebit(SubmitDebit)
    case returnDebit(ReturnDebit)
    case withholdReserve(WithholdReserve)
    case releaseReserve(ReleaseReserve)
    case createPayout(CreatePayout)
    case answerPayout(AnswerPayout)
    case moveOwnFunds(MoveOwnFunds)
    case writeOffDebt(WriteOffDebt)
    case openException(OpenException)
    case resolveException(ResolveException)
    case approveResolution(ApproveResolution)
    case postCorrection(PostCorrection)
    case createAPIKey(CreateAPIKey)
    case revokeAPIKey(RevokeAPIKey)

    /// Which operation it is.
    public var operation: Operation {
        switch self {
        case .openMerchant: .openMerchant
        case .changeMerchant: .changeMerchant
        case .setMerchantTerms: .setMerchantTerms
        case .freezeMerchant: .freezeMerchant
        case .unfreezeMerchant: .unfreezeMerchant
        case .closeMerchant: .closeMerchant
        case .changeSettings: .changeSettings
        case .setHoldSpan: .setHoldSpan
        case .setAcquirer: .setAcquirer
        case .changeCircuit: .changeCircuit
        case .setRoute: .setRoute
        case .acceptTime: .acceptTime
        case .digestState: .digestState
        case .requestPayment: .requestPayment
        case .recordAuthorization: .recordAuthorization
        case .startAttempt: .startAttempt
        case .claimAttempt: .claimAttempt
        case .answerAttempt: .answerAttempt
        case .loseAttempt: .loseAttempt
        case .answerInquiry: .answerInquiry
        case .declinePayment: .declinePayment
        case .completeAction: .completeAction
        case .decideReview: .decideReview
        case .incrementAuthorization: .incrementAuthorization
        case .voidPayment: .voidPayment
        case .reversePayment: .reversePayment
        case .answerReversal: .answerReversal
        case .capturePayment: .capturePayment
        case .answerCapture: .answerCapture
        case .voidCapture: .voidCapture
        case .refundPayment: .refundPayment
        case .submitRefund: .submitRefund
        case .answerRefund: .answerRefund
        case .closeBatch: .closeBatch
        case .submitBatch: .submitBatch
        case .acknowledgeBatch: .acknowledgeBatch
        case .failBatch: .failBatch
        case .acceptItem: .acceptItem
        case .rejectItem: .rejectItem
        case .withdrawItem: .withdrawItem
        case .settleItem: .settleItem
        case .reconcileBatch: .reconcileBatch
        case .matchCash: .matchCash
        case .netCost: .netCost
        case .openDispute: .openDispute
        case .advanceDispute: .advanceDispute
        case .submitEvidence: .submitEvidence
        case .acceptDispute: .acceptDispute
        case .decideDispute: .decideDispute
        case .pullDisputeFunds: .pullDisputeFunds
        case .returnDisputeFunds: .returnDisputeFunds
        case .submitDebit: .submitDebit
        case .returnDebit: .returnDebit
        case .withholdReserve: .withholdReserve
        case .releaseReserve: .releaseReserve
        case .createPayout: .createPayout
        case .answerPayout: .answerPayout
        case .moveOwnFunds: .moveOwnFunds
        case .writeOffDebt: .writeOffDebt
        case .openException: .openException
        case .resolveException: .resolveException
        case .approveResolution: .approveResolution
        case .postCorrection: .postCorrection
        case .createAPIKey: .createAPIKey
        case .revokeAPIKey: .revokeAPIKey
        }
    }

    /// Passes its fields to the visitor.
    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        switch self {
        case .openMerchant(var body):
            try body.visitFields(&visitor)
            self = .openMerchant(body)
        case .changeMerchant(var body):
            try body.visitFields(&visitor)
            self = .changeMerchant(body)
        case .setMerchantTerms(var body):
            try body.visitFields(&visitor)
            self = .setMerchantTerms(body)
        case .freezeMerchant(var body):
            try body.visitFields(&visitor)
            self = .freezeMerchant(body)
        case .unfreezeMerchant(var body):
            try body.visitFields(&visitor)
            self = .unfreezeMerchant(body)
        case .closeMerchant(var body):
            try body.visitFields(&visitor)
            self = .closeMerchant(body)
        case .changeSettings(var body):
            try body.visitFields(&visitor)
            self = .changeSettings(body)
        case .setHoldSpan(var body):
            try body.visitFields(&visitor)
            self = .setHoldSpan(body)
        case .setAcquirer(var body):
            try body.visitFields(&visitor)
            self = .setAcquirer(body)
        case .changeCircuit(var body):
            try body.visitFields(&visitor)
            self = .changeCircuit(body)
        case .setRoute(var body):
            try body.visitFields(&visitor)
            self = .setRoute(body)
        case .acceptTime(var body):
            try body.visitFields(&visitor)
            self = .acceptTime(body)
        case .digestState(var body):
            try body.visitFields(&visitor)
            self = .digestState(body)
        case .requestPayment(var body):
            try body.visitFields(&visitor)
            self = .requestPayment(body)
        case .recordAuthorization(var body):
            try body.visitFields(&visitor)
            self = .recordAuthorization(body)
        case .startAttempt(var body):
            try body.visitFields(&visitor)
            self = .startAttempt(body)
        case .claimAttempt(var body):
            try body.visitFields(&visitor)
            self = .claimAttempt(body)
        case .answerAttempt(var body):
            try body.visitFields(&visitor)
            self = .answerAttempt(body)
        case .loseAttempt(var body):
            try body.visitFields(&visitor)
            self = .loseAttempt(body)
        case .answerInquiry(var body):
            try body.visitFields(&visitor)
            self = .answerInquiry(body)
        case .declinePayment(var body):
            try body.visitFields(&visitor)
            self = .declinePayment(body)
        case .completeAction(var body):
            try body.visitFields(&visitor)
            self = .completeAction(body)
        case .decideReview(var body):
            try body.visitFields(&visitor)
            self = .decideReview(body)
        case .incrementAuthorization(var body):
            try body.visitFields(&visitor)
            self = .incrementAuthorization(body)
        case .voidPayment(var body):
            try body.visitFields(&visitor)
            self = .voidPayment(body)
        case .reversePayment(var body):
            try body.visitFields(&visitor)
            self = .reversePayment(body)
        case .answerReversal(var body):
            try body.visitFields(&visitor)
            self = .answerReversal(body)
        case .capturePayment(var body):
            try body.visitFields(&visitor)
            self = .capturePayment(body)
        case .answerCapture(var body):
            try body.visitFields(&visitor)
            self = .answerCapture(body)
        case .voidCapture(var body):
            try body.visitFields(&visitor)
            self = .voidCapture(body)
        case .refundPayment(var body):
            try body.visitFields(&visitor)
            self = .refundPayment(body)
        case .submitRefund(var body):
            try body.visitFields(&visitor)
            self = .submitRefund(body)
        case .answerRefund(var body):
            try body.visitFields(&visitor)
            self = .answerRefund(body)
        case .closeBatch(var body):
            try body.visitFields(&visitor)
            self = .closeBatch(body)
        case .submitBatch(var body):
            try body.visitFields(&visitor)
            self = .submitBatch(body)
        case .acknowledgeBatch(var body):
            try body.visitFields(&visitor)
            self = .acknowledgeBatch(body)
        case .failBatch(var body):
            try body.visitFields(&visitor)
            self = .failBatch(body)
        case .acceptItem(var body):
            try body.visitFields(&visitor)
            self = .acceptItem(body)
        case .rejectItem(var body):
            try body.visitFields(&visitor)
            self = .rejectItem(body)
        case .withdrawItem(var body):
            try body.visitFields(&visitor)
            self = .withdrawItem(body)
        case .settleItem(var body):
            try body.visitFields(&visitor)
            self = .settleItem(body)
        case .reconcileBatch(var body):
            try body.visitFields(&visitor)
            self = .reconcileBatch(body)
        case .matchCash(var body):
            try body.visitFields(&visitor)
            self = .matchCash(body)
        case .netCost(var body):
            try body.visitFields(&visitor)
            self = .netCost(body)
        case .openDispute(var body):
            try body.visitFields(&visitor)
            self = .openDispute(body)
        case .advanceDispute(var body):
            try body.visitFields(&visitor)
            self = .advanceDispute(body)
        case .submitEvidence(var body):
            try body.visitFields(&visitor)
            self = .submitEvidence(body)
        case .acceptDispute(var body):
            try body.visitFields(&visitor)
            self = .acceptDispute(body)
        case .decideDispute(var body):
            try body.visitFields(&visitor)
            self = .decideDispute(body)
        case .pullDisputeFunds(var body):
            try body.visitFields(&visitor)
            self = .pullDisputeFunds(body)
        case .returnDisputeFunds(var body):
            try body.visitFields(&visitor)
            self = .returnDisputeFunds(body)
        case .submitDebit(var body):
            try body.visitFields(&visitor)
            self = .submitDebit(body)
        case .returnDebit(var body):
            try body.visitFields(&visitor)
            self = .returnDebit(body)
        case .withholdReserve(var body):
            try body.visitFields(&visitor)
            self = .withholdReserve(body)
        case .releaseReserve(var body):
            try body.visitFields(&visitor)
            self = .releaseReserve(body)
        case .createPayout(var body):
            try body.visitFields(&visitor)
            self = .createPayout(body)
        case .answerPayout(var body):
            try body.visitFields(&visitor)
            self = .answerPayout(body)
        case .moveOwnFunds(var body):
            try body.visitFields(&visitor)
            self = .moveOwnFunds(body)
        case .writeOffDebt(var body):
            try body.visitFields(&visitor)
            self = .writeOffDebt(body)
        case .openException(var body):
            try body.visitFields(&visitor)
            self = .openException(body)
        case .resolveException(var body):
            try body.visitFields(&visitor)
            self = .resolveException(body)
        case .approveResolution(var body):
            try body.visitFields(&visitor)
            self = .approveResolution(body)
        case .postCorrection(var body):
            try body.visitFields(&visitor)
            self = .postCorrection(body)
        case .createAPIKey(var body):
            try body.visitFields(&visitor)
            self = .createAPIKey(body)
        case .revokeAPIKey(var body):
            try body.visitFields(&visitor)
            self = .revokeAPIKey(body)
        }
    }

    /// The request of an operation with every field empty, to read into.
    public init(empty operation: Operation) {
        switch operation {
        case .openMerchant: self = .openMerchant(OpenMerchant())
        case .changeMerchant: self = .changeMerchant(ChangeMerchant())
        case .setMerchantTerms: self = .setMerchantTerms(SetMerchantTerms())
        case .freezeMerchant: self = .freezeMerchant(FreezeMerchant())
        case .unfreezeMerchant: self = .unfreezeMerchant(UnfreezeMerchant())
        case .closeMerchant: self = .closeMerchant(CloseMerchant())
        case .changeSettings: self = .changeSettings(ChangeSettings())
        case .setHoldSpan: self = .setHoldSpan(SetHoldSpan())
        case .setAcquirer: self = .setAcquirer(SetAcquirer())
        case .changeCircuit: self = .changeCircuit(ChangeCircuit())
        case .setRoute: self = .setRoute(SetRoute())
        case .acceptTime: self = .acceptTime(AcceptTime())
        case .digestState: self = .digestState(DigestState())
        case .requestPayment: self = .requestPayment(RequestPayment())
        case .recordAuthorization: self = .recordAuthorization(RecordAuthorization())
        case .startAttempt: self = .startAttempt(StartAttempt())
        case .claimAttempt: self = .claimAttempt(ClaimAttempt())
        case .answerAttempt: self = .answerAttempt(AnswerAttempt())
        case .loseAttempt: self = .loseAttempt(LoseAttempt())
        case .answerInquiry: self = .answerInquiry(AnswerInquiry())
        case .declinePayment: self = .declinePayment(DeclinePayment())
        case .completeAction: self = .completeAction(CompleteAction())
        case .decideReview: self = .decideReview(DecideReview())
        case .incrementAuthorization: self = .incrementAuthorization(IncrementAuthorization())
        case .voidPayment: self = .voidPayment(VoidPayment())
        case .reversePayment: self = .reversePayment(ReversePayment())
        case .answerReversal: self = .answerReversal(AnswerReversal())
        case .capturePayment: self = .capturePayment(CapturePayment())
        case .answerCapture: self = .answerCapture(AnswerCapture())
        case .voidCapture: self = .voidCapture(VoidCapture())
        case .refundPayment: self = .refundPayment(RefundPayment())
        case .submitRefund: self = .submitRefund(SubmitRefund())
        case .answerRefund: self = .answerRefund(AnswerRefund())
        case .closeBatch: self = .closeBatch(CloseBatch())
        case .submitBatch: self = .submitBatch(SubmitBatch())
        case .acknowledgeBatch: self = .acknowledgeBatch(AcknowledgeBatch())
        case .failBatch: self = .failBatch(FailBatch())
        case .acceptItem: self = .acceptItem(AcceptItem())
        case .rejectItem: self = .rejectItem(RejectItem())
        case .withdrawItem: self = .withdrawItem(WithdrawItem())
        case .settleItem: self = .settleItem(SettleItem())
        case .reconcileBatch: self = .reconcileBatch(ReconcileBatch())
        case .matchCash: self = .matchCash(MatchCash())
        case .netCost: self = .netCost(NetCost())
        case .openDispute: self = .openDispute(OpenDispute())
        case .advanceDispute: self = .advanceDispute(AdvanceDispute())
        case .submitEvidence: self = .submitEvidence(SubmitEvidence())
        case .acceptDispute: self = .acceptDispute(AcceptDispute())
        case .decideDispute: self = .decideDispute(DecideDispute())
        case .pullDisputeFunds: self = .pullDisputeFunds(PullDisputeFunds())
        case .returnDisputeFunds: self = .returnDisputeFunds(ReturnDisputeFunds())
        case .submitDebit: self = .submitDebit(SubmitDebit())
        case .returnDebit: self = .returnDebit(ReturnDebit())
        case .withholdReserve: self = .withholdReserve(WithholdReserve())
        case .releaseReserve: self = .releaseReserve(ReleaseReserve())
        case .createPayout: self = .createPayout(CreatePayout())
        case .answerPayout: self = .answerPayout(AnswerPayout())
        case .moveOwnFunds: self = .moveOwnFunds(MoveOwnFunds())
        case .writeOffDebt: self = .writeOffDebt(WriteOffDebt())
        case .openException: self = .openException(OpenException())
        case .resolveException: self = .resolveException(ResolveException())
        case .approveResolution: self = .approveResolution(ApproveResolution())
        case .postCorrection: self = .postCorrection(PostCorrection())
        case .createAPIKey: self = .createAPIKey(CreateAPIKey())
        case .revokeAPIKey: self = .revokeAPIKey(RevokeAPIKey())
        }
    }
}
