/// Writes one sealed segment from frames of closed write-ahead files, and proves it by reading it back.
///
/// All buffers are reused from segment to segment. Used by the sealer's thread.
package struct SegmentWriter<P: Platform, Index: EventIndex>: ~Copyable {
    private let platform: P
    private let geometry: LogGeometry
    private let pace: SealingPace
    private var builder: SegmentFooterBuilder<Index>
    private var encoder = BlockEncoder()
    private var output: SegmentOutput<P.Disk.File>?
    /// Raw bytes of the block being gathered.
    private var gathered: [UInt8] = []
    private var gatheredCount = 0
    private var sections: [UInt8] = []
    /// CRC-32C of each block's raw events, to be met again when reading back.
    private var rawChecksums: [UInt32] = []

    /// Version 1: blocks of 256, column shuffle, LZ4's default compression.
    package static var sealerVersion: UInt32 { 1 }

    package init(platform: P, geometry: LogGeometry, index: Index, pace: SealingPace) {
        self.platform = platform
        self.geometry = geometry
        self.pace = pace
        builder = SegmentFooterBuilder(index: index)
    }

    package struct Result {
        package var entry: PartitionManifest.Entry
        /// The tree after the segment.
        package var frontier: MerkleFrontier
    }

    /// Writes `sequences` to `temporary`, synced and verified; the caller gives it its name.
    package mutating func write(
        _ sequences: Range<UInt64>, month: Month, sources: [WALFileRecord], frontier: MerkleFrontier,
        previousFileUUID: LogUUID, temporary: StoragePath, keys: LogKeys<P>, superblock: Superblock
    ) throws(LogStoreError) -> Result {
        let key = try keys.encryption.makeFileKey(month: month.number, platform: platform)
        let header = FileHeader(
            kind: .segment, fileUUID: platform.makeUUID(), ledgerUUID: superblock.ledger,
            shard: superblock.shard, partition: month.number, firstSequence: sequences.lowerBound,
            epoch: superblock.epoch, createdTime: platform.wallTime(), previousFileUUID: previousFileUUID,
            rootAtFirst: frontier.root, monthKeyID: key?.monthKeyID ?? .zero,
            wrappedDataKey: key?.wrapped ?? [UInt8](repeating: 0, count: FileHeader.wrappedKeyByteCount),
            aead: key == nil ? 0 : 1, codec: 2)
        let cipher = key.map { AEADCipher(key: $0.dataKey) }
        try start(header, temporary, frontier)
        let provenance = try copyEvents(sequences, from: sources, header: header, cipher: cipher)
        let entry = try finish(header, provenance, cipher, signingKey: keys.signingKey)
        try readBack(temporary, entry: entry, header: header, dataKey: key?.dataKey, keys: keys)
        return Result(entry: entry, frontier: builder.frontier)
    }

    private mutating func start(
        _ header: FileHeader, _ temporary: StoragePath, _ frontier: MerkleFrontier
    ) throws(LogStoreError) {
        rawChecksums.removeAll(keepingCapacity: true)
        gathered.removeAll(keepingCapacity: true)
        gatheredCount = 0
        builder.begin(fileUUID: header.fileUUID, frontier: frontier)
        let disk = platform.disk
        let file = try onDisk { () throws(StorageError) in
            if try disk.exists(temporary) { try disk.remove(temporary) }
            return try disk.open(temporary, .create)
        }
        var output = SegmentOutput(file: file)
        var page = [UInt8](repeating: 0, count: FileHeader.byteCount)
        page.withMutableRawSpan { header.encode(into: &$0) }
        try output.append(page, count: page.count)
        self.output = consume output
    }

    // MARK: Events → blocks

    /// Streams the events through, file by file and frame by frame, checking the roots the frames carry.
    private mutating func copyEvents(
        _ sequences: Range<UInt64>, from sources: [WALFileRecord], header: FileHeader, cipher: AEADCipher?
    ) throws(LogStoreError) -> SegmentProvenance {
        var nonces = NonceGuard()
        var next = sequences.lowerBound
        var provenance: [SegmentProvenance.Source] = []
        for record in sources {
            let first = next
            let file = try onDisk { () throws(StorageError) in
                try platform.disk.open(record.path, .readDirect)
            }
            var reader = try WALFrameReader(
                file: file, header: record.header, dataKey: record.dataKey,
                windowBytes: geometry.frameBytesMax)
            while next < min(sequences.upperBound, record.endSequence) {
                try readFrame(containing: next, of: record, &reader)
                next = try gather(reader.run, from: next, to: sequences.upperBound, header, cipher, &nonces)
            }
            if next > first {
                provenance.append(
                    SegmentProvenance.Source(
                        fileUUID: record.uuid, firstSequence: first, lastSequence: next - 1))
            }
        }
        invariant(next == sequences.upperBound, "sealed up to \(next) of \(sequences)")
        if gatheredCount > 0 { try closeBlock(endSequence: next, header, cipher, &nonces) }
        return SegmentProvenance(sealerVersion: Self.sealerVersion, sources: provenance)
    }

    private func readFrame(
        containing sequence: UInt64, of record: WALFileRecord,
        _ reader: inout WALFrameReader<P.Disk.File>
    ) throws(LogStoreError) {
        guard let frame = record.frame(containing: sequence) else {
            invariantViolated("sequence \(sequence) is in no frame of \(record.path)")
        }
        var expected = WALFrameReader<P.Disk.File>.Expectation(
            offset: frame.offset, sequence: frame.firstSequence)
        // Where a frame starts at a block's edge, its root is the one of everything sealed so far.
        if frame.firstSequence == builder.frontier.size { expected.root = builder.frontier.root }
        let outcome: WALFrameReader<P.Disk.File>.Outcome
        do { outcome = try reader.read(expected) } catch { throw .storage(error) }
        guard case .frame = outcome else {
            guard case .invalid(let reason, _) = outcome else { return }
            throw .damaged(Damage(file: record.path, offset: frame.offset, reason))
        }
    }

    /// Takes the run's events from `first` on, up to `end`; returns the sequence after the last one taken.
    private mutating func gather(
        _ run: EventRun, from first: UInt64, to end: UInt64, _ header: FileHeader, _ cipher: AEADCipher?,
        _ nonces: inout NonceGuard
    ) throws(LogStoreError) -> UInt64 {
        var rest = run.dropping(below: first)
        while rest.count > 0, rest.firstSequence < end {
            let blockEnd = min(end, (rest.firstSequence >> 8 + 1) << 8)
            let part = rest.prefix(below: blockEnd)
            append(part.bytes)
            gatheredCount += part.count
            let next = part.endSequence
            if next & 0xFF == 0 { try closeBlock(endSequence: next, header, cipher, &nonces) }
            rest = rest.dropping(below: next)
        }
        return min(end, run.endSequence)
    }

    private mutating func append(_ bytes: RawSpan) {
        let start = gathered.count
        gathered.append(contentsOf: repeatElement(0, count: bytes.byteCount))
        gathered.withMutableRawSpan { $0.copy(from: bytes, at: start) }
    }

    private mutating func closeBlock(
        endSequence: UInt64, _ header: FileHeader, _ cipher: AEADCipher?, _ nonces: inout NonceGuard
    ) throws(LogStoreError) {
        pace.adapt(byteCount: gathered.count / 2)
        let ordinal = UInt64(rawChecksums.count + 1)
        nonces.use(Nonce(.block, ordinal))
        guard var output = self.output.take() else { invariantViolated("a block without an output") }
        let result: Swift.Result<Void, LogStoreError> = gathered.withRawSpan { bytes in
            let run = EventRun(
                unchecked: bytes, count: gatheredCount, firstSequence: endSequence - UInt64(gatheredCount))
            rawChecksums.append(CRC32C.of(bytes))
            do throws(LogStoreError) {
                let length = try output.appendBlock(
                    run, &encoder, ordinal: ordinal, fileUUID: header.fileUUID, cipher: cipher)
                builder.add(run, blockByteCount: length)
                return .success(())
            } catch { return .failure(error) }
        }
        self.output = consume output
        try result.get()
        gathered.removeAll(keepingCapacity: true)
        gatheredCount = 0
    }

    // MARK: Footer and tail

    private mutating func finish(
        _ header: FileHeader, _ provenance: SegmentProvenance, _ cipher: AEADCipher?, signingKey: SigningKey
    ) throws(LogStoreError) -> PartitionManifest.Entry {
        guard var output = self.output.take() else { invariantViolated("a footer without an output") }
        let table = builder.encodeSections(provenance: provenance, cipher: cipher, into: &sections)
        try output.append(sections, count: sections.count)
        var tail = builder.makeTail(
            sections: table, ledgerUUID: header.ledgerUUID, fileHash: try output.hashSoFar(),
            isEncrypted: header.isEncrypted)
        var page = [UInt8](repeating: 0, count: SegmentTail.byteCount)
        page.withMutableRawSpan { span in tail.encode(into: &span) { signingKey.sign($0) } }
        try output.append(page, count: page.count)
        let (byteCount, hash) = try output.finish()
        return PartitionManifest.Entry(
            uuid: header.fileUUID, sequences: tail.shape.firstSequence..<tail.shape.lastSequence + 1,
            firstTime: tail.firstTime, lastTime: tail.lastTime, byteCount: byteCount, fileHash: hash,
            rootBefore: tail.rootBefore, rootAfter: tail.rootAfter, createdTime: header.createdTime)
    }

    // MARK: Reading back

    /// What is on the device must give every event again, bit for bit.
    private mutating func readBack(
        _ temporary: StoragePath, entry: PartitionManifest.Entry, header: FileHeader, dataKey: SecretKey?,
        keys: LogKeys<P>
    ) throws(LogStoreError) {
        let segment = try SegmentFile(
            disk: platform.disk, path: temporary, entry: entry, ledger: header.ledgerUUID,
            verifyingKey: keys.signingKey.verifyingKey, encryption: keys.encryption, mode: .readDirect)
        var reader = SegmentReader<P.Disk.File>(windowBytes: 1 << 20)
        reader.open(segment)
        for (number, checksum) in rawChecksums.enumerated() {
            try reader.readBlock(number)
            pace.adapt(byteCount: reader.run.bytes.byteCount / 2)
            let found = CRC32C.of(reader.run.bytes)
            guard found == checksum else {
                throw .damaged(
                    Damage(
                        file: temporary, offset: segment.footer.blocks.places[number].fileOffset,
                        "block \(number) reads back with CRC \(found), sealed was \(checksum)"))
            }
        }
    }
}
