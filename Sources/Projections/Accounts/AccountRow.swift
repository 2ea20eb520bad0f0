package import Ledger

/// The four sums of one account. Sums of what was debited and credited only grow; a balance is a difference.
///
/// None overflows: 2^54 events of twelve legs of 63 bits each come to less than 2^121.
package struct AccountRow: TableRow {
    package let id: AccountID
    package var debitsPosted: UInt128 = 0
    package var creditsPosted: UInt128 = 0
    package var debitsPending: UInt128 = 0
    package var creditsPending: UInt128 = 0

    init(_ id: AccountID) { self.id = id }

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .accounts }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id.raw)
        Self.combine(debitsPosted, &hasher)
        Self.combine(creditsPosted, &hasher)
        Self.combine(debitsPending, &hasher)
        Self.combine(creditsPending, &hasher)
    }

    private static func combine(_ sum: UInt128, _ hasher: inout RowHasher) {
        hasher.combine(UInt64(truncatingIfNeeded: sum))
        hasher.combine(UInt64(truncatingIfNeeded: sum >> 64))
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
