public import Invariants

/// First in, first out: rows appended at the tail, dropped at the head, read and changed in between.
///
/// A row's *position* counts from the first row ever and only grows, so it stays valid while the row lives.
/// Rows lie in blocks that never move; a block all of whose rows were dropped becomes the next one at the
/// tail, or is freed if there is one in reserve already. The list of blocks is itself a ring, doubled when
/// full.
///
/// With a `HashIndex` beside it a ring is a table in order of age: `number(of:)` and `position(of:)` turn
/// positions into row numbers and back, which works for fewer than 2^32 rows at a time.
@safe public struct Ring<Row: TableRow>: ~Copyable {
    /// The block with ordinal n is at n modulo the capacity, a power of two.
    @usableFromInline var directory: UnsafeMutablePointer<UnsafeMutablePointer<Row>>
    @usableFromInline var directoryCapacity = 8
    /// Blocks with ordinals `firstChunk..<endChunk` are allocated.
    @usableFromInline var firstChunk: UInt64 = 0
    @usableFromInline var endChunk: UInt64 = 0
    @usableFromInline var head: UInt64 = 0
    @usableFromInline var tail: UInt64 = 0
    @usableFromInline var runningDigest = TableDigest()

    @usableFromInline var isJournalOpen = false
    @usableFromInline var journal: [Change] = []
    @usableFromInline var positionsBefore: Range<UInt64> = 0..<0
    @usableFromInline var digestBefore = TableDigest()

    /// A position and the row that was there.
    @usableFromInline struct Change: BitwiseCopyable {
        @usableFromInline var row: Row
        @usableFromInline var position: UInt64

        @inlinable init(row: Row, position: UInt64) {
            self.row = row
            self.position = position
        }
    }

    /// An empty ring.
    @inlinable public init() {
        // SAFETY: freed in `deinit`; an entry is initialized before it is read.
        unsafe directory = .allocate(capacity: 8)
    }

    @inlinable deinit {
        for ordinal in firstChunk..<endChunk {
            // SAFETY: blocks of this range are allocated; rows are trivial.
            unsafe UnsafeMutableRawPointer(directory[Int(ordinal) & (directoryCapacity - 1)]).deallocate()
        }
        // SAFETY: allocated in `init` or `addChunk`.
        unsafe directory.deallocate()
    }

    /// The position of the oldest row; `endPosition` if there is none.
    @inlinable public var firstPosition: UInt64 { head }
    /// The position the next row gets.
    @inlinable public var endPosition: UInt64 { tail }
    /// Of all rows, always up to date.
    @inlinable public var digest: TableDigest { runningDigest }
    /// Rows in it.
    @inlinable public var count: Int { Int(truncatingIfNeeded: endPosition &- firstPosition) }

    /// Bytes taken from the system, a block in reserve included.
    public var byteCount: Int {
        Int(endChunk - firstChunk) * Chunk.byteCount(of: Row.self)
            + directoryCapacity * MemoryLayout<UInt>.stride
    }

    /// The row at a position from `firstPosition` to before `endPosition`.
    @inlinable public subscript(position: UInt64) -> Row {
        @inline(__always) get {
            checkPosition(position)
            // SAFETY: rows between first and end exist.
            return unsafe address(of: position).pointee
        }
    }

    /// Adds a row at the tail and returns its position.
    @inlinable @discardableResult
    public mutating func append(_ row: Row) -> UInt64 {
        let position = endPosition
        if position >> UInt64(Chunk.shift) == endChunk { addChunk() }
        // SAFETY: its block was just seen to exist.
        unsafe address(of: position).initialize(to: row)
        tail = position + 1
        runningDigest.add(row)
        return position
    }

    /// Puts `row` in place of the one at `position`, which has the same key.
    @inlinable public mutating func update(_ position: UInt64, _ row: Row) {
        let old = self[position]
        invariant(old.key == row.key, "position \(position) of \(old.key) given to \(row.key)")
        // SAFETY: the position was checked by reading it.
        unsafe address(of: position).pointee = row
        runningDigest.replace(old, with: row)
        if isJournalOpen { remember(old, at: position) }
    }

    /// Drops the oldest row and returns it; nil if there is none.
    @inlinable public mutating func dropFirst() -> Row? {
        guard firstPosition < endPosition else { return nil }
        let row = self[firstPosition]
        runningDigest.subtract(row)
        head += 1
        // Undoing would need the block.
        if !isJournalOpen, firstPosition & UInt64(Chunk.mask) == 0 { recycleChunks() }
        return row
    }

    /// The row number an index keeps for a position.
    @inlinable public func number(of position: UInt64) -> RowNumber {
        checkPosition(position)
        return RowNumber(raw: UInt32(truncatingIfNeeded: position))
    }

    /// The position of a row that is in the ring.
    @inlinable public func position(of number: RowNumber) -> UInt64 {
        firstPosition + UInt64(number.raw &- UInt32(truncatingIfNeeded: firstPosition))
    }

    @inlinable @inline(__always)
    func checkPosition(_ position: UInt64) {
        // Positions before the first wrap around to large numbers.
        invariant(
            position &- firstPosition < endPosition &- firstPosition,
            "position \(position) of \(firstPosition)..<\(endPosition)")
    }

