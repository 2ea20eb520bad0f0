internal import CHoldfastLZ4
import LogStore

extension FuzzDecoder {
    static let blockDecoders = [block, blockPacked, columnShuffle]

    /// A sealed block as it lies at offset 4096 of the sample file.
    static let block = FuzzDecoder(
        "block", byteCountMax: 16_384, judge: judgeBlock,
        repair: { bytes in
            guard bytes.count > BlockHeader.byteCount + 4 else { return }
            let end = bytes.count
            Repair.set(UInt32(end - BlockHeader.byteCount), at: 8, in: &bytes)
            if bytes[22] == 0, bytes[23] == 0 {
                Repair.set(UInt32(end - BlockHeader.byteCount - 4), at: 12, in: &bytes)
                Repair.crc(&bytes, of: BlockHeader.byteCount..<end - 4, at: end - 4)
            }
            Repair.crc(&bytes, of: BlockHeader.byteCount..<end, at: 16)
            Repair.crc(&bytes, of: 8..<BlockHeader.byteCount, at: 4)
        },
        samples: {
            [
                try Samples.block(.raw, count: 3), try Samples.block(.lz4, count: 40),
                try Samples.block(.shuffledLZ4, count: 40),
                try Samples.block(.shuffledLZ4, count: 40, encrypted: true),
            ]
        })

