// Recovery steps R1 and R2: manifests and sealed segments.

extension LogExaminer {
    /// What the sealed part of the log amounts to.
    struct SealedState {
        var frontier: MerkleFrontier
        var lastTime: UInt64
        /// `.seg` files that no manifest lists.
        var unlisted: [StoragePath]
    }

    // MARK: Manifests

    /// Every month's manifest: the generation the superblock names, or the one after it that names that one as
    /// its predecessor (a crash came between manifest and superblock).
    mutating func readManifests(_ superblock: Superblock) throws(LogStoreError) -> [PartitionManifest] {
        let table = superblock.partitions
        let recent = table.recent
        var manifests: [PartitionManifest] = []
        var chained: [PartitionManifest] = []
        let present = try monthDirectories().compactMap { Month($0.name) }
        for month in present {
            guard let manifest = try readManifest(month, ledger: superblock.ledger) else { continue }
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
                .corruptSealed, damages: [Damage(file: paths.log, offset: 0, "month \(entry.month) has no manifest")],
                "the superblock lists a month whose manifest is missing")
        }
        try checkChain(chained, table)
        try checkContinuity(manifests)
        return manifests
    }

    private func readManifest(_ month: Month, ledger: LogUUID) throws(LogStoreError) -> PartitionManifest? {
        let path = paths.manifest(month)
        let bytes: [UInt8]?
        do { bytes = try AtomicFile.read(path, byteCountMax: PartitionManifest.byteCountMax, on: disk) } catch {
            if case .damaged(let damage) = error {
                throw refusal(.corruptSealed, damages: [damage], "the manifest of \(month) is not readable")
            }
            throw error
        }
        guard let bytes else { return nil }
        do throws(DecodingFailure) {
            let manifest = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try PartitionManifest(decoding: span)
            }
            guard manifest.month == month, manifest.ledger == ledger else {
                throw DecodingFailure("manifest of \(manifest.month), ledger \(manifest.ledger)")
            }
            return manifest
        } catch {
            throw refusal(
                .corruptSealed, damages: [error.damage(in: path, at: 0)], "the manifest of \(month) is damaged")
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
                    damages: [Damage(file: paths.manifest(manifest.month), offset: 96, "does not follow")],
                    "\(manifest.month) does not continue the month before it")
            }
            previous = manifest.entries.last
        }
    }
}
