import Ledger
package import LogStore
import Projections

/// Replays a whole ledger as somebody who believes nothing but its events.
///
/// Checked are, after every event: that its legs sum to zero for each currency, pending and posted apart, and
/// leave no account on a side it may not be on; that it may follow those before it; that a digest is that of
/// the state rebuilt so far; that the payment it is about keeps what docs/payments.md promises. At the end:
/// that every payment does, and that the state's balances are what all legs come to. Added up are totals by
/// month and currency, and the trial balance.
///
/// Whether the bytes are those that were signed is for `LogVerifier` to say. Nothing is written.
package enum LedgerAudit<P: Platform> {
    /// Audits a log to the end of what may be believed, or to where reading fails.
    ///
    /// An event that contradicts the state in a way that nobody can apply stops the process, unless
    /// `InvariantContext.whenReplayFails` says otherwise.
    ///
    /// - Parameters:
    ///   - seed: of the state's indexes: a random number.
    ///   - report: called on this thread after every few hundred events.
    package static func run(
        _ log: ReplayLog<P>, seed: UInt64, report: (ReplayProgress) -> Void = { _ in }
    ) -> AuditReport {
        var ledger = AuditedLedger(shard: log.shard, seed: seed)
        var last = ReplayProgress(0..<log.readableEnd)
        var failure: ReplayError?
        do throws(ReplayError) {
            last = try Rebuild.follow(log, &ledger, upTo: nil) { progress in
                last = progress
                report(progress)
            }
            ledger.close()
        } catch { failure = error }
        var result = AuditReport(ledger: log.ledger, end: log.readableEnd)
        result.progress = last
        result.failure = failure
        result.opening = ledger.opening
        result.findings = ledger.findings.map { $0.located(in: log) }
        result.findingCount = ledger.findingCount
        result.months = ledger.books.months
        result.trialBalance = ledger.books.trialBalance
        result.legCount = ledger.books.legCount
        result.promiseCount = ledger.promiseCount
        if ledger.isFollowing {
            result.state = AuditReport.State(
                digest: ledger.digest, paymentCount: ledger.state.payments.count,
                safeguarding: ledger.state.safeguarding)
        }
        return result
    }
}

extension AuditFinding {
    /// With the file that holds its event.
    fileprivate func located<P: Platform>(in log: ReplayLog<P>) -> Self {
        AuditFinding(kind: kind, sequence: sequence, file: sequence.flatMap { log.file(of: $0) }, what: what)
    }
}
