/// Where a row lies in its table's memory, for as long as it lives; free numbers are used again.
///
/// Numbers differ between machines (a snapshot loads rows in another order), so they never enter an event, a
/// reply, a digest or a snapshot. Inside the state they link rows without a look-up.
public struct RowNumber: Hashable, Sendable, BitwiseCopyable {
    public let raw: UInt32

    @inlinable public init(raw: UInt32) { self.raw = raw }

    /// No row: the end of a list. No table gets that long.
    @inlinable public static var none: Self { Self(raw: .max) }
    @inlinable public var isNone: Bool { raw == .max }

    @inlinable var index: Int { Int(raw) }
}

/// Which table a row is of, in digests. Assigned once, never used again for another table.
public struct TableNumber: Hashable, Sendable, BitwiseCopyable {
    public let raw: UInt32

    @inlinable public init(raw: UInt32) { self.raw = raw }
}

/// What a table keeps: a small value that is copied bit by bit, at best 64 bytes or less.
public protocol TableRow: BitwiseCopyable, Sendable {
    /// The id of what the row is about; no two rows of a table share it, and it never changes.
    var key: UInt64 { get }
    static var table: TableNumber { get }
    /// Gives the hasher the row's content: every field that means something, in a fixed order, on every
    /// machine the same words. No row numbers, no links, nothing that follows from other fields.
    func digest(into hasher: inout RowHasher)
}

/// What an all-or-nothing request needs of each part of the state.
///
/// While its journal is open, a part remembers what is done to it. `commitJournal` forgets, `undoJournal`
/// takes everything back. One journal at a time; each part keeps its own, since parts do not depend on each
/// other's order.
public protocol Journaled: ~Copyable {
    /// Starts to remember. No journal may be open.
    mutating func openJournal()
    /// What was done stays done.
    mutating func commitJournal()
    /// Everything is as it was when the journal was opened.
    mutating func undoJournal()
}
