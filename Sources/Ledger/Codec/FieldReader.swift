/// Reads fields from bytes of unknown origin, one after the other; every read and every value is checked.
struct FieldReader: FieldVisitor, ~Copyable, ~Escapable {
    private let bytes: RawSpan
    /// Named in errors; nil for what all of the kind have.
    var subject: FactType?
    /// Whether sequences may be tokens, which are any 64 bits.
    var takesTokens = false
    /// What is read: an event or a command.
    private let kind: StaticString
    private var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, of kind: StaticString = "event") {
        self.bytes = bytes
        self.kind = kind
    }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ name: StaticString, as: Value.Type
    ) throws(EventFormatError) -> Value {
        let size = Value.bitWidth / 8
        guard offset &+ size <= bytes.byteCount else {
            throw error(name, "needs \(size) bytes at \(offset) of \(bytes.byteCount)")
        }
        defer { offset &+= size }
        // SAFETY: bounds are checked above, and integers have no invalid bit patterns.
        return unsafe Value(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    @inline(__always)
    mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value
    ) throws(EventFormatError) {
        let bits = try integer(name, as: Value.Bits.self)
        guard let read = Value(fieldBits: bits) else {
            value = try token(name, UInt64(truncatingIfNeeded: bits))
            return
        }
        value = read
    }

    /// What is no value of its type, but may be a token.
    @inline(never)
    private func token<Value: FieldValue>(
        _ name: StaticString, _ bits: UInt64
    ) throws(EventFormatError) -> Value {
        guard takesTokens, let token = SequenceNumber(raw: bits) as? Value else {
            throw error(name, "is \(bits)")
        }
        return token
    }

    mutating func text<let capacity: Int>(
        _ name: StaticString, _ value: inout Text<capacity>
    ) throws(EventFormatError) {
        let count = try integer(name, as: UInt8.self)
        guard Int(count) <= capacity else { throw error(name, "has \(count) bytes of at most \(capacity)") }
        value = Text()
        for _ in 0..<count {
            let byte = try integer(name, as: UInt8.self)
            guard value.append(byte) else { throw error(name, "has the byte \(byte)") }
        }
    }

    /// An idempotency key: its length in one byte, 1 … 255, and so many bytes of printable ASCII.
    @_lifetime(copy self)
    mutating func key() throws(EventFormatError) -> RawSpan {
        let count = Int(try integer("key", as: UInt8.self))
        guard count > 0 else { throw error("key", "is empty") }
        guard offset &+ count <= bytes.byteCount else {
            throw error("key", "needs \(count) bytes at \(offset) of \(bytes.byteCount)")
        }
        let key = bytes.extracting(offset..<offset &+ count)
        for index in 0..<count {
            // SAFETY: the index is below the span's count.
            let byte = unsafe key.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
            guard byte >= 0x20, byte <= 0x7E else { throw error("key", "has the byte \(byte)") }
        }
        offset &+= count
        return key
    }

    /// What has not been read.
    var rest: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(offset..<bytes.byteCount) }
    }

    func expectEnd() throws(EventFormatError) {
        guard offset == bytes.byteCount else {
            throw error("", "\(bytes.byteCount - offset) bytes too many")
        }
    }

    @inline(never)
    func error(_ field: StaticString, _ problem: String) -> EventFormatError {
        EventFormatError(subject: subject.map { "\($0)" } ?? "\(kind)", field: "\(field)", problem: problem)
    }
}
