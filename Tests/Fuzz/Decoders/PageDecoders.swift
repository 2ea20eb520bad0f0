import LogStore

extension FuzzDecoder {
    static let pageDecoders = [fileHeader, frameHeader, superblock, watermark, manifest, scrubRecord]

    static let fileHeader = FuzzDecoder(
        "file-header",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let header = try FileHeader(decoding: span)
                var again = [UInt8](repeating: 0xEE, count: FileHeader.byteCount)
                again.withMutableRawSpan { header.encode(into: &$0) }
                // The format version of the writer may be newer than ours.
                guard span.u16(12) == FileHeader.formatVersion else { return }
                expectSame(again, span.extracting(0..<FileHeader.byteCount), "file header")
                if let month = Month(number: header.partition) { _ = month.end }
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: FileHeader.byteCount)
            for offset in 200..<bytes.count { bytes[offset] = 0 }
            Repair.page(&bytes)
        },
        samples: {
            [
                Samples.fileHeader(.wal), Samples.fileHeader(.segment, encrypted: true),
                Samples.fileHeader(.snapshot),
            ]
            .map(Samples.page)
        })

    static let frameHeader = FuzzDecoder(
        "frame-header",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let header = try FrameHeader(decoding: span)
                var again = [UInt8](repeating: 0xEE, count: FrameHeader.byteCount)
                again.withMutableRawSpan { header.encode(into: &$0) }
                expectSame(again, span.extracting(0..<FrameHeader.byteCount), "frame header")
                invariant(header.endSequence >= header.firstSequence, "end of frame")
                invariant(
                    header.totalLength >= FrameHeader.byteCount + header.storedLength, "length of frame")
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: FrameHeader.byteCount)
            Repair.crc(&bytes, of: 8..<FrameHeader.byteCount, at: 4)
        },
        samples: {
            [FrameHeader.Kind.data, .idleMarker].map { kind in
                var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
                bytes.withMutableRawSpan { Samples.frameHeader(kind).encode(into: &$0) }
                return bytes
            }
        })

    static let superblock = FuzzDecoder(
        "superblock", byteCountMax: Superblock.byteCount,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                guard span.byteCount > 14 else { throw DecodingFailure("no copy number") }
                let copy = Int(span.u8(14) & 3)
                let superblock = try Superblock(decoding: span, copy: copy)
                expectSame(superblock.encode(copy: copy), span, "superblock")
                // What the next open does to it.
                invariant(superblock.sequence + 1 > 0 && superblock.incarnation + 1 > 0, "counters")
                for entry in superblock.partitions.recent {
                    invariant(Month(number: entry.month) != nil, "month \(entry.month)")
                    invariant(entry.generation + 1 > 0, "generation")
                }
                _ = LogIdentity(superblock)
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: Superblock.byteCount)
            let end = 232 + 48 * min(Repair.u32(bytes, 192), PartitionTable.recentMax)
            for offset in end..<bytes.count { bytes[offset] = 0 }
            Repair.page(&bytes)
        },
        samples: { [0, 2, 24].map { Samples.superblock(months: $0).encode(copy: $0 & 3) } })

    static let watermark = FuzzDecoder(
        "watermark", byteCountMax: WatermarkSlot.byteCount,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let slot = try WatermarkSlot(decoding: span)
                var again = [UInt8](repeating: 0xEE, count: WatermarkSlot.byteCount)
                again.withMutableRawSpan { slot.encode(into: &$0) }
                expectSame(again, span, "watermark")
                invariant(slot.counter + 1 > 0, "counter")
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: WatermarkSlot.byteCount)
            for offset in 112..<bytes.count { bytes[offset] = 0 }
            Repair.page(&bytes)
        },
        samples: {
            var bytes = [UInt8](repeating: 0, count: WatermarkSlot.byteCount)
            bytes.withMutableRawSpan { Samples.watermark.encode(into: &$0) }
            return [bytes]
        })

    static let manifest = FuzzDecoder(
        "partition-manifest",
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                let manifest = try PartitionManifest(decoding: span)
                expectSame(manifest.encoded, span, "manifest")
                invariant(manifest.successor { _ in }.generation > manifest.generation, "generation")
                invariant(manifest.month.end > 0, "month")
                for entry in manifest.entries {
                    _ = ShardPaths.segmentName(entry.sequences)
                    _ = entry.sequences.count
                }
            }
        },
        repair: { bytes in
            guard bytes.count >= 128 else { return }
            let count = (bytes.count - 128) / 168
            Repair.resize(&bytes, to: 128 + count * 168)
            Repair.set(UInt32(count), at: 20, in: &bytes)
            chainEntries(&bytes, count)
            Repair.page(&bytes)
        },
        samples: { [0, 1, 3].map { Samples.manifest(segments: $0).encoded } })

    static let scrubRecord = FuzzDecoder(
        "scrub-record", byteCountMax: ScrubRecord.byteCount,
        judge: { bytes in
            accepts(bytes) { (span) throws(DecodingFailure) in
                expectSame(try ScrubRecord(decoding: span).encoded, span, "scrub record")
            }
        },
        repair: { bytes in
            Repair.resize(&bytes, to: ScrubRecord.byteCount)
            Repair.page(&bytes)
        },
        samples: {
            [nil, 0..<256, 1_000..<70_000].map { damaged in
                ScrubRecord(ledger: Samples.ledger, next: 512, damaged: damaged).encoded
            }
        })

    /// Half of the inputs get entries that follow each other, so that later checks are reached.
    private static func chainEntries(_ bytes: inout [UInt8], _ count: Int) {
        guard count > 1, bytes[127] & 1 == 0 else { return }
        for index in 1..<count {
            let (last, next) = (128 + (index - 1) * 168, 128 + index * 168)
            for offset in 0..<8 { bytes[next + 16 + offset] = bytes[last + 24 + offset] }
            for offset in 0..<32 { bytes[next + 88 + offset] = bytes[last + 120 + offset] }
        }
    }
}
