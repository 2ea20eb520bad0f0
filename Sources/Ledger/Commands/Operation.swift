/// The number of each thing that can be asked for. Never reused.
public enum Operation: UInt16, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    // The ledger itself and its acquirers.
    case changeSettings = 0x0001
    case setHoldSpan = 0x0002
    case setAcquirer = 0x0003
    case changeCircuit = 0x0004
    case setRoute = 0x0005
    case acceptTime = 0x0006
    case digestState = 0x0007

    // Who is paid, and on what terms. The merchant is that of the command.
    case openMerchant = 0x0101
    case changeMerchant = 0x0102
    case setMerchantTerms = 0x0103
    case freezeMerchant = 0x0104
    case unfreezeMerchant = 0x0105
    case closeMerchant = 0x0106

    // A payment until it is held, and the end of the hold.
    case requestPayment = 0x0301
    case recordAuthorization = 0x0302
    case startAttempt = 0x0303
    case claimAttempt = 0x0304
    case answerAttempt = 0x0305
    case loseAttempt = 0x0306
    case answerInquiry = 0x0307
    case declinePayment = 0x0308
    case completeAction = 0x0309
    case decideReview = 0x030A
    case incrementAuthorization = 0x030B
    case voidPayment = 0x030C
    case reversePayment = 0x030D
    case answerReversal = 0x030E

    // Taking held money, and giving it back.
    case capturePayment = 0x0401
    case answerCapture = 0x0402
    case voidCapture = 0x0403
    case refundPayment = 0x0404
    case submitRefund = 0x0405
    case answerRefund = 0x0406

    // What goes to an acquirer in one day, and what comes back. All but closing are facts.
    case closeBatch = 0x0501
    case submitBatch = 0x0502
    case acknowledgeBatch = 0x0503
    case failBatch = 0x0504
    case acceptItem = 0x0505
    case rejectItem = 0x0506
    case withdrawItem = 0x0507
    case settleItem = 0x0508
    case reconcileBatch = 0x0509
    case matchCash = 0x050A
    case netCost = 0x050B

    // A cardholder objects. All but evidence and acceptance are facts.
    case openDispute = 0x0601
    case advanceDispute = 0x0602
    case submitEvidence = 0x0603
    case acceptDispute = 0x0604
    case decideDispute = 0x0605
    case pullDisputeFunds = 0x0606
    case returnDisputeFunds = 0x0607

    // Debits from bank accounts; money between us and merchants, and our own; exceptions.
    case submitDebit = 0x0701
    case returnDebit = 0x0702
    case withholdReserve = 0x0703
    case releaseReserve = 0x0704
    case createPayout = 0x0705
    case answerPayout = 0x0706
    case moveOwnFunds = 0x0707
    case writeOffDebt = 0x0708
    case openException = 0x0709
    case resolveException = 0x070A
    case approveResolution = 0x070B
    case postCorrection = 0x070C

    // Who may ask.
    case createAPIKey = 0x0801
    case revokeAPIKey = 0x0802
}
