package import Ledger

/// What an auditor adds up by month and currency: money as events moved it, whatever became of it since.
///
/// Their names stand in reports for programs and never change.
package enum AuditMeasure: Int, CaseIterable, Sendable {
    /// Held at cardholders' banks.
    case authorized
    /// Taken of what was held, or debited from bank accounts.
    case captured
    /// Taken out of an open batch again.
    case captureVoided
    /// Paid for by acquirers.
    case settled
    /// Asked back for cardholders.
    case refunded
    /// Of it, what did not reach them.
    case refundFailed
    /// Objected to, and held back.
    case disputed
    /// Charged for processing, less what was given back.
    case fees
    /// Charged for chargebacks, less what was given back.
    case chargebackFees
    /// Kept by issuers, networks and acquirers.
    case costs
    /// Arrived at merchants' banks.
    case paidOut

    /// What a leg of an event of this type counts as, and with which sign; nil for the many that only move
    /// money on.
    @inline(__always)
    static func of(_ leg: Leg, in type: FactType) -> (measure: AuditMeasure, isAdded: Bool)? {
        let isDebit = leg.amount > 0
        switch (leg.account.account, leg.layer) {
        case (.feeRevenue, .posted): return (.fees, !isDebit)
        case (.chargebackFeeRevenue, .posted): return (.chargebackFees, !isDebit)
        case (.interchangeCost, .posted), (.schemeCost, .posted), (.markupCost, .posted):
            return (.costs, isDebit)
        default: break
        }
        guard let (measure, account, layer, onDebit) = rule(type), isDebit == onDebit, layer == leg.layer,
            account == leg.account.account || type == .refundFailed && leg.account.account == .inTransit
        else { return nil }
        return (measure, true)
    }

    /// Which leg of an event of this type tells the amount.
    private static func rule(_ type: FactType) -> (AuditMeasure, Account, Layer, onDebit: Bool)? {
        switch type {
        case .authorized, .authorizationRecorded, .authorizationIncremented:
            (.authorized, .acquirerReceivable, .pending, true)
        case .captured, .debitSubmitted: (.captured, .acquirerReceivable, .posted, true)
        case .captureVoided: (.captureVoided, .acquirerReceivable, .posted, false)
        case .itemSettled: (.settled, .merchantPending, .posted, true)
        case .refundRequested: (.refunded, .refundsPayable, .posted, false)
        // What was sent already comes back from the way to the acquirer.
        case .refundFailed: (.refundFailed, .refundsPayable, .posted, true)
        case .disputeOpened, .disputeAdvanced: (.disputed, .disputeHold, .posted, false)
        case .payoutPaid: (.paidOut, .payoutInTransit, .posted, true)
        default: nil
        }
    }
}

/// How often, and how much in minor units.
package struct AuditTotal: Equatable, Sendable {
    package private(set) var count: UInt64 = 0
    package private(set) var amount: Int128 = 0

    mutating func add(_ amount: Int64, isAdded: Bool) {
        count += 1
        let size = Int128(amount.magnitude)
        self.amount += isAdded ? size : -size
    }
}

/// What a month's events came to.
package struct AuditedMonth: Equatable, Sendable {
    package let month: LedgerMonth
    /// Events of the ledger; the log's own acts are not among them.
    package fileprivate(set) var eventCount: UInt64 = 0
    /// In the order of currency numbers.
    package var currencies: [Currencies] { rows.sorted { $0.currency < $1.currency } }
    private var rows: [Currencies] = []
    private var latest = 0

    /// What they came to in one currency.
    package struct Currencies: Equatable, Sendable {
        package let currency: Currency
        private var totals = [AuditTotal](repeating: AuditTotal(), count: AuditMeasure.allCases.count)

        fileprivate init(_ currency: Currency) { self.currency = currency }

        package fileprivate(set) subscript(measure: AuditMeasure) -> AuditTotal {
            get { totals[measure.rawValue] }
            _modify { yield &totals[measure.rawValue] }
        }
    }

    init(_ month: LedgerMonth) { self.month = month }

    mutating func add(_ event: Event) {
        eventCount += 1
        let (type, legs) = (event.fact.type, event.legs.span)
        for index in legs.indices {
            guard let (measure, isAdded) = AuditMeasure.of(legs[index], in: type) else { continue }
            let row = row(legs[index].account.currency)
            rows[row][measure].add(legs[index].amount, isAdded: isAdded)
        }
    }

    /// Nearly always the currency of the leg before.
    private mutating func row(_ currency: Currency) -> Int {
        if latest < rows.count, rows[latest].currency == currency { return latest }
        if let found = rows.firstIndex(where: { $0.currency == currency }) {
            latest = found
        } else {
            latest = rows.count
            rows.append(Currencies(currency))
        }
        return latest
    }
}
