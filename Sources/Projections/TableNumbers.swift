// Which table a row is of, in digests. Never reused; a table that goes leaves its number behind.
extension TableNumber {
    static let accounts = TableNumber(raw: 1)
    static let merchants = TableNumber(raw: 2)
    static let terms = TableNumber(raw: 3)
    static let acquirers = TableNumber(raw: 4)
    static let payments = TableNumber(raw: 5)
    static let captures = TableNumber(raw: 6)
    static let batches = TableNumber(raw: 7)
    static let openBatches = TableNumber(raw: 8)
    static let reversals = TableNumber(raw: 9)
}
