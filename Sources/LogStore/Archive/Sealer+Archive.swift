// Archiving, evicting and restoring sealed segments. The sealer does it, because it alone writes manifests.
//
//     archive   what it does not hold is copied, hashed on the way; it reads the copy back and tells its
//               hash; then the manifest says so
//     evict     hash confirmed anew; stub (header, footer, tail) durable; manifest says "gone"; file removed
//     restore   fetched under a temporary name, hashed, renamed; manifest says "here"; stub removed
//
// A crash between any two steps leaves the segment readable or restorable, and at worst a spare file.

extension Sealer {
    private func archiveName(_ month: Month, _ entry: PartitionManifest.Entry) -> String {
        paths.archiveName(superblocks.value.ledger, month, entry.sequences)
    }

    /// Copies what is not archived yet and notes it once the archive confirmed the hash; returns how many.
    package func archive(_ month: Month, to archive: some Archive) throws(LogStoreError) -> Int {
        guard let manifest = catalog.manifest(month) else {
            throw .invalidRequest("\(month) has no sealed segment")
        }
        var confirmed: Set<LogUUID> = []
        for entry in manifest.entries where !entry.isArchived {
            // What the archive holds is never written over: it may be the only good copy.
            if try archive.confirm(archiveName(month, entry)) == nil { try copy(entry, month, to: archive) }
            try requireConfirmation(entry, month, archive)
            confirmed.insert(entry.uuid)
        }
        guard !confirmed.isEmpty else { return 0 }
        try install(
            manifest.successor { next in
                for index in next.entries.indices where confirmed.contains(next.entries[index].uuid) {
                    next.entries[index].isArchived = true
                }
            })
        return confirmed.count
    }

    private func copy(
        _ entry: PartitionManifest.Entry, _ month: Month, to archive: some Archive
    ) throws(LogStoreError) {
        let path = paths.segment(month, entry.sequences)
        let file = try onDisk { () throws(StorageError) in try platform.disk.open(path, .read) }
        var offset: UInt64 = 0
        var hasher = SHA256()
        try archive.put(archiveName(month, entry)) { () throws(LogStoreError) in
            var piece = [UInt8](repeating: 0, count: Int(min(1 << 20, entry.byteCount - offset)))
            guard !piece.isEmpty else {
                let hash = hasher.finalize()
                hasher = SHA256()
                guard hash == entry.fileHash else {
                    throw .damaged(
                        Damage(file: path, offset: 0, "hash \(hash), sealed was \(entry.fileHash)"))
                }
                return nil
            }
            let count = try onDisk { () throws(StorageError) in
                try piece.withMutableRawSpan { (span) throws(StorageError) in
                    try file.read(into: &span, at: offset)
                }
            }
            guard count == piece.count else {
                throw .damaged(Damage(file: path, offset: offset, "the segment ends early"))
            }
            offset += UInt64(count)
            piece.withRawSpan { hasher.update($0) }
            return piece
        }
    }

    private func requireConfirmation(
        _ entry: PartitionManifest.Entry, _ month: Month, _ archive: some Archive
    ) throws(LogStoreError) {
        let name = archiveName(month, entry)
        let held = try archive.confirm(name)
        guard held == ArchivedObject(hash: entry.fileHash, byteCount: entry.byteCount) else {
            let found = held.map { "\($0.byteCount) bytes with hash \($0.hash)" } ?? "nothing"
            throw .damaged(
                Damage(
                    file: StoragePath(name), offset: 0,
                    "the archive holds \(found), sealed was \(entry.fileHash)"))
        }
    }

    /// Gives up the local copies of a closed, cold month, each confirmed by the archive now; returns how
    /// many.
    package func evict(
        _ month: Month, from archive: some Archive, retention: Retention, now: Month
    ) throws(LogStoreError) -> Int {
        guard let manifest = catalog.manifest(month), manifest.isClosed else {
            throw .invalidRequest("\(month) is not closed")
        }
        guard retention.mayEvict(month, now: now) else {
            throw .invalidRequest("\(month) is kept here for \(retention.localMonths) months")
        }
        let local = manifest.entries.filter(\.isLocal)
        guard local.allSatisfy({ $0.isArchived }) else {
            throw .invalidRequest("\(month) is not wholly archived")
        }
        guard !local.contains(where: { $0.sequences.upperBound == catalog.sealedEnd }) else {
            throw .invalidRequest("\(month) holds the newest segment, which always stays")
        }
        guard !local.isEmpty else { return 0 }
        for entry in local {
            try requireConfirmation(entry, month, archive)
            try writeStub(entry, month)
        }
        try install(
            manifest.successor { next in
                for index in next.entries.indices { next.entries[index].isLocal = false }
            },
            announcing: .monthEvicted(
                month: month, segmentCount: UInt32(local.count), generation: manifest.generation + 1))
        try remove(local, month) { paths.segment(month, $0) }
        return local.count
    }

    /// Header, footer and tail stay here: hashes for proofs, filters to know what to fetch, totals.
    private func writeStub(_ entry: PartitionManifest.Entry, _ month: Month) throws(LogStoreError) {
        let path = paths.segment(month, entry.sequences)
        let tail = try segments.open(entry, month).tail
        let file = try onDisk { () throws(StorageError) in try platform.disk.open(path, .read) }
        var stub = [UInt8](repeating: 0, count: FileHeader.byteCount)
        var rest = [UInt8](repeating: 0, count: Int(entry.byteCount - tail.sectionsOffset))
        let counts = try onDisk { () throws(StorageError) in
            (
                try stub.withMutableRawSpan { (span) throws(StorageError) in try file.read(into: &span, at: 0)
                },
                try rest.withMutableRawSpan { (span) throws(StorageError) in
                    try file.read(into: &span, at: tail.sectionsOffset)
                }
            )
        }
        guard counts == (stub.count, rest.count) else {
            throw .damaged(Damage(file: path, offset: tail.sectionsOffset, "the segment ends early"))
        }
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(stub + rest, to: paths.stub(month, entry.sequences), on: platform.disk)
        }
    }

    /// Brings a month's segments back from the archive; returns how many.
    package func restore(_ month: Month, from archive: some Archive) throws(LogStoreError) -> Int {
        guard let manifest = catalog.manifest(month) else {
            throw .invalidRequest("\(month) has no sealed segment")
        }
        let missing = manifest.entries.filter { !$0.isLocal }
        guard !missing.isEmpty else { return 0 }
        let superblock = superblocks.value
        for entry in missing {
            try SegmentFetch(disk: platform.disk, paths: paths, ledger: superblock.ledger)
                .fetch(entry, month, from: archive)
        }
        try install(
            manifest.successor { next in
                for index in next.entries.indices { next.entries[index].isLocal = true }
            })
        try remove(missing, month) { paths.stub(month, $0) }
        return missing.count
    }

    /// Removes a file of each entry, as `path` names it by the entry's sequences. One that is not there has
    /// done its duty: bringing a segment back is also the remedy for a lost stub.
    private func remove(
        _ entries: [PartitionManifest.Entry], _ month: Month, path: (Range<UInt64>) -> StoragePath
    ) throws(LogStoreError) {
        for entry in entries {
            segments.close(entry.uuid)
            let file = path(entry.sequences)
            try onDisk { () throws(StorageError) in
                if try platform.disk.exists(file) { try platform.disk.remove(file) }
            }
        }
        try onDisk { () throws(StorageError) in try platform.disk.syncDirectory(paths.month(month)) }
    }
}
