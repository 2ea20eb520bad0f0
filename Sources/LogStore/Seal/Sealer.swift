import Synchronization

/// Turns closed write-ahead files into sealed segments, and lets the files go once every event in them is
/// safe.
///
/// Order, each step durable before the next: segment written under a temporary name, synced, read back and
/// compared; renamed into its month; manifest; superblock; write-ahead files. A crash after any of them
/// leaves either the old state or the new one, and leftovers that the next open removes. Used by one thread.
package final class Sealer<P: Platform, Index: EventIndex> {
    let platform: P
    let paths: ShardPaths
    private let geometry: LogGeometry
    let keys: LogKeys<P>
    let catalog: LogCatalog
    let superblocks: SuperblockStore<P.Disk>
    let segments: SegmentCache<P.Disk>
    private let preparer: FilePreparer<P>
    private let tree: LogTree
    /// Has an act appended to the log, in the order of the calls.
    private let announce: @Sendable (ReservedEvent) -> Void
    private var writer: SegmentWriter<P, Index>
    /// A segment that has its name while manifest and superblock could not be written yet. No other is made
    /// before it is listed: the manifest has no gaps, and files go only once their events are listed.
    private var unlisted: (entry: PartitionManifest.Entry, month: Month)?
    private var areManifestsNoted = true
    /// A segment whose rename is not known to be durable, after a failure in or behind it.
    private var stray: StoragePath?
    /// The tree at the end of the last segment that has its name.
    private var frontier: MerkleFrontier

    package init(
        platform: P, paths: ShardPaths, geometry: LogGeometry, keys: LogKeys<P>, catalog: LogCatalog,
        superblocks: SuperblockStore<P.Disk>, segments: SegmentCache<P.Disk>, preparer: FilePreparer<P>,
        tree: LogTree, index: Index, frontier: MerkleFrontier, pace: SealingPace,
        announce: @escaping @Sendable (ReservedEvent) -> Void
    ) {
        self.announce = announce
        self.platform = platform
        self.paths = paths
        self.geometry = geometry
        self.keys = keys
        self.catalog = catalog
        self.superblocks = superblocks
        self.segments = segments
        self.preparer = preparer
        self.tree = tree
        self.frontier = frontier
        writer = SegmentWriter(platform: platform, geometry: geometry, index: index, pace: pace)
    }

    /// What the next segment would hold: events of one month from closed files.
    struct Plan {
        var month: Month
        var sequences: Range<UInt64>
        var sources: [WALFileRecord]
    }

    /// Seals the next segment if there is one to seal; says what was sealed. A failure changes nothing that
    /// the next call would not take up again.
    package func sealNext() throws(LogStoreError) -> PartitionManifest.Entry? {
        try noteManifests()
        try releaseFiles()
        try removeStray()
        if unlisted == nil, let plan = makePlan() { unlisted = (try writeSegment(plan), plan.month) }
        guard let (entry, month) = unlisted else { return nil }
        try list(entry, in: month)
        unlisted = nil
        tree.forget(below: entry.sequences.upperBound >> 8)
        try releaseFiles()
        return entry
    }

    /// Segments end at a multiple of 256 except the last of a month, which is known once a file of another
    /// month follows; a remainder waits for the next file.
    private func makePlan() -> Plan? {
        let files = catalog.walFiles
        let start = frontier.size
        guard let firstIndex = files.firstIndex(where: { $0.isClosed && $0.endSequence > start }) else {
            return nil
        }
        let month = files[firstIndex].month
        let rest = files[firstIndex...]
        let sources = rest.prefix { $0.isClosed && $0.month == month }
        guard let last = sources.last else { return nil }
        let isMonthOver = rest.dropFirst(sources.count).first.map { $0.month != month } ?? false
        let limit = ((start >> 8) << 8) + UInt64(geometry.segmentEventsMax)
        var end = min(last.endSequence, limit)
        if !(isMonthOver && end == last.endSequence) { end = (end >> 8) << 8 }
        guard end > start else { return nil }
        let used = sources.filter { $0.firstSequence < end && $0.endSequence > start }
        return Plan(month: month, sequences: start..<end, sources: Array(used))
    }

    /// The next plan may be longer: left in place, the file would be in no manifest once its write-ahead
    /// files are gone, and the next open would take it for damage.
    private func removeStray() throws(LogStoreError) {
        guard let path = stray else { return }
        try onDisk { () throws(StorageError) in
            if try platform.disk.exists(path) { try platform.disk.remove(path) }
            try platform.disk.syncDirectory(path.parent)
        }
        stray = nil
    }

    private func writeSegment(_ plan: Plan) throws(LogStoreError) -> PartitionManifest.Entry {
        let listedCount = catalog.manifest(plan.month)?.entries.count ?? 0
        guard listedCount < geometry.monthSegmentsMax else {
            throw .invalidRequest(
                "sealing stands still: \(plan.month) has \(listedCount) segments, no more fit")
        }
        let directory = paths.month(plan.month)
        try onDisk { () throws(StorageError) in
            if try !platform.disk.exists(directory) {
                try platform.disk.createDirectory(directory)
                try platform.disk.syncDirectory(paths.log)
            }
        }
        let previous = catalog.manifests.last { !$0.entries.isEmpty }?.entries.last?.uuid ?? .zero
        let result = try writer.write(
            plan.sequences, month: plan.month, sources: plan.sources, frontier: frontier,
            previousFileUUID: previous, temporary: paths.unsealed(plan.month), keys: keys,
            superblock: superblocks.value)
        let path = paths.segment(plan.month, plan.sequences)
        stray = path
        try onDisk { () throws(StorageError) in
            try platform.disk.rename(paths.unsealed(plan.month), to: path)
            try platform.disk.syncDirectory(directory)
        }
        stray = nil
        frontier = result.frontier
        return result.entry
    }

    /// Manifest, then superblock; from then on the segment is what readers use.
    private func list(_ entry: PartitionManifest.Entry, in month: Month) throws(LogStoreError) {
        if catalog.manifest(month)?.entries.last?.uuid == entry.uuid { return try noteManifests() }
        let manifest =
            catalog.manifest(month)?.successor { $0.entries.append(entry) }
            ?? PartitionManifest(
                month: month, generation: 1, previousHash: .zero, ledger: superblocks.value.ledger,
                isClosed: false, entries: [entry])
        try install(manifest, announcing: .segmentSealed(ReservedEvent.SealedRange(entry, month: month)))
    }

    /// Makes a manifest durable and known. The superblock knows its predecessor by then, so that a manifest
    /// is never more than one generation ahead.
    ///
    /// - Parameter act: what the manifest makes true; announced even if the superblock then fails, for a
    ///   durable manifest counts.
    package func install(
        _ manifest: PartitionManifest, announcing act: ReservedEvent? = nil
    ) throws(LogStoreError) {
        try noteManifests()
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(manifest.encoded, to: paths.manifest(manifest.month), on: platform.disk)
        }
        catalog.install(manifest)
        areManifestsNoted = false
        if let act { announce(act) }
        try noteManifests()
    }

    /// Makes the superblock name the manifests in force, if it does not yet.
    private func noteManifests() throws(LogStoreError) {
        if areManifestsNoted { return }
        let table = PartitionTable(folding: catalog.manifests.map(\.tableEntry))
        try superblocks.update { $0.partitions = table }
        areManifestsNoted = true
    }

    /// Removes or recycles files whose every event is listed. The newest file is never among them. The
    /// catalog forgets a file last, so that a failure leaves it to the next call; readers do not mind: of
    /// listed events the catalog names the segment.
    private func releaseFiles() throws(LogStoreError) {
        let listedEnd = catalog.sealedEnd
        for record in catalog.walFiles {
            guard record.isClosed, record.endSequence <= listedEnd else { return }
            try release(record.path)
            catalog.removeWAL(record.uuid)
        }
    }

    private func release(_ path: StoragePath) throws(LogStoreError) {
        // A failure before may have come after the rename or removal, when only the directory was not synced.
        let isThere = try onDisk { () throws(StorageError) in try platform.disk.exists(path) }
        if isThere, try preparer.recycle(path) { return }
        try onDisk { () throws(StorageError) in
            if isThere { try platform.disk.remove(path) }
            try platform.disk.syncDirectory(paths.wal)
        }
    }
}

extension ReservedEvent.SealedRange {
    /// What an act says about a listed segment.
    init(_ entry: PartitionManifest.Entry, month: Month) {
        self.init(
            month: month, uuid: entry.uuid, sequences: entry.sequences, fileHash: entry.fileHash,
            rootAfter: entry.rootAfter)
    }
}
