/// The chart of accounts. The number is an accountant's; the raw value is ours, for bytes, and never changes.
public enum Account: UInt8, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    /// Cash at a bank; one for each bank account.
    case cash = 1
    /// Captured, not in a batch yet; by acquirer.
    case acquirerReceivable = 2
    /// In a submitted batch, cash not seen yet; by acquirer.
    case inTransit = 3
    /// Pulled by the acquirer because of a dispute; by acquirer.
    case disputeClearing = 4
    /// What a merchant owes us; what is credited to `merchantAvailable` repays it first.
    case merchantReceivable = 5
    /// What nobody can explain yet.
    case suspense = 6
    /// Captured for a merchant, not settled.
    case merchantPending = 7
    /// The merchant's to pay out. Never negative: what goes beyond is `merchantReceivable`.
    case merchantAvailable = 8
    /// Kept back as security.
    case merchantReserve = 9
    /// Kept back while disputes are open.
    case disputeHold = 10
    /// Sent to the merchant's bank, not confirmed.
    case payoutInTransit = 11
    /// Promised to cardholders; by acquirer.
    case refundsPayable = 12
    /// Ours.
    case ownFunds = 13
    /// What merchants pay for processing.
    case feeRevenue = 14
    /// What merchants pay for chargebacks.
    case chargebackFeeRevenue = 15
    /// What issuers keep.
    case interchangeCost = 16
    /// What networks keep.
    case schemeCost = 17
    /// What acquirers keep.
    case markupCost = 18
    /// Merchants that cannot pay.
    case chargebackLoss = 19
    /// Differences given up.
    case writeOffLoss = 20

    /// The number in the chart.
    public var number: Int { shape.number }
    /// What it is counted by, besides the currency.
    public var owner: Owner { shape.owner }
    /// The side it grows on; nil for suspense, which has none.
    public var normalSide: Side? { shape.normal }
    /// Whether a balance on the other side is allowed. For the rest it is a broken invariant.
    public var mayGoNegative: Bool { shape.mayGoNegative }

    /// Whether it may have this balance, debits less credits: the two above in one, for every posting.
    public func allows(_ balance: Int128) -> Bool {
        switch self {
        case .acquirerReceivable, .merchantReceivable: balance >= 0
        case .merchantPending, .merchantAvailable, .merchantReserve, .disputeHold, .payoutInTransit,
            .refundsPayable:
            balance <= 0
        default: true
        }
    }

    /// Who an account belongs to.
    public enum Owner: Sendable { case bankAccount, acquirer, merchant, ledger }
    /// The two sides of an entry. Debits are positive in legs, credits negative.
    public enum Side: Sendable { case debit, credit }

    private struct Shape {
        var number: Int
        var owner: Owner
        var normal: Side?
        var mayGoNegative = false
    }

    private var shape: Shape {
        switch self {
        case .cash: Shape(number: 1010, owner: .bankAccount, normal: .debit, mayGoNegative: true)
        case .acquirerReceivable: Shape(number: 1100, owner: .acquirer, normal: .debit)
        case .inTransit: Shape(number: 1110, owner: .acquirer, normal: .debit, mayGoNegative: true)
        case .disputeClearing: Shape(number: 1120, owner: .acquirer, normal: .debit, mayGoNegative: true)
        case .merchantReceivable: Shape(number: 1200, owner: .merchant, normal: .debit)
        case .suspense: Shape(number: 1900, owner: .ledger, normal: nil, mayGoNegative: true)
        case .merchantPending: Shape(number: 2010, owner: .merchant, normal: .credit)
        case .merchantAvailable: Shape(number: 2020, owner: .merchant, normal: .credit)
        case .merchantReserve: Shape(number: 2030, owner: .merchant, normal: .credit)
        case .disputeHold: Shape(number: 2040, owner: .merchant, normal: .credit)
        case .payoutInTransit: Shape(number: 2050, owner: .merchant, normal: .credit)
        case .refundsPayable: Shape(number: 2060, owner: .acquirer, normal: .credit)
        case .ownFunds: Shape(number: 3010, owner: .ledger, normal: .credit, mayGoNegative: true)
        case .feeRevenue: Shape(number: 4010, owner: .ledger, normal: .credit, mayGoNegative: true)
        case .chargebackFeeRevenue: Shape(number: 4020, owner: .ledger, normal: .credit, mayGoNegative: true)
        case .interchangeCost: Shape(number: 5010, owner: .acquirer, normal: .debit, mayGoNegative: true)
        case .schemeCost: Shape(number: 5020, owner: .acquirer, normal: .debit, mayGoNegative: true)
        case .markupCost: Shape(number: 5030, owner: .acquirer, normal: .debit, mayGoNegative: true)
        case .chargebackLoss: Shape(number: 5040, owner: .ledger, normal: .debit, mayGoNegative: true)
        case .writeOffLoss: Shape(number: 5050, owner: .ledger, normal: .debit, mayGoNegative: true)
        }
    }
}
