/// Reads values from a body of unknown origin, one after the other; every read is checked.
package struct WireCursor: ~Copyable, ~Escapable {
    private let bytes: RawSpan
    package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) { self.bytes = bytes }

    @inline(__always)
    package mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString, as: Value.Type
    ) throws(WireError) -> Value {
        let size = Value.bitWidth / 8
        guard bytes.byteCount &- offset >= size else { throw missing(field, size) }
        defer { offset &+= size }
        // SAFETY: bounds are checked above, and integers have no invalid bit patterns.
        return unsafe Value(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    @inline(__always)
    package mutating func u8(_ field: StaticString) throws(WireError) -> UInt8 {
        try integer(field, as: UInt8.self)
    }
    @inline(__always)
    package mutating func u16(_ field: StaticString) throws(WireError) -> UInt16 {
        try integer(field, as: UInt16.self)
    }
    @inline(__always)
    package mutating func u32(_ field: StaticString) throws(WireError) -> UInt32 {
        try integer(field, as: UInt32.self)
    }
    @inline(__always)
    package mutating func u64(_ field: StaticString) throws(WireError) -> UInt64 {
        try integer(field, as: UInt64.self)
    }

    /// The next `count` bytes, where they lie.
    @_lifetime(copy self)
    package mutating func run(_ field: StaticString, count: Int) throws(WireError) -> RawSpan {
        guard bytes.byteCount &- offset >= count else { throw missing(field, count) }
        defer { offset &+= count }
        return bytes.extracting(offset..<offset &+ count)
    }

    /// The next `count` bytes, copied; not for hot paths.
    package mutating func array(_ field: StaticString, count: Int) throws(WireError) -> [UInt8] {
        let run = try run(field, count: count)
        return (0..<count).map { index in
            // SAFETY: the index is below the span's count.
            unsafe run.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
        }
    }

    /// A text after its length in two bytes.
    package mutating func text(_ field: StaticString, countMax: Int) throws(WireError) -> String {
        let count = Int(try u16(field))
        guard count <= countMax else { throw WireError(field, "has \(count) bytes of at most \(countMax)") }
        let bytes = try array(field, count: count)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WireError(field, "is not UTF-8")
        }
        return text
    }

    /// What has not been read.
    package var rest: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(offset..<bytes.byteCount) }
    }

    package func expectEnd() throws(WireError) {
        guard offset == bytes.byteCount else {
            throw WireError("body", "has \(bytes.byteCount - offset) bytes too many")
        }
    }

    @inline(never)
    private func missing(_ field: StaticString, _ size: Int) -> WireError {
        WireError(field, "needs \(size) bytes at \(offset) of \(bytes.byteCount)")
    }
}

/// What is wrong with the body of a message.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    package let field: String
    package let problem: String

    package init(_ field: StaticString, _ problem: String) {
        self.field = "\(field)"
        self.problem = problem
    }

    package init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    package var description: String { "\(field) \(problem)" }
}
