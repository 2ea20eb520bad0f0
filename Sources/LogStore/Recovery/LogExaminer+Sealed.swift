// Recovery steps R1 and R2: manifests and sealed segments.

extension LogExaminer {
    /// What the sealed part of the log amounts to.
    struct SealedState {
        var frontier: MerkleFrontier
        var lastTime: UInt64
        /// `.seg` files that no manifest lists.
        var unlisted: [StoragePath]
        /// What a crash left of evicting or restoring: a local copy that counts as gone, or a stub too many.
        var surplus: [StoragePath] = []
    }

    // MARK: Manifests

    /// Every month's manifest: the generation the superblock names, or the one after it that names that one
    /// as its predecessor (a crash came between manifest and superblock).
    mutating func readManifests(_ superblock: Superblock) throws(LogStoreError) -> [PartitionManifest] {
        let table = superblock.partitions
        let recent = table.recent
        var manifests: [PartitionManifest] = []
        var chained: [PartitionManifest] = []
        let directory = directory(of: superblock.ledger)
        for month in try directory.months() {
            guard let manifest = try readManifest(month, directory) else { continue }
            manifests.append(manifest)
            if let entry = recent.first(where: { $0.month == month.number }) {
                try checkGeneration(manifest, named: (entry.generation, entry.hash))
            } else if let oldest = recent.first, table.chainedCount > 0, month.number < oldest.month {
                chained.append(manifest)
            } else {
                try checkGeneration(manifest, named: (0, .zero))
            }
        }
        for entry in recent where !manifests.contains(where: { $0.month.number == entry.month }) {
            throw refusal(
                .corruptSealed,
                damages: [Damage(file: paths.log, offset: 0, "month \(entry.month) has no manifest")],
                "the superblock lists a month whose manifest is missing")
        }
        try checkChain(chained, table)
        try checkContinuity(manifests)
        return manifests
    }

    private func readManifest(
        _ month: Month, _ directory: DirectoryReader<P.Disk>
    ) throws(LogStoreError) -> PartitionManifest? {
        do throws(LogStoreError) { return try directory.manifest(month) } catch .damaged(let damage) {
            throw refusal(.corruptSealed, damages: [damage], "the manifest of \(month) is damaged")
        }
    }

    private func checkGeneration(
        _ manifest: PartitionManifest, named: (generation: UInt64, hash: Hash256)
    ) throws(LogStoreError) {
        let isNamed = manifest.generation == named.generation && manifest.hash == named.hash
        let isNext = manifest.generation == named.generation + 1 && manifest.previousHash == named.hash
        if isNamed || isNext { return }
        throw refusal(
            .corruptSealed,
            damages: [
                Damage(
                    file: paths.manifest(manifest.month), offset: 24,
                    "generation \(manifest.generation), the superblock knows \(named.generation)")
            ], "the manifest of \(manifest.month) is from another moment than the superblock")
    }

    /// Of the months folded into the superblock's chain at most one may be a generation ahead.
    private func checkChain(
        _ manifests: [PartitionManifest], _ table: PartitionTable
    ) throws(LogStoreError) {
        let entries = manifests.map(\.tableEntry)
        if entries.count == table.chainedCount {
            if PartitionTable.chain(over: entries[...]) == table.chain { return }
            for (index, manifest) in manifests.enumerated() where manifest.generation > 1 {
                var earlier = entries
                earlier[index].generation -= 1
                earlier[index].hash = manifest.previousHash
                if PartitionTable.chain(over: earlier[...]) == table.chain { return }
            }
        }
        throw refusal(
            .corruptSealed, damages: [Damage(file: paths.log, offset: 0, "\(entries.count) older months")],
            "the older months' manifests are not the \(table.chainedCount) the superblock chained")
    }

    /// Months follow one another without gaps in sequence, root and time.
    private func checkContinuity(_ manifests: [PartitionManifest]) throws(LogStoreError) {
        var previous: PartitionManifest.Entry?
        for manifest in manifests {
            guard let first = manifest.entries.first else { continue }
            let follows =
                previous.map {
                    $0.sequences.upperBound == first.sequences.lowerBound && $0.rootAfter == first.rootBefore
                } ?? (first.sequences.lowerBound == 0)
            guard follows else {
                throw refusal(
                    .corruptSealed,
                    sequences: (previous?.sequences.upperBound ?? 0)..<max(
                        first.sequences.lowerBound, (previous?.sequences.upperBound ?? 0) + 1),
                    damages: [Damage(file: paths.manifest(manifest.month), offset: 128, "does not follow")],
                    "\(manifest.month) does not continue the month before it")
            }
            previous = manifest.entries.last
        }
    }
}

