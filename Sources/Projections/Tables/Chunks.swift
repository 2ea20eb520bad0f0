public import Invariants

/// A list in memory blocks that stay where they are: growing it never moves an element.
///
/// The only cost that grows with the size is the list of blocks, eight bytes for 16,384 elements, doubled
/// when full: 24 KiB are copied at 50 million elements. Blocks are taken as elements arrive and kept until
/// the end. Every access is checked against
/// `count`.
///
///     directory ─▶ [ • | • | • |   ]
///                    │   │   └─▶ elements 32,768 …
///                    │   └─▶ elements 16,384 … 32,767
///                    └─▶ elements 0 … 16,383, the first at a multiple of 64 bytes
@safe public struct Chunks<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var directory: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    /// `chunkCount` ≤ `directoryCapacity`.
    @usableFromInline var directoryCapacity = 8
    @usableFromInline var chunkCount = 0
    /// Elements that exist; those below are initialized.
    @usableFromInline var elementCount = 0

    /// An empty list; takes no block before the first element.
    @inlinable public init() {
        // SAFETY: freed in `deinit`; entries below `chunkCount` are initialized before they are read.
        unsafe directory = .allocate(capacity: 8)
    }

    @inlinable deinit {
        for chunk in 0..<chunkCount {
            // SAFETY: allocated in `addChunk`; elements are trivial and need no deinitialization.
            unsafe UnsafeMutableRawPointer(directory[chunk]).deallocate()
        }
        // SAFETY: allocated in `init` or `addChunk`, and nothing refers to it any more.
        unsafe directory.deallocate()
    }

    /// Bytes taken from the system, those not yet used included.
    public var byteCount: Int {
        chunkCount * Chunk.byteCount(of: Element.self)
            + directoryCapacity * MemoryLayout<UInt>.stride
    }

    /// Elements that exist.
    @inlinable public var count: Int { elementCount }

    /// The element at `index`, which must be below `count`.
    @inlinable public subscript(index: Int) -> Element {
        @inline(__always) get {
            checkIndex(index)
            // SAFETY: the element exists, see `address(of:)`.
            return unsafe address(of: index).pointee
        }
        @inline(__always) set {
            checkIndex(index)
            // SAFETY: the element exists, and `self` is held exclusively.
            unsafe address(of: index).pointee = newValue
        }
    }

    /// Adds an element at index `count`.
    @inlinable public mutating func append(_ element: Element) {
        if count == chunkCount << Chunk.shift { addChunk() }
        // SAFETY: its block was just seen to exist.
        unsafe address(of: count).initialize(to: element)
        elementCount += 1
    }

    /// Takes away the last element; its block is kept.
    @inlinable public mutating func removeLast() {
        invariant(count > 0, "nothing to remove")
        elementCount -= 1
    }

    /// Overwrites the first four bytes of an element nobody uses with a number, to link such elements.
    @inlinable mutating func storeLink(_ link: UInt32, at index: Int) {
        checkIndex(index)
        // SAFETY: the element exists; that it has four bytes, aligned, `RowStore.init` has checked.
        unsafe UnsafeMutableRawPointer(address(of: index)).storeBytes(of: link, as: UInt32.self)
    }

    /// The number `storeLink` put there.
    @inlinable func link(at index: Int) -> UInt32 {
        checkIndex(index)
        // SAFETY: as in `storeLink`; any four bytes are a number.
        return unsafe UnsafeRawPointer(address(of: index)).load(as: UInt32.self)
    }

    @inlinable @inline(__always)
    func checkIndex(_ index: Int) {
        if UInt(bitPattern: index) >= UInt(bitPattern: count) {
            Chunk.stopOutOfBounds(index, of: count)
        }
    }

    /// - Precondition: `0 ≤ index < chunkCount · 2^shift`.
    @inlinable @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Element> {
        // SAFETY: by the precondition the block exists, and the rest of the index is below its size.
        unsafe directory[index >> Chunk.shift] + (index & Chunk.mask)
    }

    @usableFromInline @inline(never)
    mutating func addChunk() {
        if chunkCount == directoryCapacity {
            // SAFETY: `chunkCount` entries of the old directory are initialized; they move once.
            let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(
                capacity: 2 * directoryCapacity)
            unsafe larger.moveInitialize(from: directory, count: chunkCount)
            unsafe directory.deallocate()
            unsafe directory = larger
            directoryCapacity *= 2
        }
        // SAFETY: `chunkCount` is below the capacity; `Chunk.allocate` gives memory for a whole block.
        unsafe (directory + chunkCount).initialize(to: Chunk.allocate(of: Element.self))
        chunkCount += 1
    }
}

// The memory has one owner and goes wherever the owner goes.
extension Chunks: @unchecked Sendable {}

/// One block of elements.
@usableFromInline enum Chunk {
    // Out of line, so that its text does not burden every access. A function of plain values: as a method
    // of a generic type that cannot be copied it crashes the optimizer (Swift 6.3.1).
    @usableFromInline @inline(never)
    static func stopOutOfBounds(_ index: Int, of count: Int) -> Never {
        invariantViolated("element \(index) of \(count)")
    }

    @usableFromInline @inline(never)
    static func stopNotReady(_ bucket: Int, of count: Int) -> Never {
        invariantViolated("bucket \(bucket) of \(count) that are ready")
    }

    @usableFromInline @inline(never)
    static func stopNotAlive(_ number: RowNumber, of count: Int) -> Never {
        invariantViolated("row \(number.raw) of \(count) is not alive")
    }

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
