import Ledger

extension LedgerState {
    /// Bytes that a row of each table takes, by the name of its type: what there are tens of millions of
    /// must not grow unnoticed.
    package static func rowSizes() -> [String: Int] {
        var sizes = RowSizes()
        var state = LedgerState()
        state.visitParts(&sizes)
        return sizes.bytes
    }
}

private struct RowSizes: PartVisitor {
    var bytes: [String: Int] = [:]

    private mutating func note<Row>(_ type: Row.Type) { bytes["\(type)"] = MemoryLayout<Row>.stride }

    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) { note(Row.self) }
    mutating func keys(_ keys: inout KeyBook) {
        note(KeyRow.self)
        note(PendingKeyRow.self)
    }
    mutating func risk(_ risk: inout RiskWindows) { note(RiskRow.self) }
    mutating func due(_ due: inout DueHeap<DueEntry>) { note(DueEntry.self) }
}