    /// - Precondition: the block of `position` is allocated.
    @inlinable @inline(__always)
    func address(of position: UInt64) -> UnsafeMutablePointer<Row> {
        let ordinal = Int(truncatingIfNeeded: position >> UInt64(Chunk.shift))
        // SAFETY: by the precondition, and at most `directoryCapacity` blocks are allocated at a time.
        return unsafe directory[ordinal & (directoryCapacity - 1)]
            + Int(truncatingIfNeeded: position & UInt64(Chunk.mask))
    }

    @inlinable @inline(never)
    mutating func remember(_ row: Row, at position: UInt64) {
        journal.append(Change(row: row, position: position))
    }

    @usableFromInline @inline(never)
    mutating func addChunk() {
        if Int(endChunk - firstChunk) == directoryCapacity { doubleDirectory() }
        // SAFETY: the entry belongs to no other allocated block.
        unsafe (directory + Int(endChunk) & (directoryCapacity - 1)).initialize(
            to: Chunk.allocate(of: Row.self))
        endChunk += 1
    }

    private mutating func doubleDirectory() {
        let capacity = 2 * directoryCapacity
        // SAFETY: every allocated block's address is copied to the place of its ordinal, before it is read.
        let larger = UnsafeMutablePointer<UnsafeMutablePointer<Row>>.allocate(capacity: capacity)
        for ordinal in firstChunk..<endChunk {
            let address = unsafe directory[Int(ordinal) & (directoryCapacity - 1)]
            unsafe (larger + Int(ordinal) & (capacity - 1)).initialize(to: address)
        }
        unsafe directory.deallocate()
        unsafe directory = larger
        directoryCapacity = capacity
    }

    /// Gives the blocks before the oldest row to the tail, or back to the system if one is in reserve there.
    @inlinable @inline(never)
    mutating func recycleChunks() {
        while firstChunk < firstPosition >> UInt64(Chunk.shift) {
            // SAFETY: an allocated block; from here on its ordinal is outside `firstChunk..<endChunk`.
            let block = unsafe directory[Int(firstChunk) & (directoryCapacity - 1)]
            firstChunk += 1
            if endChunk << UInt64(Chunk.shift) > endPosition + UInt64(Chunk.elementCount) {
                unsafe UnsafeMutableRawPointer(block).deallocate()
            } else {
                // The ring of blocks has room: one just left.
                unsafe (directory + Int(endChunk) & (directoryCapacity - 1)).initialize(to: block)
                endChunk += 1
            }
        }
    }
}

// The memory has one owner and goes wherever the owner goes.
extension Ring: @unchecked Sendable {}

extension Ring: IndexedRows {
    @inlinable public func key(at number: RowNumber) -> UInt64 { self[position(of: number)].key }
}

extension Ring: Journaled {
    @inlinable public mutating func openJournal() {
        invariant(!isJournalOpen, "a journal is open already")
        isJournalOpen = true
        positionsBefore = firstPosition..<endPosition
        digestBefore = digest
    }

    /// Positions dropped since the journal was opened, of rows older than it: an index takes their keys back
    /// after undoing.
    public var droppedPositions: Range<UInt64> {
        positionsBefore.lowerBound..<min(firstPosition, positionsBefore.upperBound)
    }

    /// Positions appended since the journal was opened and still there: an index drops their keys before
    /// undoing.
    public var appendedPositions: Range<UInt64> {
        max(firstPosition, positionsBefore.upperBound)..<endPosition
    }

    @inlinable public mutating func commitJournal() {
        closeJournal()
        recycleChunks()
    }

    @inlinable public mutating func undoJournal() {
        head = positionsBefore.lowerBound
        for index in journal.indices.reversed() {
            // SAFETY: while the journal was open no block was recycled, so the position's is still there.
            unsafe address(of: journal[index].position).pointee = journal[index].row
        }
        tail = positionsBefore.upperBound
        runningDigest = digestBefore
        closeJournal()
    }

    /// Keeps the journal's memory for the next request.
    @inlinable mutating func closeJournal() {
        invariant(isJournalOpen, "no journal is open")
        isJournalOpen = false
        journal.removeAll(keepingCapacity: true)
    }
}

/// One block of a ring.
@usableFromInline enum Chunk {
    @inlinable static var shift: Int { 14 }
    @inlinable static var elementCount: Int { 1 << shift }
    @inlinable static var mask: Int { elementCount - 1 }

    @usableFromInline
    static func byteCount<Element: BitwiseCopyable>(of type: Element.Type) -> Int {
        MemoryLayout<Element>.stride << shift
    }

    /// Memory for one block, at the start of a cache line; the caller frees it. Not initialized.
    @usableFromInline
    static func allocate<Element: BitwiseCopyable>(of type: Element.Type) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount(of: type), alignment: max(64, MemoryLayout<Element>.alignment))
        // SAFETY: fresh memory of that size, bound to one type for its life.
        return unsafe memory.bindMemory(to: Element.self, capacity: elementCount)
    }
}
