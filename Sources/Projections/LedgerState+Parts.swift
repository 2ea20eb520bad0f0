import Ledger

/// Goes over the parts of a state, in the one order they have: a snapshot's, and that of undoing.
protocol PartVisitor: ~Copyable {
    /// What a visit can fail with; `Never` for those that touch memory alone.
    associatedtype Failure: Error

    /// What is in no table.
    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) throws(Failure)
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) throws(Failure)
    mutating func keys(_ keys: inout KeyBook) throws(Failure)
    mutating func risk(_ risk: inout RiskWindows) throws(Failure)
    mutating func due(_ due: inout DueHeap<DueEntry>) throws(Failure)
}

extension LedgerState {
    /// The one list of what there is.
    mutating func visitParts<Visitor: PartVisitor & ~Copyable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.value(&core)
        try visitor.value(&eviction)
        try visitor.table(&accounts)
        try visitor.table(&monthBalances)
        try visitor.table(&merchants)
        try visitor.table(&terms)
        try visitor.table(&acquirers)
        try visitor.table(&payments)
        try visitor.table(&awaited)
        try visitor.table(&holds)
        try visitor.table(&reversals)
        try visitor.table(&lateApprovals)
        try visitor.table(&captures)
        try visitor.table(&captureCalls)
        try visitor.table(&refunds)
        try visitor.table(&refundParts)
        try visitor.table(&batches)
        try visitor.table(&openBatches)
        try visitor.table(&batchRefunds)
        try visitor.table(&disputes)
        try visitor.table(&exceptions)
        try visitor.table(&told)
        try visitor.table(&payouts)
        try visitor.table(&reserves)
        try visitor.table(&corrections)
        try visitor.table(&apiKeys)
        try visitor.keys(&keys)
        try visitor.risk(&risk)
        try visitor.due(&due)
    }
}
