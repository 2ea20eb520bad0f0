// All or nothing: while the journal is open every table remembers what is done to it.

extension LedgerState {
    /// What is put back as a whole.
    struct Mark {
        var core: LedgerCore
        var byteCount: Int
        var count: Int
    }

    mutating func openJournal() {
        var visitor = OpeningJournals()
        visitParts(&visitor)
    }

    mutating func commitJournal() {
        var visitor = CommittingJournals()
        visitParts(&visitor)
    }

    /// Puts everything back but `core`, which is the caller's `Mark`.
    mutating func undoJournal() {
        var visitor = UndoingJournals()
        visitParts(&visitor)
    }
}

private struct OpeningJournals: PartVisitor {
    func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    func table<Row: TableRow>(_ table: inout Table<Row>) { table.openJournal() }
    func keys(_ keys: inout KeyBook) { keys.openJournal() }
    func risk(_ risk: inout RiskWindows) { risk.openJournal() }
    func due(_ due: inout DueHeap<DueEntry>) { due.openJournal() }
}

private struct CommittingJournals: PartVisitor {
    func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    func table<Row: TableRow>(_ table: inout Table<Row>) { table.commitJournal() }
    func keys(_ keys: inout KeyBook) { keys.commitJournal() }
    func risk(_ risk: inout RiskWindows) { risk.commitJournal() }
    func due(_ due: inout DueHeap<DueEntry>) { due.commitJournal() }
}

private struct UndoingJournals: PartVisitor {
    func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    func table<Row: TableRow>(_ table: inout Table<Row>) { table.undoJournal() }
    func keys(_ keys: inout KeyBook) { keys.undoJournal() }
    func risk(_ risk: inout RiskWindows) { risk.undoJournal() }
    func due(_ due: inout DueHeap<DueEntry>) { due.undoJournal() }
}
