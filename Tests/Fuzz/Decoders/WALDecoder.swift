import LogStore

extension FuzzDecoder {
    /// A whole write-ahead file, header and frames, scanned to its end as recovery does.
    static let walFile = FuzzDecoder(
        "wal-file", byteCountMax: 28_672, judge: judgeWAL, repair: repairWAL,
        samples: { [Samples.walFile(encrypted: false), Samples.walFile(encrypted: true)] })

    private static let judgeWAL: @Sendable ([UInt8]) -> Bool = { bytes in
        guard
            let header = decoded({ () throws(DecodingFailure) in
                try bytes.withRawSpan { (span) throws(DecodingFailure) in try FileHeader(decoding: span) }
            }), header.kind == .wal, header.firstSequence == 0
        else { return false }
        let record = WALFileRecord(
            path: StoragePath("input"), header: header,
            dataKey: header.isEncrypted ? Samples.secret : nil)
        do throws(LogStoreError) {
            var position = ScanPosition(frontier: MerkleFrontier(), lastTime: 0)
            var scan = try WALScan(file: MemoryFile(bytes), record: record, geometry: .tiny)
            try scan.run(&position)
            return try judgeEnd(&scan, position)
        } catch { return false }
    }

    private static func judgeEnd(
        _ scan: inout WALScan<MemoryFile>, _ position: ScanPosition
    ) throws(LogStoreError) -> Bool {
        let rest = scan.examineRest()
        invariant(rest.nonZeroEnd >= scan.endOffset, "the rest ends before it begins")
        var facts = TailFacts(nextSequence: position.nextSequence, provenEnd: scan.durableEnd)
        facts.hasLaterHeader = rest.laterDurableEnd != nil
        facts.isRestZero = rest.nonZeroEnd == scan.endOffset
        facts.isRestWithinFrame = rest.nonZeroEnd <= rest.frameEnd
        facts.isFileComplete = scan.isFileComplete
        let cut = try scan.cut(rest, nextSequence: position.nextSequence)
        invariant(cut.length == rest.nonZeroEnd - scan.endOffset, "a cut of \(cut.length) bytes")
        _ = TailVerdict(facts)
        return position.nextSequence > 0
    }

    /// Header and frames get their checksums; frames also their place, order, file and root.
    private static let repairWAL: @Sendable (inout [UInt8]) -> Void = { bytes in
        let page = FileHeader.byteCount
        guard bytes.count >= 2 * page else { return }
        Repair.resize(&bytes, to: bytes.count / page * page)
        Repair.set(0 as UInt64, at: 56, in: &bytes)
        for offset in 200..<page { bytes[offset] = 0 }
        var header = Array(bytes[..<page])
        Repair.page(&header)
        bytes.replaceSubrange(..<page, with: header)
        guard bytes[184] == 0 else { return }
        repairFrames(&bytes)
    }

    private static func repairFrames(_ bytes: inout [UInt8]) {
        let page = FileHeader.byteCount
        var (offset, previous) = (page, 0)
        var (ordinal, next, frontier) = (1 as UInt64, 0 as UInt64, MerkleFrontier())
        while offset + page <= bytes.count, Repair.u32(bytes, offset) != 0 {
            let raw = min(Repair.u32(bytes, offset + 20), bytes.count - offset - FrameHeader.byteCount)
            let total = FrameHeader.totalLength(storedLength: raw)
            let body = offset + FrameHeader.byteCount..<offset + FrameHeader.byteCount + raw
            Repair.stamp("HFRM", at: offset, in: &bytes)
            Repair.set(UInt16(128), at: offset + 10, in: &bytes)
            for (place, value) in [
                (12, total), (16, raw), (20, raw), (72, offset / page), (76, previous / page),
            ] {
                Repair.set(UInt32(value), at: offset + place, in: &bytes)
            }
            Repair.crc(&bytes, of: body, at: offset + 24)
            Repair.set(next, at: offset + 32, in: &bytes)
            Repair.set(min(next, bytes.withRawSpan { $0.u64(offset + 40) }), at: offset + 40, in: &bytes)
            Repair.set(bytes.withRawSpan { $0.u64(64) }, at: offset + 48, in: &bytes)
            Repair.set(ordinal, at: offset + 56, in: &bytes)
            bytes.replaceSubrange(offset + 80..<offset + 112, with: frontier.root.bytes)
            bytes.replaceSubrange(offset + 112..<offset + 128, with: Array(bytes[16..<32]))
            for place in body.upperBound..<offset + total { bytes[place] = 0 }
            Repair.crc(&bytes, of: offset + 8..<offset + FrameHeader.byteCount, at: offset + 4)
            let count = Repair.u32(bytes, offset + 28)
            next += UInt64(append(bytes, body, count: count, to: &frontier))
            (previous, ordinal, offset) = (total, ordinal + 1, offset + total)
        }
    }

    /// Events appended to the tree; 0 if they are no run.
    private static func append(
        _ bytes: [UInt8], _ body: Range<Int>, count: Int, to frontier: inout MerkleFrontier
    ) -> Int {
        guard count <= body.count else { return 0 }
        var grown = frontier
        let isRun = accepts(bytes) { (span) throws(DecodingFailure) in
            let run = try EventRun(validating: span.extracting(body), count: count, firstSequence: 0)
            var cursor = run.makeCursor()
            while let event = cursor.next() { grown.append(leaf: SHA256.leaf(event.bytes)) }
        }
        guard isRun else { return 0 }
        frontier = grown
        return count
    }
}
