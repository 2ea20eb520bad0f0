package import Ledger

/// Fields one after the other, little-endian, at the end of a caller's bytes.
struct PackWriter {
    var bytes: [UInt8]

    mutating func field<Value: FieldValue>(_ value: Value) {
        var bits = value.fieldBits
        for _ in 0..<Value.Bits.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            if Value.Bits.bitWidth > 8 { bits >>= 8 }
        }
    }
}

/// Reads fields back from bytes of unknown origin; every read and every value is checked.
struct PackReader: ~Escapable {
    private let bytes: RawSpan
    private(set) var offset: Int

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    var remaining: Int { bytes.byteCount - offset }

    mutating func field<Value: FieldValue>(_ type: Value.Type) throws(PackedPaymentError) -> Value {
        let bits = try integer(Value.Bits.self)
        guard let value = Value(fieldBits: bits) else { throw .malformed(at: offset) }
        return value
    }

    mutating func integer<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ type: Bits.Type
    ) throws(PackedPaymentError) -> Bits {
        let width = Bits.bitWidth / 8
        guard width <= remaining else { throw .malformed(at: offset) }
        defer { offset += width }
        // SAFETY: inside the span, as just checked; integers have no invalid bit patterns.
        return unsafe Bits(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Bits.self))
    }

    /// A raw value of an enumeration.
    mutating func word<Word: RawRepresentable>(
        _ type: Word.Type
    ) throws(PackedPaymentError) -> Word where Word.RawValue == UInt8 {
        guard let word = Word(rawValue: try integer(UInt8.self)) else { throw .malformed(at: offset) }
        return word
    }
}

/// The last eight bytes of a packed payment: half of the 128-bit row hash over all bytes before them, eight a
/// word, the last word filled up with zeros.
enum PackChecksum {
    static func of(_ bytes: [UInt8], from start: Int) -> UInt64 {
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        unsafe of(bytes.span.bytes.extracting(start..<bytes.count))
    }

    static func of(_ bytes: RawSpan) -> UInt64 {
        var hasher = RowHasher(table: .payments)
        var offset = 0
        while offset + 8 <= bytes.byteCount {
            // SAFETY: inside the span, as just checked.
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hasher.combine(UInt64(littleEndian: word))
            offset += 8
        }
        var last: UInt64 = 0
        for index in offset..<bytes.byteCount {
            // SAFETY: as above.
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            last |= UInt64(byte) << UInt64(8 * (index - offset))
        }
        hasher.combine(last)
        hasher.combine(UInt64(bytes.byteCount))
        return UInt64(truncatingIfNeeded: hasher.finish())
    }
}

/// Why a packed payment does not come back. Nothing has changed then.
package enum PackedPaymentError: Error, Equatable, Sendable {
    /// Of a version this software does not know.
    case unknownVersion(UInt16)
    /// The bytes are not those that were packed.
    case wrongChecksum
    /// They have the right checksum and make no sense: who made them?
    case malformed(at: Int)
    /// They are another payment's.
    case otherPayment(PaymentID)
    /// It, or a row of it, is in memory.
    case isInMemory(PaymentID)
    /// Its rows are not among those that left the memory of this state.
    case neverLeft(PaymentID)
    /// It names a batch or a merchant that this state does not have.
    case unknownOwner(PaymentID)
}

/// Payments on their way out of the memory, one after the other in one buffer that is used again.
package struct PackedPayments {
    /// All of them.
    package internal(set) var bytes: [UInt8] = []
    /// Which, and where in `bytes`.
    package internal(set) var entries: [(id: PaymentID, range: Range<Int>)] = []

    /// A larger one stays in memory: few payments have that many refunds.
    package static let byteCountMax = 16_384

    /// An empty buffer.
    package init() {}

    /// Empties it and keeps its memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }
}
