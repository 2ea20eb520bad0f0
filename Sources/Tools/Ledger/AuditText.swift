import Ledger
import LogStore
import Projections
import Replay

/// An audit's report for people.
enum AuditText {
    static func lines(_ result: AuditResult) -> [String] {
        let report = result.report
        var lines = LogVerify.lines(result.verification) + [""]
        lines += opening(report, isLocked: !result.verification.lockedFiles.isEmpty)
        for month in report.months { lines += Self.lines(month) }
        lines += trialBalance(report)
        if let state = report.state { lines += state.safeguarding.map(line) }
        lines += found(report)
        lines.append("audit: \(result.verdict)")
        return lines
    }

    private static func opening(_ report: AuditReport, isLocked: Bool) -> [String] {
        guard let opening = report.opening else {
            return [isLocked ? "no event is readable with these keys" : "no event opens a ledger"]
        }
        let progress = report.progress
        let kind = opening.isTest ? "test ledger" : "ledger"
        var lines = [
            "\(kind) \(report.ledger), opened at \(TimeText.rfc3339(opening.time.nanoseconds)) "
                + "by event \(opening.sequence)",
            "\(progress.eventCount) events of the ledger in \(progress.range.lowerBound)"
                + "..<\(progress.sequence), \(report.legCount) legs added up",
        ]
        let foreign = progress.foreignDigestCount
        lines.append(
            "\(progress.digestCount) digests in the log are those of the rebuilt state"
                + (foreign == 0 ? "" : ", \(foreign) of other versions not compared"))
        if let state = report.state {
            lines.append(
                "\(state.paymentCount) payments, looked at \(report.promiseCount) times; "
                    + "the state's digest is \(state.digest)")
        } else {
            lines.append("the state was given up: promises and digests were not checked to the end")
        }
        return lines
    }

    // MARK: Totals

    private static func lines(_ month: AuditedMonth) -> [String] {
        var lines = ["month \(month.month.text): \(month.eventCount) events"]
        for row in month.currencies {
            for measure in AuditMeasure.allCases where row[measure].count > 0 {
                let total = row[measure]
                let amount = MoneyText.text(total.amount, row.currency)
                lines.append("  \(row.currency) \(measure.text): \(amount) in \(total.count)")
            }
        }
        return lines
    }

    private static func trialBalance(_ report: AuditReport) -> [String] {
        guard !report.trialBalance.isEmpty else { return [] }
        return ["trial balance, debits positive"]
            + report.trialBalance.map { line in
                let (posted, pending) = (line.sums.posted, line.sums.pending)
                return "  \(line.account.number) \(line.currency): \(MoneyText.text(posted, line.currency))"
                    + (pending == 0 ? "" : ", pending \(MoneyText.text(pending, line.currency))")
            }
    }

    private static func line(_ row: Safeguarding) -> String {
        let currency = row.currency
        let covered =
            row.shortfall == 0
            ? "covered" : "SHORT by \(MoneyText.text(row.shortfall, currency))"
        return "safeguarding \(currency): \(MoneyText.text(row.assets, currency)) there, "
            + "\(MoneyText.text(row.liabilities, currency)) owed, \(covered)"
            + (row.suspense == 0 ? "" : "; \(MoneyText.text(row.suspense, currency)) on suspense")
    }

    // MARK: What is wrong

    private static func found(_ report: AuditReport) -> [String] {
        var lines = report.findings.map { "contradiction (\($0.kind.rawValue)): \($0.description)" }
        if report.findingCount > report.findings.count {
            lines.append("and \(report.findingCount - report.findings.count) more")
        }
        if let failure = report.failure { lines.append("ended early: \(failure)") }
        return lines
    }
}

/// Amounts as people write them.
enum MoneyText {
    /// Minor units with the currency's decimals: 12345 in EUR is "123.45".
    static func text(_ minorUnits: Int128, _ currency: Currency) -> String {
        let digits = String(minorUnits.magnitude)
        let sign = minorUnits < 0 ? "-" : ""
        let exponent = currency.exponent
        guard exponent > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return sign + padded.dropLast(exponent) + "." + padded.suffix(exponent)
    }
}

extension LedgerMonth {
    /// 2026-11.
    var text: String { Month(containing: start.nanoseconds).description }
}

extension AuditMeasure {
    /// For people.
    var text: String {
        switch self {
        case .authorized: "authorized"
        case .captured: "captured"
        case .captureVoided: "captures voided"
        case .settled: "settled"
        case .refunded: "refunded"
        case .refundFailed: "refunds failed"
        case .disputed: "disputed"
        case .fees: "fees"
        case .chargebackFees: "chargeback fees"
        case .costs: "costs"
        case .paidOut: "paid out"
        }
    }
}
