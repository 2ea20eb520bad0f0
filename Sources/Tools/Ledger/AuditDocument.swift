import Ledger
import LogStore
import Projections
import Replay

/// An audit's report as JSON. Sums are text, in minor units: they may exceed what JSON readers keep exactly.
struct AuditDocument: Encodable {
    struct Finding: Encodable {
        let kind: String
        let sequence: UInt64?
        let file: String?
        let what: String
    }
    struct Ended: Encodable {
        let sequence: UInt64
        let what: String
    }
    struct Total: Encodable {
        let count: UInt64
        let amount: String
    }
    struct CurrencyTotals: Encodable {
        let currency: String
        let totals: [String: Total]
    }
    struct MonthTotals: Encodable {
        let month: String
        let events: UInt64
        let currencies: [CurrencyTotals]
    }
    struct Balance: Encodable {
        let account: Int
        let currency: String
        let debitsPosted: String
        let creditsPosted: String
        let debitsPending: String
        let creditsPending: String
    }
    struct Cover: Encodable {
        let currency: String
        let assets: String
        let liabilities: String
        let suspense: String
        let shortfall: String
    }
    struct State: Encodable {
        let digest: String
        let digestVersion: UInt16
        let rows: UInt64
        let payments: Int
        let safeguarding: [Cover]
    }
    struct Replayed: Encodable {
        let events: UInt64
        let nextSequence: UInt64
        let endSequence: UInt64
        let legs: UInt64
        let digestsCompared: UInt64
        let digestsOfOtherVersions: UInt64
        let paymentsLookedAt: UInt64
    }

    let verdict: String
    let ledger: String
    let testLedger: Bool?
    let openedBy: UInt64?
    let log: VerificationDocument
    let replay: Replayed
    let state: State?
    let months: [MonthTotals]
    let trialBalance: [Balance]
    let findings: [Finding]
    let findingsInAll: Int
    let endedEarly: Ended?

    init(_ result: AuditResult) {
        let report = result.report
        verdict = result.verdict
        ledger = report.ledger.description
        testLedger = report.opening?.isTest
        openedBy = report.opening?.sequence
        log = VerificationDocument(result.verification)
        replay = Replayed(report)
        state = report.state.map(State.init)
        months = report.months.map(MonthTotals.init)
        trialBalance = report.trialBalance.map(Balance.init)
        findings = report.findings.map {
            Finding(
                kind: $0.kind.rawValue, sequence: $0.sequence, file: $0.file?.description, what: $0.what)
        }
        findingsInAll = report.findingCount
        endedEarly = report.failure.map { Ended(sequence: $0.sequence, what: $0.description) }
    }
}

extension AuditDocument.Replayed {
    init(_ report: AuditReport) {
        let progress = report.progress
        self.init(
            events: progress.eventCount, nextSequence: progress.sequence,
            endSequence: progress.range.upperBound, legs: report.legCount,
            digestsCompared: progress.digestCount, digestsOfOtherVersions: progress.foreignDigestCount,
            paymentsLookedAt: report.promiseCount)
    }
}

extension AuditDocument.State {
    init(_ state: AuditReport.State) {
        self.init(
            digest: state.digest.hexadecimal, digestVersion: StateDigest.version,
            rows: state.digest.rowCount, payments: state.paymentCount,
            safeguarding: state.safeguarding.map {
                AuditDocument.Cover(
                    currency: $0.currency.code, assets: "\($0.assets)", liabilities: "\($0.liabilities)",
                    suspense: "\($0.suspense)", shortfall: "\($0.shortfall)")
            })
    }
}

extension AuditDocument.MonthTotals {
    init(_ month: AuditedMonth) {
        self.init(
            month: month.month.text, events: month.eventCount,
            currencies: month.currencies.map { row in
                let totals = AuditMeasure.allCases.filter { row[$0].count > 0 }.map {
                    ("\($0)", AuditDocument.Total(count: row[$0].count, amount: "\(row[$0].amount)"))
                }
                return AuditDocument.CurrencyTotals(
                    currency: row.currency.code, totals: Dictionary(totals) { first, _ in first })
            })
    }
}

extension AuditDocument.Balance {
    init(_ line: AuditedBalance) {
        self.init(
            account: line.account.number, currency: line.currency.code,
            debitsPosted: "\(line.sums.debitsPosted)", creditsPosted: "\(line.sums.creditsPosted)",
            debitsPending: "\(line.sums.debitsPending)", creditsPending: "\(line.sums.creditsPending)")
    }
}
