package import Ledger

/// The digest of a whole state: equal on two machines exactly if every row of every table is, but for a
/// chance of 2^-128.
package struct StateDigest: Equatable, Sendable {
    /// Which tables, rows and hashes went in; later software keeps the code of older versions.
    package static let version: UInt16 = 1

    package let value: Hash128
    /// Rows it covers.
    package let rowCount: UInt64

    /// A digest that was told.
    package init(value: Hash128, rowCount: UInt64) {
        self.value = value
        self.rowCount = rowCount
    }
}

extension LedgerState {
    /// The digest of everything the state knows. Costs nothing that grows: every table keeps its own up to
    /// date.
    package var digest: StateDigest {
        var hasher = RowHasher(table: TableNumber(raw: 0))
        var rowCount: UInt64 = 0
        for (table, digest) in tableDigests {
            hasher.combine(UInt64(table.raw))
            hasher.combine(digest.rowCount)
            hasher.combine(UInt64(truncatingIfNeeded: digest.sum))
            hasher.combine(UInt64(truncatingIfNeeded: digest.sum >> 64))
            rowCount += digest.rowCount
        }
        hasher.combine(UInt64(shard.number))
        hasher.combine(core.next.raw)
        hasher.combine(core.time)
        hasher.combine(UInt64(core.merchantCount) << 32 | UInt64(core.acquirerCount))
        hasher.combine(core.refundPartCount)
        // Of the secret only what tells nobody what it is.
        hasher.combine(toldHash(.none, 0))
        var visitor = RowHashVisitor(hasher)
        var settings = settings
        settings.visitFields(&visitor)
        core.holdSpans.digest(into: &visitor.hasher)
        let sum = visitor.hasher.finish()
        return StateDigest(
            value: Hash128(low: UInt64(truncatingIfNeeded: sum), high: UInt64(truncatingIfNeeded: sum >> 64)),
            rowCount: rowCount)
    }

    /// In the order of their numbers.
    private var tableDigests: [(TableNumber, TableDigest)] {
        [
            (.accounts, accounts.digest), (.merchants, merchants.digest), (.terms, terms.digest),
            (.acquirers, acquirers.digest), (.payments, payments.digest), (.captures, captures.digest),
            (.batches, batches.digest), (.openBatches, openBatches.digest), (.reversals, reversals.digest),
            (.keys, keys.recentDigest), (.pendingKeys, keys.pendingDigest), (.awaited, awaited.digest),
            (.holds, holds.digest), (.refunds, refunds.digest), (.refundParts, refundParts.digest),
            (.disputes, disputes.digest), (.exceptions, exceptions.digest), (.payouts, payouts.digest),
            (.reserves, reserves.digest), (.corrections, corrections.digest),
            (.captureCalls, captureCalls.digest), (.riskWindows, risk.digest),
            (.lateApprovals, lateApprovals.digest), (.monthBalances, monthBalances.digest),
            (.batchRefunds, batchRefunds.digest), (.told, told.digest),
            (.apiKeys, apiKeys.digest),
        ]
    }
}
