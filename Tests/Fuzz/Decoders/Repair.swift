import LogStore

/// Building blocks of repairs: they change an input so that a decoder's first checks let it pass.
enum Repair {
    /// The CRC-32C of all bytes, its own four counted as zero.
    static func page(_ bytes: inout [UInt8], crcAt offset: Int = 8) {
        guard bytes.count >= offset + 4 else { return }
        let crc = bytes.withRawSpan { ChecksummedPage.crc(of: $0, crcOffset: offset) }
        set(crc, at: offset, in: &bytes)
    }

    /// The CRC-32C of `range`, stored at `offset` outside of it.
    static func crc(_ bytes: inout [UInt8], of range: Range<Int>, at offset: Int) {
        guard bytes.count >= range.upperBound, bytes.count >= offset + 4 else { return }
        let crc = bytes.withRawSpan { CRC32C.of($0.extracting(range)) }
        set(crc, at: offset, in: &bytes)
    }

    static func set<I: FixedWidthInteger & BitwiseCopyable>(
        _ value: I, at offset: Int, in bytes: inout [UInt8]
    ) {
        guard bytes.count >= offset + I.bitWidth / 8 else { return }
        bytes.withMutableRawSpan { $0.set(value, at: offset) }
    }

    static func u32(_ bytes: [UInt8], _ offset: Int) -> Int {
        guard bytes.count >= offset + 4 else { return 0 }
        return bytes.withRawSpan { Int($0.u32(offset)) }
    }

    /// Cuts or fills with zeros.
    static func resize(_ bytes: inout [UInt8], to count: Int) {
        if bytes.count > count {
            bytes.removeLast(bytes.count - count)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
        }
    }

    /// A magic number and other bytes that never vary.
    static func stamp(_ text: StaticString, at offset: Int = 0, in bytes: inout [UInt8]) {
        let stamp = Array(text.description.utf8)
        guard bytes.count >= offset + stamp.count else { return }
        bytes.replaceSubrange(offset..<offset + stamp.count, with: stamp)
    }
}