    private static let judgeBlock: @Sendable ([UInt8]) -> Bool = { bytes in
        var decoder = BlockDecoder(rawByteCountMax: 1 << 20)
        let isEncrypted = bytes.count > 23 && bytes[23] & 1 == 1
        do throws(DecodingFailure) {
            try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try decoder.decode(
                    span, expecting: nil, fileUUID: Samples.fileUUID, fileOffset: 4096,
                    cipher: isEncrypted ? AEADCipher(key: Samples.secret) : nil)
            }
        } catch {
            invariant(decoder.header == nil && decoder.run.count == 0, "a failed decoder holds events")
            return false
        }
        walk(decoder.run)
        return true
    }

    /// codec 1 · event count 2 · raw length 4 · first sequence 8 · the bytes before LZ4.
    ///
    /// The block around them is made right, raw checksum included: every input reaches the innermost decoder.
    static let blockPacked = FuzzDecoder(
        "block-packed", byteCountMax: 16_384,
        judge: { bytes in
            guard let block = wrap(bytes) else { return false }
            return judgeBlock(block)
        },
        samples: {
            try [BlockHeader.Codec.raw, .lz4, .shuffledLZ4].map { codec in
                let events = Samples.events(60)
                var out = ByteWriter()
                out.u8(codec.rawValue)
                out.u16(59)
                out.u32(UInt32(events.count))
                out.u64(512)
                out.array(codec == .shuffledLZ4 ? try Samples.columns(60) : events)
                return out.bytes
            }
        })

    private static func wrap(_ bytes: [UInt8]) -> [UInt8]? {
        decoded { () throws(DecodingFailure) in
            try bytes.withRawSpan { (span) throws(DecodingFailure) in
                var input = ByteReader(span, "input")
                guard let codec = BlockHeader.Codec(rawValue: try input.u8() % 3) else {
                    throw DecodingFailure("codec")
                }
                let count = 1 + Int(try input.u16()) % 256
                let rawLength = Int(try input.u32()) & 0xF_FFFF
                let first = try input.u64()
                let plain = try input.array(input.remaining)
                return block(around: plain, codec, count: count, rawLength: rawLength, first: first)
            }
        }
    }

    private static func block(
        around plain: [UInt8], _ codec: BlockHeader.Codec, count: Int, rawLength: Int, first: UInt64
    ) -> [UInt8] {
        var raw = plain
        if codec == .shuffledLZ4 {
            var shuffle = ColumnShuffle()
            // Restoring may refuse; then the raw checksum is of no matter.
            _ = accepts(plain) { (span) throws(DecodingFailure) in
                try shuffle.restore(span, count: count, rawByteCount: max(rawLength, 14 * count), into: &raw)
            }
        }
        let rawByteCount = codec == .shuffledLZ4 ? max(rawLength, 14 * count) : plain.count
        var body = codec == .raw ? plain : compress(plain)
        body.append(contentsOf: [0, 0, 0, 0])
        let rawChecksum = raw.withRawSpan { CRC32C.of($0.extracting(0..<min(rawByteCount, raw.count))) }
        Repair.set(rawChecksum, at: body.count - 4, in: &body)
        let times = times(of: raw, count: count)
        let header = BlockHeader(
            storedByteCount: body.count, rawByteCount: rawByteCount,
            bodyChecksum: body.withRawSpan { CRC32C.of($0) }, eventCount: count, codec: codec,
            isEncrypted: false, firstSequence: first & ~0xFF, ordinal: 1, minTime: times.lowerBound,
            timeSpan: times.upperBound - times.lowerBound)
        var block = [UInt8](repeating: 0, count: BlockHeader.byteCount)
        block.withMutableRawSpan { header.encode(into: &$0) }
        return block + body
    }

    /// First and last time if the bytes are a run of events.
    private static func times(of raw: [UInt8], count: Int) -> ClosedRange<UInt64> {
        var (offset, first, last) = (0, 0 as UInt64, 0 as UInt64)
        raw.withRawSpan { span in
            for index in 0..<count {
                guard offset + EventHeader.byteCount <= span.byteCount else { return }
                last = span.u64(offset + 4)
                if index == 0 { first = last }
                offset += EventHeader.byteCount + Int(span.u16(offset + 12))
            }
        }
        return first...max(first, last)
    }

    private static func compress(_ plain: [UInt8]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: plain.count + plain.count / 255 + 16)
        let length = unsafe packed.withUnsafeMutableBytes { target in
            unsafe plain.withUnsafeBytes { source in
                // SAFETY: the target has LZ4's worst-case size for the source.
                unsafe LZ4_compress_default(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count),
                    Int32(target.count))
            }
        }
        return Array(packed.prefix(Int(max(0, length))))
    }

    /// event count 2 · raw length 4 · columns. What the block header promises is kept within its caps.
    static let columnShuffle = FuzzDecoder(
        "column-shuffle", byteCountMax: 16_384,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                var input = ByteReader(span, "input")
                let count = 1 + Int(try input.u16()) % 256
                let rawLength = max(14 * count, Int(try input.u32()) & 0xF_FFFF)
                var shuffle = ColumnShuffle()
                var raw: [UInt8] = []
                try shuffle.restore(
                    span.extracting(input.offset..<span.byteCount), count: count, rawByteCount: rawLength,
                    into: &raw)
                try restoreAgain(raw, count, rawLength)
            }
        },
        samples: {
            try [1, 20, 200].map { count in
                var out = ByteWriter()
                out.u16(UInt16(count - 1))
                out.u32(UInt32(Samples.events(count).count))
                out.array(try Samples.columns(count))
                return out.bytes
            }
        })

    /// What was restored comes back from a second turn through the columns.
    private static func restoreAgain(
        _ raw: [UInt8], _ count: Int, _ rawLength: Int
    ) throws(DecodingFailure) {
        try raw.withRawSpan { (span) throws(DecodingFailure) in
            let events = span.extracting(0..<rawLength)
            let run = try EventRun(validating: events, count: count, firstSequence: 0)
            var shuffle = ColumnShuffle()
            var (columns, again): ([UInt8], [UInt8]) = ([], [])
            let length = shuffle.shuffle(run, into: &columns)
            try columns.withRawSpan { (columns) throws(DecodingFailure) in
                try shuffle.restore(
                    columns.extracting(0..<length), count: count, rawByteCount: rawLength, into: &again)
            }
            expectSame(Array(again.prefix(rawLength)), events, "columns")
        }
    }
}
