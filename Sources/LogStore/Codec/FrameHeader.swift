/// The first 128 bytes of a frame: one group commit, or an idle marker, in a write-ahead file.
///
///     0    4  magic "HFRM"
///     4    4  header CRC-32C over 8…127
///     8    1  type: 1 data, 2 idle marker
///     9    1  flags: bit 0 encrypted
///     10   2  header length, 128
///     12   4  total length with padding, a multiple of 4096
///     16   4  stored length: bytes after the header that are not padding
///     20   4  raw length: event bytes
///     24   4  body CRC-32C over the stored bytes
///     28   4  event count
///     32   8  first sequence
///     40   8  durable sequence: count of events known synced when the frame was built
///     48   8  epoch
///     56   8  ordinal: 1 for a file's first frame, +1 each; the nonce counter
///     64   8  wall time of the commit, information only
///     72   4  own offset / 4096
///     76   4  previous frame's total length / 4096; 0 for a file's first frame
///     80  32  Merkle root over all events before this frame
///     112 16  file UUID
///
/// Every field is implied by the file's state except lengths, counts, times and CRCs; recovery checks each.
package struct FrameHeader: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        case data = 1
        case idleMarker = 2
    }

    package var kind: Kind
    package var isEncrypted: Bool
    package var totalLength: Int
    package var storedLength: Int
    package var rawLength: Int
    package var bodyCRC: UInt32
    package var eventCount: Int
    package var firstSequence: UInt64
    package var durableSequence: UInt64
    package var epoch: UInt64
    package var ordinal: UInt64
    package var wallTime: UInt64
    package var fileOffset: UInt64
    package var previousTotalLength: Int
    package var rootBefore: Hash256
    package var fileUUID: LogUUID

    package static let byteCount = 128
    package static let totalLengthMax = 4 << 20
    private static let magic: UInt32 = 0x4D52_4648  // "HFRM"
    private static let page = AlignedBuffer.alignment

    package init(
        kind: Kind, isEncrypted: Bool, totalLength: Int, storedLength: Int, rawLength: Int, bodyCRC: UInt32,
        eventCount: Int, firstSequence: UInt64, durableSequence: UInt64, epoch: UInt64, ordinal: UInt64,
        wallTime: UInt64, fileOffset: UInt64, previousTotalLength: Int, rootBefore: Hash256,
        fileUUID: LogUUID
    ) {
        self.kind = kind
        self.isEncrypted = isEncrypted
        self.totalLength = totalLength
        self.storedLength = storedLength
        self.rawLength = rawLength
        self.bodyCRC = bodyCRC
        self.eventCount = eventCount
        self.firstSequence = firstSequence
        self.durableSequence = durableSequence
        self.epoch = epoch
        self.ordinal = ordinal
        self.wallTime = wallTime
        self.fileOffset = fileOffset
        self.previousTotalLength = previousTotalLength
        self.rootBefore = rootBefore
        self.fileUUID = fileUUID
    }

    /// The length on disk of a frame with `storedLength` bytes after its header.
    package static func totalLength(storedLength: Int) -> Int {
        (byteCount + storedLength + page - 1) / page * page
    }

    /// Sequence after the frame's last event.
    package var endSequence: UInt64 { firstSequence + UInt64(eventCount) }

    /// Writes everything but the header CRC, with `bodyCRC` as it is: zero while the bytes serve as
    /// authenticated data, final afterwards.
    package func writeFields(to span: inout MutableRawSpan) {
        span.set(Self.magic, at: 0)
        span.set(UInt32(0), at: 4)
        span.set(kind.rawValue, at: 8)
        span.set(UInt8(isEncrypted ? 1 : 0), at: 9)
        span.set(UInt16(Self.byteCount), at: 10)
        span.set(UInt32(totalLength), at: 12)
        span.set(UInt32(storedLength), at: 16)
        span.set(UInt32(rawLength), at: 20)
        span.set(bodyCRC, at: 24)
        span.set(UInt32(eventCount), at: 28)
        span.set(firstSequence, at: 32)
        span.set(durableSequence, at: 40)
        span.set(epoch, at: 48)
        span.set(ordinal, at: 56)
        span.set(wallTime, at: 64)
        span.set(UInt32(fileOffset / UInt64(Self.page)), at: 72)
        span.set(UInt32(previousTotalLength / Self.page), at: 76)
        rootBefore.write(to: &span, at: 80)
        fileUUID.write(to: &span, at: 112)
    }

    /// Writes the whole header, CRC included, to the first 128 bytes.
    package func encode(into span: inout MutableRawSpan) {
        writeFields(to: &span)
        let crc = CRC32C.of(span.bytes.extracting(8..<Self.byteCount))
        span.set(crc, at: 4)
    }

    /// Reads a header from the first 128 bytes, checking everything that needs no context.
    package init(decoding span: RawSpan) throws(DecodingFailure) {
        guard span.byteCount >= Self.byteCount else {
            throw DecodingFailure("frame header needs 128 bytes, \(span.byteCount) left")
        }
        guard span.u32(0) == Self.magic else { throw DecodingFailure("no frame magic") }
        let crc = CRC32C.of(span.extracting(8..<Self.byteCount))
        guard span.u32(4) == crc else {
            throw DecodingFailure("frame header CRC is \(span.u32(4)), computed \(crc)")
        }
        guard let kind = Kind(rawValue: span.u8(8)) else {
            throw DecodingFailure("unknown frame type \(span.u8(8))")
        }
        guard span.u8(9) <= 1 else { throw DecodingFailure("unknown frame flags \(span.u8(9))") }
        guard span.u16(10) == UInt16(Self.byteCount) else {
            throw DecodingFailure("frame header length \(span.u16(10))")
        }
        self.kind = kind
        isEncrypted = span.u8(9) == 1
        totalLength = Int(span.u32(12))
        storedLength = Int(span.u32(16))
        rawLength = Int(span.u32(20))
        bodyCRC = span.u32(24)
        eventCount = Int(span.u32(28))
        firstSequence = span.u64(32)
        durableSequence = span.u64(40)
        epoch = span.u64(48)
        ordinal = span.u64(56)
        wallTime = span.u64(64)
        fileOffset = UInt64(span.u32(72)) * UInt64(Self.page)
        previousTotalLength = Int(span.u32(76)) * Self.page
        rootBefore = Hash256(reading: span, at: 80)
        fileUUID = LogUUID(reading: span, at: 112)
        try checkLengths()
    }

    /// Lengths must agree with each other, so that later arithmetic cannot leave the frame.
    private func checkLengths() throws(DecodingFailure) {
        guard storedLength <= Self.totalLengthMax - Self.byteCount,
            totalLength == Self.totalLength(storedLength: storedLength), totalLength <= Self.totalLengthMax
        else { throw DecodingFailure("frame of \(totalLength) bytes stores \(storedLength)") }
        let overhead = isEncrypted && kind == .data ? AEADCipher.tagByteCount : 0
        guard storedLength == rawLength + overhead else {
            throw DecodingFailure("frame stores \(storedLength) bytes for \(rawLength) raw")
        }
        guard firstSequence <= CounterBound.max, durableSequence <= firstSequence else {
            throw DecodingFailure("frame at sequence \(firstSequence) claims \(durableSequence) durable")
        }
        switch kind {
        case .idleMarker where eventCount != 0 || rawLength != 0:
            throw DecodingFailure("idle marker with \(eventCount) events")
        case .data where eventCount == 0 || rawLength / EventHeader.byteCount < eventCount:
            throw DecodingFailure("\(eventCount) events in \(rawLength) bytes")
        default: break
        }
    }
}
