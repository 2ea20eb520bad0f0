import Ledger
import Projections

/// What the ledger's events and accounts come to, by name.
struct GroundTotals {
    /// What is told for each month and each merchant.
    enum Sum: Int, CaseIterable {
        case authorized, captured, settled, fees, refunded, disputed
    }

    private struct Line {
        var amount = 0
        var count = 0
    }

    var rowCount = 0
    private var eventCounts: [FactType: Int] = [:]
    private var answers: [String: Int] = [:]
    /// By month of the effective time.
    private var months: [String: [Line]] = [:]
    private var merchants: [UInt32: [Line]] = [:]
    private var effectiveSum = 0
    /// What was known of cards and merchants before their payments, by name.
    private var risk: [String: Int] = [:]
    private var knownMonths: [UInt64: String] = [:]

    mutating func add(_ outcome: Outcome) {
        switch outcome {
        case .done: answers["done", default: 0] += 1
        case .exists: answers["exists", default: 0] += 1
        case .refused(let code): answers["refused.\(code)", default: 0] += 1
        }
    }

    /// What was known of a subject before a payment.
    mutating func add(_ features: RiskFeatures, of subject: String) {
        risk["risk.\(subject).hour", default: 0] += Int(features.countOfHour)
        risk["risk.\(subject).day", default: 0] += Int(features.countOfDay)
        risk["risk.\(subject).sum", default: 0] += Int(clamping: features.sumOfDay)
        risk["risk.\(subject).unusual", default: 0] += features.isUnusualAmount ? 1 : 0
        risk["risk.\(subject).known", default: 0] += features.sinceLatest == nil ? 0 : 1
    }

    mutating func add(_ event: Event) {
        eventCounts[event.fact.type, default: 0] += 1
        switch event.fact {
        case .authorizationRecorded(let fact):
            effectiveSum += Int(event.context.effective.nanoseconds / 1_000_000_000)
            tell(.authorized, fact.terms.amount, event)
        case .captured(let fact): tell(.captured, fact.amount, event)
        case .itemSettled(let fact):
            tell(.settled, fact.amount, event)
            tell(.fees, fact.fee, event)
        case .refundRequested(let fact): tell(.refunded, fact.amount, event)
        case .disputeOpened(let fact): tell(.disputed, fact.accepted, event)
        default: break
        }
    }

    private mutating func tell(_ sum: Sum, _ amount: Amount, _ event: Event) {
        let day = event.context.effective.nanoseconds / 1_000_000_000 / GroundTime.day
        let month = knownMonths[day] ?? GroundTime.month(day)
        knownMonths[day] = month
        let empty = [Line](repeating: Line(), count: Sum.allCases.count)
        months[month, default: empty][sum.rawValue].amount += Int(amount.minorUnits)
        months[month, default: empty][sum.rawValue].count += 1
        let merchant = event.context.merchant.number - 1
        merchants[merchant, default: empty][sum.rawValue].amount += Int(amount.minorUnits)
        merchants[merchant, default: empty][sum.rawValue].count += 1
    }

    /// Every total by its name.
    func named(with state: borrowing LedgerState) -> [String: Int] {
        var totals = ["rows.read": rowCount, "effective.sum": effectiveSum]
        totals.merge(risk) { $1 }
        for (type, count) in eventCounts { totals["events.\(type)"] = count }
        for (answer, count) in answers { totals["answers.\(answer)"] = count }
        for (month, lines) in months { Self.add(lines, of: "month.\(month)", &totals) }
        for (merchant, lines) in merchants { Self.add(lines, of: "merchant.\(merchant)", &totals) }
        for account in state.accounts.sortedRows { Self.add(account, &totals) }
        for reversal in state.reversals.sortedRows {
            totals["reversals.count", default: 0] += 1
            totals["reversals.amount", default: 0] += Int(reversal.amount.minorUnits)
        }
        return totals
    }

    private static func add(_ lines: [Line], of place: String, _ totals: inout [String: Int]) {
        for sum in Sum.allCases where lines[sum.rawValue].count > 0 {
            totals["\(place).EUR.\(sum).amount"] = lines[sum.rawValue].amount
            totals["\(place).EUR.\(sum).count"] = lines[sum.rawValue].count
        }
    }

    private static func add(_ row: AccountRow, _ totals: inout [String: Int]) {
        let owner =
            switch row.id.account.owner {
            case .merchant: "\(row.id.owner - 1)"
            case .acquirer: row.id.owner == 1 ? "acquirer" : "acquirer\(row.id.owner)"
            case .bankAccount: row.id.owner == 1 ? "bank" : "bank\(row.id.owner)"
            case .ledger: "ledger"
            }
        let place = "account.\(row.id.account.number).\(owner).\(row.id.currency.code)"
        totals["\(place).debits"] = Int(clamping: row.debitsPosted)
        totals["\(place).credits"] = Int(clamping: row.creditsPosted)
        totals["\(place).pendingDebits"] = Int(clamping: row.debitsPending)
        totals["\(place).pendingCredits"] = Int(clamping: row.creditsPending)
    }
}
