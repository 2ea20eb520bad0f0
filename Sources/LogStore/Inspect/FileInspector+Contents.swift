extension FileInspector {
    // MARK: Write-ahead files

    func inspectWAL(_ file: Disk.File, _ inspection: inout Inspection) throws(LogStoreError) {
        guard let header = try inspectHeader(file, &inspection) else { return }
        var walk = try FrameWalk(file: file, header: header, reads: .outside, windowBytes: 1 << 20)
        var summary = Inspection.Part("frames", at: UInt64(FileHeader.byteCount), 0)
        var counts = (frames: 0, idle: 0, durable: UInt64(0))
        while let frame = walk.next() {
            counts.frames += 1
            if frame.kind == .idleMarker { counts.idle += 1 }
            counts.durable = max(counts.durable, frame.durableSequence)
            if listsEverything {
                var part = Inspection.Part("frame", at: walk.offset, UInt64(frame.totalLength))
                part.describe(frame)
                inspection.parts.append(part)
            }
            walk.accept(frame)
        }
        summary.byteCount = walk.offset - summary.offset
        summary.number("frames", UInt64(counts.frames))
        summary.number("idle markers", UInt64(counts.idle))
        summary.number("first sequence", header.firstSequence)
        summary.number("end sequence", walk.nextSequence)
        summary.number("durable sequence", counts.durable)
        inspection.parts.append(summary)
        inspection.parts.append(rest(behind: walk, header))
    }

    /// The end of the valid frames: why the next one is none, and what lies behind.
    private func rest(behind walk: borrowing FrameWalk<Disk.File>, _ header: FileHeader) -> Inspection.Part {
        let (offset, size, rest) = (walk.offset, walk.size, walk.examineRest())
        var part = Inspection.Part("behind the last frame", at: offset, size > offset ? size - offset : 0)
        part.number("bytes up to the last that is not zero", rest.nonZeroEnd - offset)
        if let reason = walk.fault, rest.nonZeroEnd > offset { part.fault = reason }
        if let found = walk.faultyHeader {
            part.number("its header's first sequence", found.firstSequence)
            part.number("its header's length", UInt64(found.totalLength))
        }
        part.flag("within one frame", rest.nonZeroEnd <= rest.frameEnd)
        part.flag("a later header of this file is valid", rest.laterDurableEnd != nil)
        if let later = rest.laterDurableEnd { part.number("durable sequence there", later) }
        if !walk.isFileComplete { part.fault = "the file was made with \(header.preallocatedBytes) bytes" }
        return part
    }

    // MARK: Segments

    func inspectSegment(_ file: Disk.File, _ inspection: inout Inspection) throws(LogStoreError) {
        _ = try inspectHeader(file, &inspection)
        let size = inspection.byteCount
        guard size >= UInt64(FileHeader.byteCount + SegmentTail.byteCount) else {
            inspection.parts.append(
                Inspection.Part("tail", at: size, 0, fault: "the file ends after \(size) bytes"))
            return
        }
        let tailOffset = size - UInt64(SegmentTail.byteCount)
        // A stub is a segment without its blocks.
        let isStub = file.path.name.hasSuffix(ShardPaths.Ending.stub)
        var missing: UInt64 = 0
        var tail: SegmentTail?
        let part = try describe("tail", file, at: tailOffset, SegmentTail.byteCount) {
            (span, part) throws(DecodingFailure) in
            let decoded = try SegmentTail(decoding: span)
            part.describe(decoded)
            missing = isStub ? decoded.sectionsOffset - UInt64(FileHeader.byteCount) : 0
            guard decoded.tailOffset == tailOffset + missing else {
                throw DecodingFailure("the tail belongs at \(decoded.tailOffset)")
            }
            tail = decoded
        }
        if let tail {
            if !isStub { try inspectBlocks(of: file, tail, &inspection) }
            try inspectSections(of: file, tail, missing: missing, &inspection)
        }
        inspection.parts.append(part)
    }

    private func inspectBlocks(
        of file: Disk.File, _ tail: SegmentTail, _ inspection: inout Inspection
    ) throws(LogStoreError) {
        let walk = SealedWalk(file: file, tail: tail)
        var blocks: [Inspection.Part] = []
        let stop = try walk.forEachBlock { block in
            guard listsEverything || block.fault != nil else { return }
            var part = Inspection.Part(
                "block", at: block.offset, UInt64(block.header.blockByteCount), fault: block.fault)
            part.number("first sequence", block.header.firstSequence)
            part.number("events", UInt64(block.header.eventCount))
            part.number("stored bytes", UInt64(block.header.storedByteCount))
            part.number("raw bytes", UInt64(block.header.rawByteCount))
            part.text("codec", "\(block.header.codec)")
            part.number("first time", block.header.minTime)
            blocks.append(part)
        }
        inspection.parts += blocks
        if let stop {
            inspection.parts.append(
                Inspection.Part("block", at: stop.0.offset, 0, fault: stop.0.what))
        }
    }

    private func inspectSections(
        of file: Disk.File, _ tail: SegmentTail, missing: UInt64, _ inspection: inout Inspection
    ) throws(LogStoreError) {
        for section in tail.sections {
            let offset = section.fileOffset - missing
            var part = Inspection.Part(
                "section \(section.kind)", at: offset, UInt64(section.storedByteCount))
            part.number("raw bytes", UInt64(section.rawByteCount))
            let (crc, _) = try FilePieces.checksum(
                of: file, in: offset..<offset + UInt64(section.storedByteCount))
            if crc != section.checksum {
                part.fault = "its CRC is \(section.checksum), its bytes give \(crc)"
            }
            inspection.parts.append(part)
        }
    }

    // MARK: Files read whole

    func inspectWhole(_ file: Disk.File, _ inspection: inout Inspection) throws(LogStoreError) {
        guard inspection.byteCount <= UInt64(Self.smallFileBytesMax) else {
            inspection.parts.append(
                Inspection.Part(
                    "contents", at: 0, inspection.byteCount,
                    fault: "too large for a \(inspection.kind.rawValue)"))
            return
        }
        let kind = inspection.kind
        var entries: [Inspection.Part] = []
        let part = try describe("contents", file, at: 0, Int(inspection.byteCount)) {
            (span, part) throws(DecodingFailure) in
            switch kind {
            case .manifest: try Self.describeManifest(span, &part, &entries)
            case .keyring: try Self.describeKeyring(span, &part)
            case .grant: try Self.describeGrant(span, &part)
            case .scrub: try Self.describeScrubRecord(span, &part)
            case .tile:
                let tile = try HashTile(decoding: span.array(), width: span.byteCount / 32)
                part.number("hashes", UInt64(tile.hashes.count))
            default: try Self.describeNote(span, kind, &part)
            }
        }
        inspection.parts.append(part)
        inspection.parts += entries
    }

    private static func describeManifest(
        _ span: RawSpan, _ part: inout Inspection.Part, _ entries: inout [Inspection.Part]
    ) throws(DecodingFailure) {
        let manifest = try PartitionManifest(decoding: span)
        part.text("month", manifest.month)
        part.number("generation", manifest.generation)
        part.text("previous generation", manifest.previousHash)
        part.text("ledger", manifest.ledger)
        part.flag("closed", manifest.isClosed)
        part.text("statement", manifest.statementHash)
        part.number("segments", UInt64(manifest.entries.count))
        for (index, entry) in manifest.entries.enumerated() {
            var row = Inspection.Part("entry \(index)", at: UInt64(128 + index * 168), 168)
            row.describe(entry)
            entries.append(row)
        }
    }

    private static func describeKeyring(_ span: RawSpan, _ part: inout Inspection.Part)
        throws(DecodingFailure)
    {
        let keyring = try SealedKeyring(decoding: span).claimed
        part.number("generation", keyring.generation)
        part.text("ledger", keyring.ledger)
        part.text("key-encryption key", keyring.wrappedBy)
        part.number("in use since", keyring.wrappedSince)
        part.flag("signing key", keyring.hasSigningKey)
        part.text("months", keyring.months.map { "\($0)" }.joined(separator: " "))
    }

    private static func describeGrant(_ span: RawSpan, _ part: inout Inspection.Part) throws(DecodingFailure)
    {
        let grant = try KeyGrant.Contents(decoding: span)
        part.text("ledger", grant.ledger)
        part.text("recipient", grant.recipient)
        part.number("made", grant.made)
        part.text("months", grant.entries.map { "\($0.month)" }.joined(separator: " "))
    }

    private static func describeScrubRecord(
        _ span: RawSpan, _ part: inout Inspection.Part
    ) throws(DecodingFailure) {
        let record = try ScrubRecord(decoding: span)
        part.text("ledger", record.ledger)
        part.number("next sequence", record.next)
        part.text("damaged sequences", record.damaged.map { "\($0)" } ?? "none known")
    }

    private static func describeNote(
        _ span: RawSpan, _ kind: Inspection.Kind, _ part: inout Inspection.Part
    ) throws(DecodingFailure) {
        let note = try SignedNote(parsing: span.array())
        for (index, line) in note.text.split(separator: 10).enumerated() {
            part.text("line \(index + 1)", String(decoding: line, as: UTF8.self))
        }
        part.text("signed by", note.signatures.map(\.label).joined(separator: ", "))
        if kind == .checkpoint { _ = try Checkpoint(parsing: note.text) }
    }
}
