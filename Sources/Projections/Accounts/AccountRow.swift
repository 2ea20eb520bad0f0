package import Ledger

/// The four sums of one account. Sums of what was debited and credited only grow; a balance is a difference.
///
/// None overflows: 2^54 events of twelve legs of 63 bits each come to less than 2^121.
package struct AccountRow: TableRow {
    package let id: AccountID
    /// When it was touched last. Not in the digest: it is the newest of its months that have a row.
    package internal(set) var month = LedgerMonth.none
    package var debitsPosted: UInt128 = 0
    package var creditsPosted: UInt128 = 0
    package var debitsPending: UInt128 = 0
    package var creditsPending: UInt128 = 0

    init(_ id: AccountID) { self.id = id }

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .accounts }

    @inline(__always)
    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id.raw)
        hasher.combine(UInt64(truncatingIfNeeded: debitsPosted))
        hasher.combine(UInt64(truncatingIfNeeded: creditsPosted))
        hasher.combine(UInt64(truncatingIfNeeded: debitsPending))
        hasher.combine(UInt64(truncatingIfNeeded: creditsPending))
        // The upper halves are zero for decades; that they are left out shows in the count of words.
        guard (debitsPosted | creditsPosted | debitsPending | creditsPending) >> 64 > 0 else { return }
        hasher.combine(UInt64(truncatingIfNeeded: debitsPosted >> 64))
        hasher.combine(UInt64(truncatingIfNeeded: creditsPosted >> 64))
        hasher.combine(UInt64(truncatingIfNeeded: debitsPending >> 64))
        hasher.combine(UInt64(truncatingIfNeeded: creditsPending >> 64))
    }

    /// Posted debits less posted credits.
    package var posted: Int128 { Int128(debitsPosted) - Int128(creditsPosted) }
    /// Pending debits less pending credits.
    package var pending: Int128 { Int128(debitsPending) - Int128(creditsPending) }

    mutating func add(_ leg: Leg) {
        let amount = UInt128(leg.amount.magnitude)
        switch (leg.layer, leg.amount > 0) {
        case (.posted, true): debitsPosted += amount
        case (.posted, false): creditsPosted += amount
        case (.pending, true): debitsPending += amount
        case (.pending, false): creditsPending += amount
        }
    }
}
