/// Checks one sealed segment: with its key every event of it, without the key everything around them.
///
/// Each instance is used by one thread.
struct SegmentVerification<Disk: Storage, Index: EventIndex> {
    let disk: Disk
    let ledger: LogUUID
    let verifyingKey: VerifyingKey
    let encryption: LogEncryption
    let index: Index
    let progress: VerificationProgress

    /// What came out; merged by the thread that asked.
    struct Outcome: Sendable {
        var findings: [VerificationReport.Finding] = []
        var acts: [RecordedAct] = []
        var totals = ControlTotals()
        var amounts = VerificationReport.MonthSummary.Amounts.recomputed
        /// The key for the file was not given.
        var isLocked = false
        var eventsHashed: UInt64 = 0
        var fileCount = 1
        var byteCount: UInt64 = 0
    }

    func run(_ entry: PartitionManifest.Entry, _ path: StoragePath) throws(LogStoreError) -> Outcome {
        var outcome = Outcome()
        let file: Disk.File
        do throws(StorageError) { file = try disk.open(path, .read) } catch {
            guard error.code == ErrorNumber.notFound || error.code == ErrorNumber.inputOutput else {
                throw LogStoreError.storage(error)
            }
            outcome.fileCount = 0
            outcome.amounts = .incomplete
            find(Damage(file: path, offset: 0, "\(error)"), entry.sequences, &outcome)
            return outcome
        }
        var tail: SegmentTail?
        try collect(entry, &outcome) { (outcome) throws(LogStoreError) in
            tail = try SegmentFile<Disk.File>.readTail(
                file, path, entry: entry, ledger: ledger, verifyingKey: verifyingKey)
        }
        try collect(entry, &outcome) { (outcome) throws(LogStoreError) in
            try checkHashes(file, entry, tail, &outcome)
        }
        guard let tail else {
            outcome.amounts = .incomplete
            return outcome
        }
        // Until every event is seen; a sector that cannot be read may end it before.
        outcome.amounts = .incomplete
        try collect(entry, &outcome) { (outcome) throws(LogStoreError) in
            try checkContents(file, path, entry, tail, &outcome)
        }
        return outcome
    }

    /// What an evicted segment leaves: header, footer and signed tail. Its totals are the stated ones.
    func runStub(_ entry: PartitionManifest.Entry, _ path: StoragePath) throws(LogStoreError) -> Outcome {
        var outcome = Outcome()
        outcome.amounts = .incomplete
        do throws(LogStoreError) {
            do throws(LogStoreError) {
                outcome.totals = try SegmentFile(
                    disk: disk, path: path, entry: entry, ledger: ledger, verifyingKey: verifyingKey,
                    encryption: encryption
                ).footer.totals
            } catch .wrongKey {
                let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
                _ = try SegmentFile<Disk.File>.readTail(
                    file, path, entry: entry, ledger: ledger, verifyingKey: verifyingKey, hasBlocks: false)
            }
        } catch {
            switch error {
            case .damaged(let damage): find(damage, entry.sequences, &outcome)
            case .storage(let storage)
            where storage.code == ErrorNumber.notFound || storage.code == ErrorNumber.inputOutput:
                outcome.fileCount = 0
                find(Damage(file: path, offset: 0, "\(storage)"), entry.sequences, &outcome)
            default: throw error
            }
        }
        return outcome
    }

    /// Runs one step; damage it meets is noted and the next step goes on.
    private func collect(
        _ entry: PartitionManifest.Entry, _ outcome: inout Outcome,
        _ step: (inout Outcome) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        do throws(LogStoreError) { try step(&outcome) } catch {
            outcome.amounts = .incomplete
            switch error {
            case .damaged(let damage): find(damage, entry.sequences, &outcome)
            case .storage(let storage) where storage.code == ErrorNumber.inputOutput:
                find(
                    Damage(file: storage.path, offset: storage.offset ?? 0, "\(storage)"), entry.sequences,
                    &outcome)
            default: throw error
            }
        }
    }

    private func find(_ damage: Damage, _ sequences: Range<UInt64>?, _ outcome: inout Outcome) {
        outcome.findings.append(
            VerificationReport.Finding(verdict: .corruptSealed, damage: damage, sequences: sequences))
    }

    // MARK: The file as bytes

    /// The whole file's hash stands in its manifest, the one of everything before the tail in the signed
    /// tail.
    private func checkHashes(
        _ file: Disk.File, _ entry: PartitionManifest.Entry, _ tail: SegmentTail?, _ outcome: inout Outcome
    ) throws(LogStoreError) {
        var hasher = SHA256()
        func hash(_ range: Range<UInt64>) throws(LogStoreError) {
            outcome.byteCount += try FilePieces.forEach(of: file, in: range) {
                (piece) throws(LogStoreError) in
                hasher.update(piece)
                progress.did(bytes: UInt64(piece.byteCount))
            }
        }
        let tailOffset = tail?.tailOffset ?? 0
        try hash(0..<tailOffset)
        if let tail, hasher.current != tail.fileHash {
            find(
                Damage(file: file.path, offset: 0, "the bytes before the tail are not those it signs"),
                entry.sequences, &outcome)
        }
        try hash(tailOffset..<UInt64.max)
        let hash = hasher.current
        guard hash != entry.fileHash else { return }
        find(
            Damage(file: file.path, offset: 0, "SHA-256 is \(hash), PARTITION lists \(entry.fileHash)"),
            entry.sequences, &outcome)
    }

