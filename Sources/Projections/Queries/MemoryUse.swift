import Ledger

extension LedgerState {
    /// Bytes taken from the system for the rows and indexes of all tables, unused ones included. A machine's
    /// own affair.
    package mutating func memoryUse() -> UInt64 {
        var use = MemoryUse()
        visitParts(&use)
        return use.byteCount
    }
}

private struct MemoryUse: PartVisitor {
    var byteCount: UInt64 = 0

    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) {
        byteCount += UInt64(table.rowByteCount + table.indexByteCount)
    }
    mutating func keys(_ keys: inout KeyBook) { byteCount += UInt64(keys.byteCount) }
    mutating func risk(_ risk: inout RiskWindows) { byteCount += UInt64(risk.byteCount) }
    mutating func due(_ due: inout DueHeap<DueEntry>) {}
}
