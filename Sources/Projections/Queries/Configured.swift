package import Ledger

// What people have set up: merchants, their terms, acquirers, spans of holds. Numbers count up: no page
// costs more because there are more of them.
extension LedgerState {
    /// A merchant; nil if there is none with this id.
    package func merchant(_ id: MerchantID) -> MerchantRow? { findMerchant(id).map { merchants[$0] } }

    /// What a merchant pays, by currency number; those that were set.
    package func terms(of merchant: MerchantID) -> [MerchantTermsSet] {
        (0..<1_000).compactMap { number in
            Currency(number: number).flatMap { terms.find(TermsRow.key(merchant, $0)) }
                .map { terms[$0].terms }
        }
    }

    /// All merchants, newest first.
    package func merchants(after cursor: Cursor = .start, limit: Int) -> Page<MerchantRow> {
        countedPage(after: cursor, limit: limit, count: core.merchantCount) { number in
            merchants.find(MerchantID(number: number, shard: shard).raw).map { merchants[$0] }
        }
    }

    /// All acquirers, newest first.
    package func acquirers(after cursor: Cursor = .start, limit: Int) -> Page<AcquirerRow> {
        countedPage(after: cursor, limit: limit, count: core.acquirerCount) { number in
            acquirers.find(AcquirerID(number: number, shard: shard).raw).map { acquirers[$0] }
        }
    }

    /// A page of rows whose keys are ids with numbers from 1 to `count`.
    private func countedPage<Row: TableRow & Sendable>(
        after cursor: Cursor, limit: Int, count: UInt32, row: (UInt32) -> Row?
    ) -> Page<Row> {
        var builder = PageBuilder<Row>(after: cursor, limit: limit)
        // Older than the cursor's, whatever else is in its bits.
        let older = UInt32(truncatingIfNeeded: cursor.raw)
        var number = cursor.isStart ? count : min(count, max(older, 1) - 1)
        // One more than the page has tells whether there is another.
        var left = Self.pageSizeMax + 1
        while number > 0, left > 0 {
            if let found = row(number) { builder.add(found.key, found) }
            (number, left) = (number - 1, left - 1)
        }
        return builder.page
    }

    /// The spans of holds that somebody has set, by network, then initiator.
    package var holdSpansSet: [HoldSpanSet] {
        CardBrand.allCases.flatMap { network in
            Initiator.allCases.compactMap { initiator in
                core.holdSpans.span(network, initiator).map { span in
                    var set = HoldSpanSet()
                    (set.network, set.initiator, set.span) = (network, initiator, span)
                    return set
                }
            }
        }
    }
}
