// The one place where integers meet bytes. Everything is little-endian; every access is bounds-checked.

extension RawSpan {
    /// The integer at `offset`, which with its width must lie inside the span.
    @inline(__always)
    package func integer<I: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: I.Type) -> I {
        // SAFETY: `unsafeLoadUnaligned` checks bounds; it is unsafe only for types with invalid bit patterns,
        // which integers do not have.
        unsafe I(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: I.self))
    }

    @inline(__always) package func u8(_ offset: Int) -> UInt8 { integer(at: offset, as: UInt8.self) }
    @inline(__always) package func u16(_ offset: Int) -> UInt16 { integer(at: offset, as: UInt16.self) }
    @inline(__always) package func u32(_ offset: Int) -> UInt32 { integer(at: offset, as: UInt32.self) }
    @inline(__always) package func u64(_ offset: Int) -> UInt64 { integer(at: offset, as: UInt64.self) }

    /// Whether every byte is zero.
    package var isZero: Bool {
        var offset = 0
        while offset &+ 8 <= byteCount {
            if u64(offset) != 0 { return false }
            offset &+= 8
        }
        while offset < byteCount {
            if u8(offset) != 0 { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether both spans hold the same bytes.
    package func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset &+ 8 <= byteCount {
            if u64(offset) != other.u64(offset) { return false }
            offset &+= 8
        }
        while offset < byteCount {
            if u8(offset) != other.u8(offset) { return false }
            offset &+= 1
        }
        return true
    }

    /// A copy as an array; not for hot paths.
    package func array() -> [UInt8] {
        var copy = [UInt8](repeating: 0, count: byteCount)
        copy.withMutableRawSpan { $0.copy(from: self, at: 0) }
        return copy
    }
}

extension MutableRawSpan {
    /// Stores an integer at `offset`, which with its width must lie inside the span.
    @inline(__always)
    package mutating func set<I: FixedWidthInteger & BitwiseCopyable>(_ value: I, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: I.self)
    }

    /// Copies all of `source` to `offset`.
    @inline(__always)
    package mutating func copy(from source: RawSpan, at offset: Int) {
        invariant(
            offset >= 0 && source.byteCount <= byteCount - offset,
            "copy of \(source.byteCount) bytes to \(offset) leaves a span of \(byteCount)")
        unsafe withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                // SAFETY: the bounds are checked above; a mutable span cannot overlap a borrowed one.
                unsafe (to + offset).copyMemory(from: from, byteCount: source.count)
            }
        }
    }

    /// Zeroes `range`.
    package mutating func zero(_ range: Range<Int>) {
        invariant(range.lowerBound >= 0 && range.upperBound <= byteCount, "zero \(range) of \(byteCount)")
        unsafe withUnsafeMutableBytes { target in
            // SAFETY: the range is checked above.
            _ = unsafe UnsafeMutableRawBufferPointer(rebasing: target[range]).initializeMemory(
                as: UInt8.self, repeating: 0)
        }
    }
}

extension [UInt8] {
    /// Borrows the bytes as a raw span.
    @inline(__always)
    package func withRawSpan<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        try body(unsafe span.bytes)
    }

    /// Borrows the bytes as a mutable raw span.
    @inline(__always)
    package mutating func withMutableRawSpan<Result, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var elements = mutableSpan
        // SAFETY: as above.
        var bytes = unsafe elements.mutableBytes
        return try body(&bytes)
    }
}