// MARK: Segments

extension LogExaminer {
    /// Step R1 for segments: each listed local one by size, tail, signature and chain; the newest also by its
    /// footer, which gives the tree at the sealed end. Evicted ones are known from the manifest alone.
    mutating func checkSealed(
        _ manifests: [PartitionManifest], _ superblock: Superblock
    ) throws(LogStoreError) -> SealedState {
        guard let verifyingKey = VerifyingKey(bytes: superblock.verifyingKey) else {
            throw refusal(
                .corruptSuperblock, damages: [Damage(file: paths.superblock, offset: 160, "not a point")],
                "the superblock's public key is not a key")
        }
        var state = SealedState(frontier: MerkleFrontier(), lastTime: 0, unlisted: [])
        for manifest in manifests {
            try checkStatement(manifest)
            for entry in manifest.entries where entry.isLocal {
                try checkSegment(entry, manifest.month, superblock, verifyingKey)
            }
            state.unlisted += try findUnlisted(manifest)
            state.surplus += try findSurplus(manifest)
        }
        try checkScrubbed(manifests, superblock.ledger, verifyingKey)
        for directory in try monthDirectories()
        where !manifests.contains(where: { $0.month.description == directory.name }) {
            state.unlisted += try segmentFiles(in: directory)
        }
        guard
            let (month, newest) = manifests.last(where: { !$0.entries.isEmpty }).flatMap({ manifest in
                manifest.entries.last.map { (manifest.month, $0) }
            })
        else { return state }
        let footer = try openNewest(newest, month, superblock.ledger, verifyingKey)
        guard let frontier = footer.tiles.extend(footer.frontier) else {
            throw refusal(
                .corruptSealed, sequences: newest.sequences,
                damages: [Damage(file: paths.segment(month, newest.sequences), offset: 0, "hashes disagree")],
                "the newest segment's hashes disagree")
        }
        state.frontier = frontier
        state.lastTime = newest.lastTime
        return state
    }

    private func checkSegment(
        _ entry: PartitionManifest.Entry, _ month: Month, _ superblock: Superblock,
        _ verifyingKey: VerifyingKey
    ) throws(LogStoreError) {
        let path = paths.segment(month, entry.sequences)
        do throws(LogStoreError) {
            let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
            let tail = try SegmentFile<P.Disk.File>.readTail(
                file, path, entry: entry, ledger: superblock.ledger, verifyingKey: verifyingKey)
            guard tail.isEncrypted || !superblock.isEncrypted else {
                throw .damaged(Damage(file: path, offset: tail.tailOffset, "plain, in an encrypted log"))
            }
        } catch { throw sealedRefusal(error, path, entry.sequences) }
    }

    /// What a failure to read a listed segment means: damage refuses, a wrong key stays a wrong key.
    func sealedRefusal(
        _ error: LogStoreError, _ path: StoragePath, _ sequences: Range<UInt64>
    ) -> LogStoreError {
        switch error {
        case .damaged(let damage):
            refusal(.corruptSealed, sequences: sequences, damages: [damage], "a sealed segment is damaged")
        case .storage(let error)
        where error.code == ErrorNumber.notFound || error.code == ErrorNumber.inputOutput:
            refusal(
                .corruptSealed, sequences: sequences, damages: [Damage(file: path, offset: 0, "\(error)")],
                "a sealed segment is missing or unreadable")
        default: error
        }
    }

    private func openNewest(
        _ entry: PartitionManifest.Entry, _ month: Month, _ ledger: LogUUID, _ verifyingKey: VerifyingKey
    ) throws(LogStoreError) -> SegmentFooter {
        let path = paths.segment(month, entry.sequences)
        do throws(LogStoreError) {
            return try SegmentFile(
                disk: disk, path: path, entry: entry, ledger: ledger, verifyingKey: verifyingKey,
                encryption: options.encryption
            ).footer
        } catch { throw sealedRefusal(error, path, entry.sequences) }
    }

