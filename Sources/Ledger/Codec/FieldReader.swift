/// Reads fields from bytes of unknown origin, one after the other; every read and every value is checked.
struct FieldReader: FieldVisitor, ~Copyable, ~Escapable {
    private let bytes: RawSpan
    /// Named in errors; nil for what all events have.
    var subject: FactType?
    private var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

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
        guard let read = Value(fieldBits: bits) else { throw error(name, "is \(bits)") }
        value = read
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

    func expectEnd() throws(EventFormatError) {
        guard offset == bytes.byteCount else {
            throw error("", "\(bytes.byteCount - offset) bytes too many")
        }
    }

    @inline(never)
    func error(_ field: StaticString, _ problem: String) -> EventFormatError {
        EventFormatError(subject: subject.map { "\($0)" } ?? "event", field: "\(field)", problem: problem)
    }
}
