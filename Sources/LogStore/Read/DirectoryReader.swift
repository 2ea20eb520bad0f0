/// Reads what stands beside the events in a shard's directory: manifests, watermark, scrub record, headers.
///
/// What is not whole or not of this log is told as `damaged`; what that means is for the caller to judge.
struct DirectoryReader<Disk: Storage> {
    let disk: Disk
    let paths: ShardPaths
    let ledger: LogUUID

    /// Names in a directory, sorted.
    func list(_ directory: StoragePath) throws(LogStoreError) -> [String] {
        try onDisk { () throws(StorageError) in try disk.list(directory) }
    }

    /// The months that have a directory, ascending.
    func months() throws(LogStoreError) -> [Month] { try list(paths.log).compactMap { Month($0) } }

    /// A month's manifest; nil if it has none.
    func manifest(_ month: Month) throws(LogStoreError) -> PartitionManifest? {
        try page(paths.manifest(month), byteCountMax: PartitionManifest.byteCountMax) {
            (span) throws(DecodingFailure) in
            try PartitionManifest(decoding: span, month: month, ledger: ledger)
        }
    }

    /// What the scrubber left; nil if it has not run yet.
    func scrubRecord() throws(LogStoreError) -> ScrubRecord? {
        try page(paths.scrub, byteCountMax: ScrubRecord.byteCount) { (span) throws(DecodingFailure) in
            let record = try ScrubRecord(decoding: span)
            guard record.ledger == ledger else { throw DecodingFailure("of ledger \(record.ledger)") }
            return record
        }
    }

    private func page<Page>(
        _ path: StoragePath, byteCountMax: Int, _ decode: (RawSpan) throws(DecodingFailure) -> Page
    ) throws(LogStoreError) -> Page? {
        guard let bytes = try AtomicFile.read(path, byteCountMax: byteCountMax, on: disk) else { return nil }
        do throws(DecodingFailure) {
            return try bytes.withRawSpan { (span) throws(DecodingFailure) in try decode(span) }
        } catch { throw .damaged(error.damage(in: path, at: 0)) }
    }

    /// The slots of the watermark that are valid, and what is wrong with the others. One may just be being
    /// written.
    func watermark() throws(LogStoreError) -> (
        slots: [(offset: UInt64, slot: WatermarkSlot)], faults: [Damage]
    ) {
        var slots: [(offset: UInt64, slot: WatermarkSlot)] = []
        var faults: [Damage] = []
        var bytes: [UInt8] = []
        do throws(LogStoreError) {
            let size = WatermarkSlot.byteCount * WatermarkSlot.slotCount
            bytes = try AtomicFile.read(paths.watermark, byteCountMax: size, on: disk) ?? []
        } catch .damaged(let damage) {
            faults.append(damage)
        }
        for index in 0..<WatermarkSlot.slotCount {
            let range = index * WatermarkSlot.byteCount..<(index + 1) * WatermarkSlot.byteCount
            let offset = UInt64(range.lowerBound)
            do throws(DecodingFailure) {
                guard range.upperBound <= bytes.count else {
                    throw DecodingFailure("slot \(index) is missing")
                }
                let slot = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try WatermarkSlot(decoding: span.extracting(range))
                }
                guard slot.ledger == ledger else {
                    throw DecodingFailure("watermark of ledger \(slot.ledger), expected \(ledger)")
                }
                slots.append((offset, slot))
            } catch { faults.append(error.damage(in: paths.watermark, at: offset)) }
        }
        return (slots, faults)
    }

    /// The header of a write-ahead file, which must be what its name says.
    func walHeader(of file: Disk.File, firstSequence: UInt64) throws(LogStoreError) -> FileHeader {
        let header = try FileHeader.read(from: file)
        guard header.kind == .wal, header.ledgerUUID == ledger, header.shard == paths.shard,
            header.firstSequence == firstSequence
        else {
            throw .damaged(
                Damage(
                    file: file.path, offset: 0,
                    "the header is of ledger \(header.ledgerUUID), shard \(header.shard), "
                        + "sequence \(header.firstSequence)"))
        }
        return header
    }
}
