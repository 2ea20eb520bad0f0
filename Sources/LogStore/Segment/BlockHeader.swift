/// The first 64 bytes of a sealed block.
///
///     0   4  magic              "HFBK"
///     4   4  header CRC-32C     over bytes 8 … 63
///     8   4  stored length      bytes after the header, tag included
///     12  4  raw length         of the events: the length before shuffle and compression
///     16  4  body CRC-32C       over the stored bytes, so that scrubbing needs no key
///     20  2  event count        1 … 256
///     22  1  codec              0 raw, 1 LZ4, 2 column shuffle and LZ4
///     23  1  flags              bit 0: encrypted
///     24  8  first sequence     the block does not cross a multiple of 256
///     32  8  ordinal            nonce; strictly increasing in the file
///     40  8  min time           of the first event
///     48  8  span               last event's time − min time
///     56  8  zero
///     64  …  stored bytes       packed events ‖ raw CRC-32C 4, or the ciphertext of both ‖ tag 16
///
/// The raw CRC (over the raw event bytes) travels inside the body: it catches a codec or memory fault between
/// the events and what was stored, which the body CRC cannot see, and under encryption a checksum of the
/// plain text in the clear would confirm guesses of it.
///
/// Authenticated with the ciphertext: the header with both CRC fields zero ‖ file UUID 16 ‖ file offset 8.
package struct BlockHeader: Sendable, Equatable {
    package enum Codec: UInt8, Sendable {
        case raw = 0
        case lz4 = 1
        case shuffledLZ4 = 2
    }

    package var storedByteCount: Int
    package var rawByteCount: Int
    package var bodyChecksum: UInt32
    package var eventCount: Int
    package var codec: Codec
    package var isEncrypted: Bool
    package var firstSequence: UInt64
    package var ordinal: UInt64
    package var minTime: UInt64
    package var timeSpan: UInt64

    package static let byteCount = 64
    /// Events are grouped by `sequence >> 8`.
    package static let eventCountMax = 256
    package static let rawByteCountMax = eventCountMax * EventHeader.eventBytesMax
    static let magic: UInt32 = 0x4B42_4648
    static let rawChecksumByteCount = 4
    static let authenticatedByteCount = byteCount + 16 + 8

    /// Header and stored bytes.
    package var blockByteCount: Int { Self.byteCount + storedByteCount }

    /// The last event's time.
    package var maxTime: UInt64 { minTime + timeSpan }

    /// Bytes of the stored body that are neither packed events.
    var overheadByteCount: Int {
        Self.rawChecksumByteCount + (isEncrypted ? AEADCipher.tagByteCount : 0)
    }

    package init(
        storedByteCount: Int, rawByteCount: Int, bodyChecksum: UInt32, eventCount: Int, codec: Codec,
        isEncrypted: Bool, firstSequence: UInt64, ordinal: UInt64, minTime: UInt64, timeSpan: UInt64
    ) {
        self.storedByteCount = storedByteCount
        self.rawByteCount = rawByteCount
        self.bodyChecksum = bodyChecksum
        self.eventCount = eventCount
        self.codec = codec
        self.isEncrypted = isEncrypted
        self.firstSequence = firstSequence
        self.ordinal = ordinal
        self.minTime = minTime
        self.timeSpan = timeSpan
    }

    /// Writes the first 64 bytes of `target`.
    package func encode(into target: inout MutableRawSpan) {
        writeFields(to: &target)
        target.set(bodyChecksum, at: 16)
        target.set(CRC32C.of(target.bytes.extracting(8..<Self.byteCount)), at: 4)
    }

    /// Everything but the two CRC fields, which stay zero.
    private func writeFields(to target: inout MutableRawSpan) {
        target.zero(0..<Self.byteCount)
        target.set(Self.magic, at: 0)
        target.set(UInt32(storedByteCount), at: 8)
        target.set(UInt32(rawByteCount), at: 12)
        target.set(UInt16(eventCount), at: 20)
        target.set(codec.rawValue, at: 22)
        target.set(isEncrypted ? 1 as UInt8 : 0, at: 23)
        target.set(firstSequence, at: 24)
        target.set(ordinal, at: 32)
        target.set(minTime, at: 40)
        target.set(timeSpan, at: 48)
    }

    /// Writes the 88 bytes authenticated with the ciphertext.
    func writeAuthenticated(fileUUID: LogUUID, fileOffset: UInt64, to target: inout MutableRawSpan) {
        writeFields(to: &target)
        fileUUID.write(to: &target, at: Self.byteCount)
        target.set(fileOffset, at: Self.byteCount + 16)
    }

    /// Reads the first 64 bytes of `source`; every field is in range and consistent with the others after it.
    package init(decoding source: RawSpan) throws(DecodingFailure) {
        guard source.byteCount >= Self.byteCount else {
            throw DecodingFailure("a block header takes \(Self.byteCount) bytes, found \(source.byteCount)")
        }
        guard source.u32(0) == Self.magic else {
            throw DecodingFailure("no block magic, found \(source.u32(0))")
        }
        let computed = CRC32C.of(source.extracting(8..<Self.byteCount))
        guard source.u32(4) == computed else {
            throw DecodingFailure("block header CRC is \(source.u32(4)), its bytes give \(computed)")
        }
        guard let codec = Codec(rawValue: source.u8(22)), source.u8(23) <= 1, source.u64(56) == 0 else {
            throw DecodingFailure("block codec \(source.u8(22)), flags \(source.u8(23)) or reserved bytes")
        }
        self.init(
            storedByteCount: Int(source.u32(8)), rawByteCount: Int(source.u32(12)),
            bodyChecksum: source.u32(16), eventCount: Int(source.u16(20)), codec: codec,
            isEncrypted: source.u8(23) == 1, firstSequence: source.u64(24), ordinal: source.u64(32),
            minTime: source.u64(40), timeSpan: source.u64(48))
        if let fault { throw DecodingFailure("block header: \(fault)") }
    }

    private var fault: String? {
        guard (1...Self.eventCountMax).contains(eventCount) else { return "\(eventCount) events" }
        let rawRange = (EventHeader.byteCount * eventCount)...(EventHeader.eventBytesMax * eventCount)
        guard rawRange.contains(rawByteCount) else {
            return "\(rawByteCount) raw bytes of \(eventCount) events"
        }
        let packed = storedByteCount - overheadByteCount
        guard codec == .raw ? packed == rawByteCount : (1..<rawByteCount).contains(packed) else {
            return "\(storedByteCount) stored bytes for \(rawByteCount) raw"
        }
        guard Int(firstSequence & 0xFF) + eventCount <= Self.eventCountMax else {
            return "\(eventCount) events from \(firstSequence) cross a multiple of 256"
        }
        guard !minTime.addingReportingOverflow(timeSpan).overflow else {
            return "time \(minTime) and span \(timeSpan) overflow"
        }
        return nil
    }
}
