import Invariants

/// Writes fields into a caller's bytes, one after the other.
struct FieldWriter: FieldVisitor, ~Copyable, ~Escapable {
    private var bytes: MutableRawSpan
    /// Bytes written so far.
    private(set) var byteCount = 0

    @_lifetime(copy bytes)
    init(_ bytes: consuming MutableRawSpan) { self.bytes = bytes }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        bytes.storeBytes(of: value.littleEndian, toByteOffset: byteCount, as: Value.self)
        byteCount &+= Value.bitWidth / 8
    }

    mutating func integer(_ value: Hash128) {
        integer(value.low)
        integer(value.high)
    }

    /// A length in one byte, and so many bytes.
    mutating func bytes(_ run: RawSpan) {
        invariant(run.byteCount <= 255, "a run of \(run.byteCount) bytes")
        integer(UInt8(run.byteCount))
        for index in 0..<run.byteCount {
            // SAFETY: the index is below the span's count.
            integer(unsafe run.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        }
    }

    @inline(__always)
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        integer(value.fieldBits)
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        integer(value.count)
        for index in 0..<Int(value.count) { integer(value[index]) }
    }
}
