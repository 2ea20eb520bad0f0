/// Why a payment was not made, by one name for all acquirers. The acquirer's own code is kept beside it.
public enum DeclineCode: UInt16, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    case processingError = 0
    case doNotHonor = 1
    case insufficientFunds = 2
    case lostCard = 3
    case stolenCard = 4
    case expiredCard = 5
    case incorrectCVC = 6
    case incorrectNumber = 7
    case fraudulent = 8
    case authenticationRequired = 9
    case authenticationFailed = 10
    case authenticationAbandoned = 11
    case exceedsLimit = 12
    case restrictedCard = 13
    case notPermitted = 14
    case issuerUnavailable = 15
    case riskBlocked = 16
    case noAcquirer = 17
    case deadlinePassed = 18
    case invalidAmount = 19
    case pickUpCard = 20
    case callIssuer = 21
    case invalidMerchant = 22
    case duplicateTransaction = 23
    case securityViolation = 24
    case invalidTransaction = 25

    /// Whether trying again may help.
    public enum Retry: Sendable { case never, later, withChallenge, otherAcquirer }

    /// Whether, and how, trying again may help.
    public var retry: Retry {
        switch self {
        case .lostCard, .stolenCard, .expiredCard, .incorrectCVC, .incorrectNumber, .fraudulent,
            .authenticationFailed, .authenticationAbandoned, .restrictedCard, .riskBlocked,
            .invalidAmount, .pickUpCard, .duplicateTransaction, .securityViolation,
            .invalidTransaction:
            .never
        case .processingError, .doNotHonor, .insufficientFunds, .exceedsLimit, .noAcquirer,
            .deadlinePassed, .callIssuer:
            .later
        case .authenticationRequired: .withChallenge
        case .notPermitted, .issuerUnavailable, .invalidMerchant: .otherAcquirer
        }
    }

    /// The decline that ISO 8583's field 39 stands for; unknown codes are `doNotHonor`, as networks advise.
    /// Source: ISO 8583-1:2003 annex A and the networks' common use of it.
    public init(responseCode: Text<4>) {
        self = Self.byResponseCode.first { $0.code == responseCode.description }?.decline ?? .doNotHonor
    }

    private static let byResponseCode: [(code: String, decline: DeclineCode)] = [
        ("96", .processingError),
        ("05", .doNotHonor),
        ("51", .insufficientFunds),
        ("41", .lostCard),
        ("43", .stolenCard),
        ("54", .expiredCard),
        ("N7", .incorrectCVC),
        ("14", .incorrectNumber),
        ("59", .fraudulent),
        ("1A", .authenticationRequired),
        ("61", .exceedsLimit),
        ("62", .restrictedCard),
        ("57", .notPermitted),
        ("91", .issuerUnavailable),
        ("13", .invalidAmount),
        ("04", .pickUpCard),
        ("01", .callIssuer),
        ("03", .invalidMerchant),
        ("94", .duplicateTransaction),
        ("63", .securityViolation),
        ("12", .invalidTransaction),
    ]
}
