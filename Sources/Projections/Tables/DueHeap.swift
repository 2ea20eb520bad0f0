public import Invariants

/// What is due first, in logarithmic time: a heap of four children a node, in one stretch of memory.
///
/// Nothing is removed before its turn. Whoever pops an entry looks at the row it names and drops the entry
/// if it no longer holds, so an entry must carry enough to tell (at least the time the row says now). The
/// order of entries must be total, since entries that are equal come out in no particular order.
///
/// Four children lie in one cache line (of 16-byte entries): the root is at slot 3, the children of slot s
/// from 4 · (s − 2).
///
/// An undone request leaves no entry behind: its ids will be minted again for other things, and refused
/// requests, which no replay sees, must not fill the heap. The journal keeps what each slot held before.
public struct DueHeap<Entry: Comparable & BitwiseCopyable>: ~Copyable {
    @usableFromInline var slots = Region<Entry>()
    @usableFromInline var isJournalOpen = false
    @usableFromInline var journal: [Overwritten] = []
    @usableFromInline var countBefore = 0

    /// A slot and what it held.
    @usableFromInline struct Overwritten: BitwiseCopyable {
        @usableFromInline var entry: Entry
        @usableFromInline var slot: Int

        @inlinable init(entry: Entry, slot: Int) {
            self.entry = entry
            self.slot = slot
        }
    }

    @inlinable static var root: Int { 3 }

    /// An empty heap.
    @inlinable public init() {}

    /// Takes memory for so many entries now.
    public mutating func reserve(_ count: Int) { slots.reserve(count) }

    /// Entries in it, those that no longer hold included.
    @inlinable public var count: Int { max(0, slots.count - Self.root) }

    /// Bytes taken from the system.
    public var byteCount: Int { slots.byteCount }

    /// What is due first.
    @inlinable public var first: Entry? {
        slots.count > Self.root ? slots[Self.root] : nil
    }

    /// Adds an entry.
    @inlinable public mutating func push(_ entry: Entry) {
        // The slots before the root are never looked at.
        while slots.count < Self.root { slots.append(entry) }
        var slot = slots.count
        slots.append(entry)
        while slot > Self.root {
            let parent = slot >> 2 + 2
            let above = slots[parent]
            guard entry < above else { break }
            write(above, at: slot)
            slot = parent
        }
        write(entry, at: slot)
    }

    /// Takes out what is due first.
    @inlinable public mutating func popFirst() -> Entry? {
        guard let first else { return nil }
        let end = slots.count - 1
        let last = slots[end]
        // So that undoing finds what it held.
        if isJournalOpen { remember(last, at: end) }
        slots.removeLast()
        if end > Self.root { sink(last, belowRootOf: end) }
        return first
    }

    /// Puts `entry` where it belongs, from the root downwards, in a heap that ends before slot `end`.
    @inlinable mutating func sink(_ entry: Entry, belowRootOf end: Int) {
        var slot = Self.root
        while true {
            let children = 4 * (slot - 2)
            guard children < end else { break }
            var least = children
            var leastEntry = slots[children]
            for child in children + 1..<max(children + 1, min(children + 4, end)) {
                let candidate = slots[child]
                if candidate < leastEntry {
                    least = child
                    leastEntry = candidate
                }
            }
            guard leastEntry < entry else { break }
            write(leastEntry, at: slot)
            slot = least
        }
        write(entry, at: slot)
    }

    @inlinable @inline(__always)
    mutating func write(_ entry: Entry, at slot: Int) {
        if isJournalOpen { remember(slots[slot], at: slot) }
        slots[slot] = entry
    }

    @inlinable @inline(never)
    mutating func remember(_ entry: Entry, at slot: Int) {
        // Slots beyond the old end held nothing.
        if slot < countBefore { journal.append(Overwritten(entry: entry, slot: slot)) }
    }
}

extension DueHeap: Journaled {
    @inlinable public mutating func openJournal() {
        invariant(!isJournalOpen, "a journal is open already")
        isJournalOpen = true
        countBefore = slots.count
    }

    @inlinable public mutating func commitJournal() { closeJournal() }

    @inlinable public mutating func undoJournal() {
        while slots.count > countBefore { slots.removeLast() }
        // What was popped: any entry holds the place until its own is written back.
        while slots.count < countBefore, let any = journal.last?.entry { slots.append(any) }
        for index in journal.indices.reversed() { slots[journal[index].slot] = journal[index].entry }
        closeJournal()
    }

    /// Keeps the journal's memory for the next request.
    @inlinable mutating func closeJournal() {
        invariant(isJournalOpen, "no journal is open")
        isJournalOpen = false
        journal.removeAll(keepingCapacity: true)
    }
}
