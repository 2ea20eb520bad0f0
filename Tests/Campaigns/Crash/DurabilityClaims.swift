import LogStore
import Simulation

/// What a disk claims to be durable, found without the log's own recovery: the highest count that a
/// superblock, a watermark, a frame's header, a manifest or a signed checkpoint names.
///
/// Taken from the disk as a running system shows it, synced or not: whoever reads there may believe it.
enum DurabilityClaims {
    static func highest(on disk: SimulatedDisk) -> (count: UInt64, source: String) {
        var highest: (count: UInt64, source: String) = (0, "nothing")
        let paths = ShardPaths(shard: 0)
        for path in disk.paths {
            guard let bytes = disk.bytes(of: path) else { continue }
            let claim: UInt64
            if path == paths.superblock {
                claim =
                    SuperblockStore<SimulatedStorage>.choose(from: bytes, path: path).winner?.durableSequence
                    ?? 0
            } else if path == paths.watermark {
                claim = watermark(bytes)
            } else if path.name.hasSuffix(".wal") {
                claim = frames(bytes)
            } else if path.name == "PARTITION" {
                claim = sealed(bytes)
            } else if path == paths.checkpoint {
                claim = checkpoint(bytes)
            } else {
                continue
            }
            if claim > highest.count { highest = (claim, path.description) }
        }
        return highest
    }

    private static func watermark(_ bytes: [UInt8]) -> UInt64 {
        pages(of: bytes).map { start in
            decode(bytes, start..<start + WatermarkSlot.byteCount) { (span) throws(DecodingFailure) in
                try WatermarkSlot(decoding: span)
            }?.durableSequence ?? 0
        }.max() ?? 0
    }

    /// Headers of this file wherever they stand: more than a careful reader would accept.
    private static func frames(_ bytes: [UInt8]) -> UInt64 {
        let file = decode(bytes, 0..<FileHeader.byteCount) { (span) throws(DecodingFailure) in
            try FileHeader(decoding: span)
        }
        return pages(of: bytes).dropFirst().map { start in
            let frame = decode(bytes, start..<start + FrameHeader.byteCount) {
                (span) throws(DecodingFailure) in
                try FrameHeader(decoding: span)
            }
            return frame?.fileUUID == file?.fileUUID ? frame?.durableSequence ?? 0 : 0
        }.max() ?? 0
    }

    private static func sealed(_ bytes: [UInt8]) -> UInt64 {
        decode(bytes, 0..<bytes.count) { (span) throws(DecodingFailure) in
            try PartitionManifest(decoding: span)
        }?.entries.last?.sequences.upperBound ?? 0
    }

    /// The tree size, the second line of the note.
    static func checkpoint(_ bytes: [UInt8]) -> UInt64 {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.count > 1 ? UInt64(String(decoding: lines[1], as: UTF8.self)) ?? 0 : 0
    }

    private static func pages(of bytes: [UInt8]) -> [Int] {
        Array(
            stride(
                from: 0, to: bytes.count - bytes.count % AlignedBuffer.alignment, by: AlignedBuffer.alignment)
        )
    }

    /// nil if the bytes are not one: then they claim nothing.
    private static func decode<Value>(
        _ bytes: [UInt8], _ range: Range<Int>, _ body: (RawSpan) throws(DecodingFailure) -> Value
    ) -> Value? {
        guard range.upperBound <= bytes.count else { return nil }
        do throws(DecodingFailure) {
            return try bytes.withRawSpan { (span) throws(DecodingFailure) in try body(span.extracting(range))
            }
        } catch {
            return nil
        }
    }
}