    private func segmentFiles(in directory: StoragePath) throws(LogStoreError) -> [StoragePath] {
        try onDisk { () throws(StorageError) in try disk.list(directory) }
            .filter { $0.hasSuffix(ShardPaths.Ending.segment) }.map { directory / $0 }
    }

    private func findUnlisted(_ manifest: PartitionManifest) throws(LogStoreError) -> [StoragePath] {
        let listed = Set(manifest.entries.map { ShardPaths.segmentName($0.sequences) })
        return try segmentFiles(in: paths.month(manifest.month)).filter { !listed.contains($0.name) }
    }

    /// Of an entry that has both segment and stub, the one the manifest does not want: a crash between
    /// manifest and removal leaves both. A segment alone whose manifest has given it up is nothing a crash
    /// leaves; it may be the last good copy, and stays.
    private func findSurplus(_ manifest: PartitionManifest) throws(LogStoreError) -> [StoragePath] {
        let present = Set(
            try onDisk { () throws(StorageError) in try disk.list(paths.month(manifest.month)) })
        var surplus: [StoragePath] = []
        for entry in manifest.entries {
            let segment = paths.segment(manifest.month, entry.sequences)
            let stub = paths.stub(manifest.month, entry.sequences)
            guard present.contains(segment.name), present.contains(stub.name) else { continue }
            surplus.append(entry.isLocal ? stub : segment)
        }
        return surplus
    }

    /// A closed month's statement must be there and be the one signed for it.
    private func checkStatement(_ manifest: PartitionManifest) throws(LogStoreError) {
        guard manifest.isClosed else { return }
        let path = paths.close(manifest.month)
        let bytes: [UInt8]?
        do throws(LogStoreError) {
            bytes = try AtomicFile.read(path, byteCountMax: SignedNote.byteCountMax, on: disk)
        } catch .damaged(let damage) {
            throw refusal(
                .corruptSealed, damages: [damage], "the statement of \(manifest.month) is not readable")
        }
        guard let bytes else {
            throw refusal(
                .corruptSealed, damages: [Damage(file: path, offset: 0, "missing")],
                "the statement of closed month \(manifest.month) is missing")
        }
        let hash = bytes.withRawSpan { SHA256.of($0) }
        guard hash == manifest.statementHash else {
            throw refusal(
                .corruptSealed, damages: [Damage(file: path, offset: 0, "SHA-256 \(hash)")],
                "the statement of \(manifest.month) is not the one its manifest names")
        }
    }

    /// Step R2 for files no manifest lists: a crash between a segment's rename and its manifest leaves one
    /// whose events the write-ahead files still hold; that one is removed. Anything else is not explained by
    /// a crash and is never deleted.
    func judgeUnlisted(
        _ unlisted: [StoragePath], walFiles: [WALFileRecord], end: UInt64
    ) throws(LogStoreError) -> [StoragePath] {
        for path in unlisted {
            guard let range = ShardPaths.parseSegmentName(path.name), let first = walFiles.first,
                first.firstSequence <= range.lowerBound, range.upperBound <= end
            else {
                throw refusal(
                    .corruptSealed, sequences: ShardPaths.parseSegmentName(path.name),
                    damages: [Damage(file: path, offset: 0, "no manifest lists it")],
                    "a sealed segment is in no manifest, and the write-ahead files do not hold its events")
            }
        }
        return unlisted
    }

    /// A signed checkpoint proves its tree size durable. A damaged one is rebuilt from the log and reported.
    mutating func noteCheckpoint(_ superblock: Superblock) throws(LogStoreError) -> Checkpoint? {
        let path = paths.checkpoint
        do {
            guard let bytes = try AtomicFile.read(path, byteCountMax: SignedNote.byteCountMax, on: disk)
            else { return nil }
            let checkpoint = try LogIdentity(superblock).verifier.checkpoint(bytes)
            evidence.note(checkpoint.size, "the signed checkpoint")
            claim(checkpoint.size, checkpoint.root, path, at: 0, "the signed checkpoint")
            return checkpoint
        } catch LogStoreError.storage(let error) where error.code != ErrorNumber.inputOutput {
            throw .storage(error)
        } catch {
            repaired.append(Damage(file: path, offset: 0, "\(error)"))
        }
        return nil
    }
}
