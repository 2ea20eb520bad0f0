import LogStore

/// An unsigned field of a structure.
struct HostileField {
    var offset: Int
    /// Bytes: 1, 2, 4 or 8.
    var width: Int

    static func all(_ width: Int, _ offsets: [Int]) -> [HostileField] {
        offsets.map { HostileField(offset: $0, width: width) }
    }

    /// Extremes, and the neighbours of what stands there.
    func values(in bytes: [UInt8]) -> [UInt64] {
        let ones = width == 8 ? UInt64.max : 1 << (UInt64(width) * 8) - 1
        let present = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
        let half = ones >> 1
        var values: [UInt64] = []
        for value in [ones, ones - 1, half, half + 1, 0, present &+ 1 & ones, present &- 1 & ones]
        where value != present && !values.contains(value) {
            values.append(value)
        }
        return values
    }

    func set(_ value: UInt64, in bytes: inout [UInt8]) {
        for index in 0..<width { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }

    func moved(by distance: Int) -> HostileField { HostileField(offset: offset + distance, width: width) }
}

/// Makes checksums right again.
enum Checksums {
    /// A page, or a whole file, that carries its CRC at 8.
    static func page(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let crc = bytes.withRawSpan { ChecksummedPage.crc(of: $0, crcOffset: 8) }
        bytes.withMutableRawSpan { $0.set(crc, at: 8) }
        return bytes
    }

    static func fileHeader(_ bytes: [UInt8]) -> [UInt8] {
        page(Array(bytes[..<FileHeader.byteCount])) + bytes[FileHeader.byteCount...]
    }

    static func frameHeader(_ bytes: inout [UInt8], at offset: Int) {
        header(&bytes, offset..<offset + FrameHeader.byteCount)
    }

    /// A header whose CRC at 4 covers everything from 8 on.
    static func header(_ bytes: inout [UInt8], _ range: Range<Int>) {
        bytes.withMutableRawSpan {
            $0.set(
                CRC32C.of($0.bytes.extracting(range.lowerBound + 8..<range.upperBound)),
                at: range.lowerBound + 4)
        }
    }

    static func frameBody(_ bytes: inout [UInt8], at offset: Int) {
        bytes.withMutableRawSpan {
            let start = offset + FrameHeader.byteCount
            let stored = Int($0.bytes.u32(offset + 16))
            $0.set(CRC32C.of($0.bytes.extracting(start..<start + stored)), at: offset + 24)
        }
        frameHeader(&bytes, at: offset)
    }

    static func blockBody(_ bytes: inout [UInt8], at offset: Int) {
        bytes.withMutableRawSpan {
            let start = offset + BlockHeader.byteCount
            let stored = Int($0.bytes.u32(offset + 8))
            $0.set(CRC32C.of($0.bytes.extracting(start..<start + stored)), at: offset + 16)
        }
        header(&bytes, offset..<offset + BlockHeader.byteCount)
    }

    /// Signs and checksums a segment's tail.
    static func tail(_ bytes: inout [UInt8], _ key: SigningKey) {
        let start = bytes.count - SegmentTail.byteCount
        bytes.withMutableRawSpan { span in
            let signature = key.sign(span.bytes.extracting(start..<start + SegmentTail.signedByteCount))
            signature.withRawSpan { span.copy(from: $0, at: start + SegmentTail.signedByteCount) }
            span.set(CRC32C.of(span.bytes.extracting(start..<start + 500)), at: start + 500)
        }
    }

    static func keyring(_ bytes: inout [UInt8], _ key: KeyEncryptionKey) {
        let end = bytes.count - 4
        let body = Array(bytes[..<(end - HMACSHA256.byteCount)])
        let code = HMACSHA256.of(body, key: key.authenticationKey)
        bytes.withMutableRawSpan { span in
            code.withRawSpan { span.copy(from: $0, at: body.count) }
            span.set(CRC32C.of(span.bytes.extracting(0..<end)), at: end)
        }
    }
}
