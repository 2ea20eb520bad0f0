/// `scrub`: how far the scrubber has come, and what it found damaged. Rewritten whole after every segment.
///
/// A cache, but for one thing: a segment noted as damaged is read whole by the next open, which refuses until
/// it is good again.
///
///     0    8  magic "HFSCRUB1"
///     8    4  CRC-32C of the file with this field zero
///     12   4  format version, 1
///     16  16  ledger UUID
///     32   8  first sequence of the next segment to read
///     40   8  first sequence of the damaged segment
///     48   8  end sequence of it (half-open); both zero if none is known
package struct ScrubRecord: Sendable, Equatable {
    package var ledger: LogUUID
    package var next: UInt64
    package var damaged: Range<UInt64>?

    package static let byteCount = 56
    private static let magic: UInt64 = 0x3142_5552_4353_4648  // "HFSCRUB1"

    package init(ledger: LogUUID, next: UInt64, damaged: Range<UInt64>? = nil) {
        self.ledger = ledger
        self.next = next
        self.damaged = damaged
    }

    package var encoded: [UInt8] {
        var out = ByteWriter()
        out.u64(Self.magic)
        out.u32(0)
        out.u32(1)
        out.uuid(ledger)
        out.u64(next)
        out.u64(damaged?.lowerBound ?? 0)
        out.u64(damaged?.upperBound ?? 0)
        out.patch(u32: out.bytes.withRawSpan { CRC32C.of($0) }, at: 8)
        return out.bytes
    }

    package init(decoding bytes: RawSpan) throws(DecodingFailure) {
        guard bytes.byteCount == Self.byteCount else {
            throw DecodingFailure("scrub record of \(bytes.byteCount) bytes")
        }
        guard bytes.u64(0) == Self.magic else { throw DecodingFailure("no scrub record magic") }
        let crc = ChecksummedPage.crc(of: bytes, crcOffset: 8)
        guard bytes.u32(8) == crc else {
            throw DecodingFailure("scrub record CRC is \(bytes.u32(8)), computed \(crc)")
        }
        var input = ByteReader(bytes, "scrub record")
        _ = try input.take(12)
        let version = try input.u32()
        guard version == 1 else { throw DecodingFailure("scrub record version \(version)") }
        ledger = try input.uuid()
        next = try input.u64()
        let (first, end) = (try input.u64(), try input.u64())
        guard first <= end else { throw DecodingFailure("damaged are sequences \(first)..<\(end)") }
        damaged = end > 0 ? first..<end : nil
        try input.expectEnd()
    }
}
