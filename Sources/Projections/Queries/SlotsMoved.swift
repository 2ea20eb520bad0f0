import Ledger

extension LedgerState {
    /// Slots that all indexes together have moved since the beginning, to see what one command makes them
    /// move. Looks at every table: not for each command of a server.
    package mutating func slotsMoved() -> UInt64 {
        var counter = SlotCounter()
        visitParts(&counter)
        return counter.count
    }
}

private struct SlotCounter: PartVisitor {
    var count: UInt64 = 0

    mutating func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    mutating func table<Row: TableRow>(_ table: inout Table<Row>) { count += table.slotsMoved }
    mutating func keys(_ keys: inout KeyBook) {
        count += keys.recentIndex.slotsMoved + keys.pendingIndex.slotsMoved + keys.pending.rows.slotsMoved
    }
    mutating func risk(_ risk: inout RiskWindows) {
        count += risk.running.slotsMoved + risk.before.slotsMoved
    }
    mutating func due(_ due: inout DueHeap<DueEntry>) {}
}
