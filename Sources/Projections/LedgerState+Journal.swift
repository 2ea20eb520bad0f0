// All or nothing: while the journal is open every table remembers what is done to it.

extension LedgerState {
    /// What is put back as a whole.
    struct Mark {
        var core: LedgerCore
        var byteCount: Int
        var count: Int
    }

    mutating func openJournal() { takeJournals(.open) }

    mutating func commitJournal() { takeJournals(.commit) }

    /// Puts everything back but `core`, which is the caller's `Mark`.
    mutating func undoJournal() { takeJournals(.undo) }

    private mutating func takeJournals(_ step: JournalStep) {
        var visitor = JournalVisitor(step: step)
        visitParts(&visitor)
    }
}

private enum JournalStep { case open, commit, undo }

/// Takes one step with the journal of every part that has one.
private struct JournalVisitor: PartVisitor {
    let step: JournalStep

    /// The caller's `Mark`, or a machine's own affair.
    func value<Value: BitwiseCopyable>(_ value: inout Value) {}
    func table<Row: TableRow>(_ table: inout Table<Row>) { take(&table) }
    func keys(_ keys: inout KeyBook) { take(&keys) }
    func risk(_ risk: inout RiskWindows) { take(&risk) }
    func due(_ due: inout DueHeap<DueEntry>) { take(&due) }

    @inline(__always)
    private func take<Part: Journaled & ~Copyable>(_ part: inout Part) {
        switch step {
        case .open: part.openJournal()
        case .commit: part.commitJournal()
        case .undo: part.undoJournal()
        }
    }
}