    // MARK: What is inside

    private func checkContents(
        _ file: Disk.File, _ path: StoragePath, _ entry: PartitionManifest.Entry, _ tail: SegmentTail,
        _ outcome: inout Outcome
    ) throws(LogStoreError) {
        var segment: SegmentFile<Disk.File>?
        var isFooterDamaged = false
        outcome.isLocked = try isLocked(file, path)
        if !outcome.isLocked {
            do throws(LogStoreError) {
                segment = try SegmentFile(
                    disk: disk, path: path, entry: entry, ledger: ledger, verifyingKey: verifyingKey,
                    encryption: encryption)
            } catch {
                isFooterDamaged = true
                switch error {
                // The file's own key opened: what it does not open now was not written with it.
                case .wrongKey(let what): find(Damage(file: path, offset: 0, what), entry.sequences, &outcome)
                case .damaged(let damage): find(damage, entry.sequences, &outcome)
                default: throw error
                }
            }
        }
        if let segment {
            try checkEvents(segment, &outcome)
        } else {
            outcome.amounts = .incomplete
            let walk = SealedWalk(file: file, tail: tail)
            for (damage, sequences) in try walk.faults(checksSections: !isFooterDamaged) {
                find(damage, sequences ?? entry.sequences, &outcome)
            }
        }
    }

    private func isLocked(_ file: Disk.File, _ path: StoragePath) throws(LogStoreError) -> Bool {
        do throws(LogStoreError) {
            let header = try FileHeader.read(from: file)
            _ = try header.dataKey(with: encryption, file: path)
            return false
        } catch {
            switch error {
            case .wrongKey: return true
            case .damaged: return false
            default: throw error
            }
        }
    }

    private func checkEvents(_ segment: SegmentFile<Disk.File>, _ outcome: inout Outcome)
        throws(LogStoreError)
    {
        let tail = segment.tail
        let knowsIndex = tail.indexIdentifier == Index.identifier && tail.indexVersion == Index.version
        outcome.amounts = knowsIndex ? .recomputed : .counted
        var reader = SegmentReader<Disk.File>(windowBytes: 1 << 20)
        reader.open(segment)
        var counter = EventCounter(index: index, describes: knowsIndex, month: segment.header.partition)
        for number in 0..<tail.shape.blockCount {
            let closed = tail.shape.sequences(ofBlock: number)
            let sequences = closed.lowerBound..<closed.upperBound + 1
            do throws(LogStoreError) { try reader.readBlock(number) } catch {
                guard case .damaged(let damage) = error else { throw error }
                outcome.amounts = .incomplete
                find(damage, sequences, &outcome)
                continue
            }
            counter.beginBlock()
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() {
                counter.add(event)
                if event.header.type >= EventHeader.reservedTypeMin {
                    note(event, segment.path, segment.footer.blocks.places[number].fileOffset, &outcome)
                }
            }
            let offset = segment.footer.blocks.places[number].fileOffset
            if let fault = fault(ofBlock: number, counter, segment) {
                find(Damage(file: segment.path, offset: offset, fault), sequences, &outcome)
            }
            outcome.eventsHashed += UInt64(closed.count)
            progress.did(events: UInt64(closed.count))
        }
        outcome.totals = counter.totals
        guard outcome.amounts == .recomputed, counter.totals != segment.footer.totals else { return }
        find(
            Damage(
                file: segment.path, offset: tail.section(.controlTotals).fileOffset,
                "the control totals are not what the events add up to"), segment.sequences, &outcome)
    }

    private func note(
        _ event: borrowing EventView, _ path: StoragePath, _ offset: UInt64, _ outcome: inout Outcome
    ) {
        do throws(DecodingFailure) {
            guard let act = try ReservedEvent(event) else { return }
            outcome.acts.append(RecordedAct(sequence: event.sequence, act: act, file: path))
        } catch {
            find(error.damage(in: path, at: offset), event.sequence..<event.sequence + 1, &outcome)
        }
    }

    /// The block's leaves against the footer's hashes, which lead to the signed roots; its times and keys.
    private func fault(
        ofBlock number: Int, _ counter: borrowing EventCounter<Index>, _ segment: SegmentFile<Disk.File>
    ) -> String? {
        let shape = segment.tail.shape
        let tiles = segment.footer.tiles
        let isHead = number == 0 && shape.headLeafCount > 0
        let hasRightLeaves: Bool
        if isHead {
            hasRightLeaves = counter.leaves == tiles.headLeaves
        } else if counter.leaves.count == Int(MerkleFrontier.tileWidth) {
            hasRightLeaves = counter.tileRoot == tiles.tileHashes[number]
        } else {
            hasRightLeaves = counter.leaves == tiles.tailLeaves
        }
        if !hasRightLeaves { return "the events' leaves are not the ones under the signed root" }
        if let fault = counter.fault { return fault }
        let filters = segment.footer.filters
        for key in counter.keys {
            let hash = filters.hash(key)
            if !filters.segmentMayContain(hash) || !filters.blockMayContain(hash, block: number) {
                return "a key of its events is not in the filters (kind \(key.kind), value \(key.value))"
            }
        }
        return nil
    }
}
