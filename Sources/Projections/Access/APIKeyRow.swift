import Ledger

/// An API key: who may ask for what with it. Never removed, so that the number of a key is its place. 184
/// bytes.
struct APIKeyRow: TableRow {
    /// Where it is found by `publicID`: the lower half of that, or the next place that was free.
    let place: UInt64
    let created: APIKeyCreated
    /// Whose affairs it is for; none: the whole ledger's.
    let merchant: MerchantID
    let createdAt: LedgerTime
    var isRevoked = false

    var key: UInt64 { place }
    static var table: TableNumber { .apiKeys }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(place)
        hasher.combine(merchant)
        hasher.combine(createdAt)
        hasher.combine(UInt64(isRevoked ? 1 : 0))
        var visitor = RowHashVisitor(hasher)
        var created = created
        created.visitFields(&visitor)
        hasher = visitor.hasher
    }
}
