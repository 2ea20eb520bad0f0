public import CHoldfastMemory
public import Invariants

/// A list in one stretch of memory that grows without moving what is in it.
///
/// The stretch is made twice as long whenever it is full, so nobody may keep an address. From 64 KiB on its
/// pages change their address, not their place, and nothing is copied. Pages are taken as elements arrive and
/// kept until the end; from 4 MiB on they are large ones. Every access is checked against `count`.
@safe public struct Region<Element: BitwiseCopyable>: ~Copyable {
    /// The first element, at the start of a page; zeros behind the last.
    @usableFromInline var start: UnsafeMutablePointer<Element>
    /// 0 once others give the memory back.
    @usableFromInline var byteCapacity: Int
    /// Elements there is room for.
    @usableFromInline var capacity: Int
    /// Elements that exist.
    @usableFromInline var elementCount = 0
    /// Elements whose memory was reserved.
    @usableFromInline var touchedCount = 0

    /// An empty list.
    @inlinable public init() {
        byteCapacity = Memory.first
        capacity = Memory.first / MemoryLayout<Element>.stride
        // SAFETY: a fresh stretch of that size, bound to one type for its life; freed in `deinit`.
        unsafe start = Memory.make(Memory.first).bindMemory(to: Element.self, capacity: capacity)
    }

    @inlinable deinit {
        // SAFETY: made in `init` or `grow`; elements are trivial and need no deinitialization.
        if byteCapacity > 0 { unsafe holdfast_memory_free(start, byteCapacity) }
    }

    /// Bytes taken from the system.
    public var byteCount: Int {
        Memory.touched(max(count, touchedCount) * MemoryLayout<Element>.stride, of: byteCapacity)
    }

    /// Elements that exist.
    @inlinable public var count: Int { elementCount }

    /// The element at `index`, which must be below `count`.
    @inlinable public subscript(index: Int) -> Element {
        // Lent, not copied: most look at one field.
        @inline(__always) _read {
            checkIndex(index)
            // SAFETY: the element exists.
            yield unsafe start[index]
        }
        @inline(__always) _modify {
            checkIndex(index)
            // SAFETY: the element exists, and `self` is held exclusively.
            yield unsafe &start[index]
        }
    }

    /// Takes memory for so many elements now.
    public mutating func reserve(_ elements: Int) {
        while capacity < elements { grow() }
        touchedCount = max(touchedCount, elements)
        // SAFETY: below the capacity.
        unsafe holdfast_memory_touch(start, elements * MemoryLayout<Element>.stride)
    }

    /// Adds an element at index `count`.
    @inlinable public mutating func append(_ element: Element) {
        while count == capacity { grow() }
        // SAFETY: there is room, as was just seen.
        unsafe (start + count).initialize(to: element)
        elementCount += 1
    }

    /// Takes away the last element; its memory is kept.
    @inlinable public mutating func removeLast() {
        invariant(count > 0, "nothing to remove")
        elementCount -= 1
    }

    /// Takes away what is at `count` and behind; its memory is kept.
    public mutating func truncate(to count: Int) {
        invariant(count >= 0 && count <= elementCount, "\(count) of \(elementCount) are to be kept")
        elementCount = count
    }

    /// Asks for the lines of the cache that an element lies in, if there is one at `index`.
    @inlinable @inline(__always)
    func prefetch(_ index: Int) {
        if UInt(bitPattern: index) >= UInt(bitPattern: count) { return }
        // SAFETY: addresses inside the stretch, and nothing is read.
        unsafe Memory.prefetch(start + index, MemoryLayout<Element>.stride)
    }

    /// Overwrites the first four bytes of an element nobody uses with a number, to link such elements.
    @inlinable mutating func storeLink(_ link: UInt32, at index: Int) {
        checkIndex(index)
        // SAFETY: the element exists; that it has four bytes, aligned, `RowStore.init` has checked.
        unsafe UnsafeMutableRawPointer(start + index).storeBytes(of: link, as: UInt32.self)
    }

    /// The number `storeLink` put there.
    @inlinable func link(at index: Int) -> UInt32 {
        checkIndex(index)
        // SAFETY: as in `storeLink`; any four bytes are a number.
        return unsafe UnsafeRawPointer(start + index).load(as: UInt32.self)
    }

    @inlinable @inline(__always)
    func checkIndex(_ index: Int) {
        if UInt(bitPattern: index) >= UInt(bitPattern: count) { Memory.stopOutOfBounds(index, of: count) }
    }

    @usableFromInline @inline(never)
    mutating func grow() {
        // SAFETY: the stretch is ours and of that size; from here on its old address is not used.
        let larger = unsafe Memory.grow(start, byteCapacity, to: 2 * byteCapacity)
        byteCapacity *= 2
        capacity = byteCapacity / MemoryLayout<Element>.stride
        unsafe start = larger.bindMemory(to: Element.self, capacity: capacity)
    }
}

// The memory has one owner and goes wherever the owner goes.
extension Region: @unchecked Sendable {}

/// Stretches of memory, and what to do when something is wrong with them.
@usableFromInline enum Memory {
    /// What a list begins with.
    @inlinable static var first: Int { 1 << 10 }
    /// What is mapped, and its unit.
    static var step: Int { Int(HOLDFAST_MEMORY_STEP) }
    static var largePage: Int { Int(HOLDFAST_MEMORY_LARGE_PAGE) }

    /// Zeros.
    @usableFromInline static func make(_ size: Int) -> UnsafeMutableRawPointer {
        // SAFETY: an address, or null, which is looked for.
        guard let memory = unsafe holdfast_memory_make(size) else {
            invariantViolated("the system has no \(size) bytes of address space")
        }
        return unsafe memory
    }

    // SAFETY: unsafe for the caller: `memory` is of `size` bytes, and gone afterwards.
    @unsafe static func grow(
        _ memory: UnsafeMutableRawPointer, _ size: Int, to larger: Int
    ) -> UnsafeMutableRawPointer {
        guard let grown = unsafe holdfast_memory_grow(memory, size, larger) else {
            invariantViolated("the system has no \(larger) bytes of address space")
        }
        return unsafe grown
    }

    /// Bytes of the pages that the first `used` bytes of a stretch lie in.
    static func touched(_ used: Int, of capacity: Int) -> Int {
        if capacity < step { return capacity }
        let page = capacity >= Int(HOLDFAST_MEMORY_LARGE) ? largePage : 4 << 10
        return min(capacity, (used + page - 1) / page * page)
    }

    /// Asks for the lines of a value; the lines of 64 bytes are those of every machine we know.
    @inlinable @inline(__always)
    static func prefetch(_ address: UnsafeRawPointer, _ size: Int) {
        // SAFETY: a hint; nothing is read.
        unsafe holdfast_prefetch(address)
        if size > 64 { unsafe holdfast_prefetch(address + 64) }
        unsafe holdfast_prefetch(address + (size - 1))
    }

    // Out of line, so that its text does not burden every access. Functions of plain values: as methods of a
    // generic type that cannot be copied they crash the optimizer (Swift 6.3.1).
    @usableFromInline @inline(never)
    static func stopOutOfBounds(_ index: Int, of count: Int) -> Never {
        invariantViolated("element \(index) of \(count)")
    }

    @usableFromInline @inline(never)
    static func stopNoBucket(_ bucket: Int, of count: Int) -> Never {
        invariantViolated("bucket \(bucket) of \(count): keys cluster")
    }

    @usableFromInline @inline(never)
    static func stopNotAlive(_ number: RowNumber, of count: Int) -> Never {
        invariantViolated("row \(number.raw) of \(count) is not alive")
    }
}
