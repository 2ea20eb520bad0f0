/// Reads fields one after the other from bytes of unknown origin; every read is checked.
///
/// For small structures off the hot path. The name appears in error messages.
package struct ByteReader: ~Escapable {
    package let bytes: RawSpan
    package private(set) var offset = 0
    private let name: String

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, _ name: String) {
        self.bytes = bytes
        self.name = name
    }

    package var remaining: Int { bytes.byteCount - offset }

    /// Claims the next `count` bytes and returns where they start.
    package mutating func take(_ count: Int) throws(DecodingFailure) -> Int {
        guard count >= 0, count <= remaining else {
            throw DecodingFailure("\(name) needs \(count) bytes at \(offset), has \(remaining)")
        }
        defer { offset += count }
        return offset
    }

    package mutating func u8() throws(DecodingFailure) -> UInt8 {
        let start = try take(1)
        return bytes.u8(start)
    }

    package mutating func u16() throws(DecodingFailure) -> UInt16 {
        let start = try take(2)
        return bytes.u16(start)
    }

    package mutating func u32() throws(DecodingFailure) -> UInt32 {
        let start = try take(4)
        return bytes.u32(start)
    }

    package mutating func u64() throws(DecodingFailure) -> UInt64 {
        let start = try take(8)
        return bytes.u64(start)
    }

    package mutating func uuid() throws(DecodingFailure) -> LogUUID {
        let start = try take(16)
        return LogUUID(reading: bytes, at: start)
    }

    package mutating func hash() throws(DecodingFailure) -> Hash256 {
        let start = try take(32)
        return Hash256(reading: bytes, at: start)
    }

    package mutating func month() throws(DecodingFailure) -> Month {
        let number = try u32()
        guard let month = Month(number: number) else {
            throw DecodingFailure("\(name) names month \(number)")
        }
        return month
    }

    /// A four-byte 0 or 1.
    package mutating func flag() throws(DecodingFailure) -> Bool {
        let value = try u32()
        guard value <= 1 else { throw DecodingFailure("\(name) has flag \(value)") }
        return value == 1
    }

    /// Reserved bytes must be zero.
    package mutating func zeros(_ count: Int) throws(DecodingFailure) {
        let start = try take(count)
        guard bytes.extracting(start..<start + count).isZero else {
            throw DecodingFailure("\(name) has reserved bytes at \(start) that are not zero")
        }
    }

    package mutating func array(_ count: Int) throws(DecodingFailure) -> [UInt8] {
        let start = try take(count)
        return bytes.extracting(start..<start + count).array()
    }

    package func expectEnd() throws(DecodingFailure) {
        guard remaining == 0 else { throw DecodingFailure("\(name) has \(remaining) bytes too many") }
    }
}

/// Builds small structures off the hot path, field by field.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    private mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(_ value: I) {
        let start = bytes.count
        zeros(I.bitWidth / 8)
        bytes.withMutableRawSpan { $0.set(value, at: start) }
    }

    package mutating func u8(_ value: UInt8) { bytes.append(value) }
    package mutating func u16(_ value: UInt16) { integer(value) }
    package mutating func u32(_ value: UInt32) { integer(value) }
    package mutating func u64(_ value: UInt64) { integer(value) }
    package mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }
    package mutating func array(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    package mutating func uuid(_ value: LogUUID) {
        let start = bytes.count
        zeros(16)
        bytes.withMutableRawSpan { value.write(to: &$0, at: start) }
    }

    package mutating func hash(_ value: Hash256) {
        let start = bytes.count
        zeros(32)
        bytes.withMutableRawSpan { value.write(to: &$0, at: start) }
    }

    /// Overwrites four bytes, for a checksum that is known last.
    package mutating func patch(u32 value: UInt32, at offset: Int) {
        bytes.withMutableRawSpan { $0.set(value, at: offset) }
    }
}
