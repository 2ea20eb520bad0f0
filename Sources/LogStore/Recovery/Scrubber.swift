import Synchronization

/// Re-reads everything sealed within 14 days, so that rot is found while a good copy still exists.
///
/// Each step reads one segment from the device, whole: file hash, and every block down to its events. Paced
/// by bytes; used by one thread at a time. Its position is kept in `scrub`, so that a process restarted every
/// day comes round as well; so is the damage it finds, so that no later process goes on over it.
package final class Scrubber<P: Platform>: Sendable {
    private let platform: P
    private let paths: ShardPaths
    private let catalog: LogCatalog
    private let ledger: LogUUID
    private let verifyingKey: VerifyingKey
    private let encryption: LogEncryption
    private let state = Mutex(State())

    private struct State {
        /// First sequence of the next segment to read.
        var next: UInt64 = 0
        var roundsCompleted = 0
    }

    /// Seconds in which all sealed data is read once.
    package static var roundSeconds: UInt64 { 14 * 86_400 }

    package init(
        platform: P, paths: ShardPaths, catalog: LogCatalog, ledger: LogUUID, verifyingKey: VerifyingKey,
        encryption: LogEncryption, next: UInt64 = 0
    ) {
        self.platform = platform
        self.paths = paths
        self.catalog = catalog
        self.ledger = ledger
        self.verifyingKey = verifyingKey
        self.encryption = encryption
        state.withLock { $0.next = next }
    }

    /// What a step read.
    package struct Progress: Sendable, Equatable {
        package var sequences: Range<UInt64>
        package var byteCount: UInt64
        /// Seconds to let pass before the next step, at the present amount of data.
        package var pauseSeconds: UInt64
    }

    package var roundsCompleted: Int { state.withLock { $0.roundsCompleted } }

    /// Reads the next local segment; nil if there is none. Throws `damaged` with file and offset.
    package func step() throws(LogStoreError) -> Progress? {
        let local = catalog.manifests.flatMap { manifest in
            manifest.entries.filter(\.isLocal).map { (manifest.month, $0) }
        }
        guard !local.isEmpty else { return nil }
        let (month, entry) = state.withLock { state in
            if let found = local.first(where: { $0.1.sequences.lowerBound >= state.next }) {
                state.next = found.1.sequences.upperBound
                return found
            }
            state.roundsCompleted += 1
            state.next = local[0].1.sequences.upperBound
            return local[0]
        }
        do throws(LogStoreError) { try check(entry, month) } catch {
            // Evicted since we looked: there is no local copy to find rot in.
            guard catalog.current(entry, month)?.isLocal == true else { return try step() }
            if case .damaged(let damage) = error { try note(damage, in: entry) }
            throw error
        }
        try record(ScrubRecord(ledger: ledger, next: entry.sequences.upperBound))
        let total = local.reduce(0) { $0 + $1.1.byteCount }
        return Progress(
            sequences: entry.sequences, byteCount: entry.byteCount,
            pauseSeconds: Self.roundSeconds * entry.byteCount / max(1, total))
    }

    /// Leaves word of damage for the next open; says so if it cannot.
    private func note(_ damage: Damage, in entry: PartitionManifest.Entry) throws(LogStoreError) {
        let sequences = entry.sequences
        do throws(LogStoreError) {
            try record(ScrubRecord(ledger: ledger, next: sequences.lowerBound, damaged: sequences))
        } catch {
            throw .damaged(
                Damage(file: damage.file, offset: damage.offset, "\(damage.what); not noted: \(error)"))
        }
    }

    private func record(_ record: ScrubRecord) throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(record.encoded, to: paths.scrub, on: platform.disk)
        }
    }

    /// Reads one segment from the device and checks every byte of it; of one that these keys do not open
    /// size, signature and hash.
    package func check(_ entry: PartitionManifest.Entry, _ month: Month) throws(LogStoreError) {
        let file = try checkTail(entry, month)
        let path = paths.segment(month, entry.sequences)
        try namingDamage(path) { () throws(LogStoreError) in
            let found = try FilePieces.hash(of: file)
            guard found.hash == entry.fileHash else {
                throw .damaged(
                    Damage(file: path, offset: 0, "hash \(found.hash), sealed was \(entry.fileHash)"))
            }
        }
        if case .locked = encryption { return }
        let segment = try namingDamage(path) { () throws(LogStoreError) in
            try SegmentFile(
                disk: platform.disk, path: path, entry: entry, ledger: ledger, verifyingKey: verifyingKey,
                encryption: encryption, mode: .readDirect)
        }
        var reader = SegmentReader<P.Disk.File>(windowBytes: 1 << 20)
        reader.open(segment)
        for number in 0..<segment.tail.shape.blockCount { try reader.readBlock(number) }
    }

    /// Checks size, tail and signature, which needs no keys and one read.
    @discardableResult
    package func checkTail(
        _ entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) -> P.Disk.File {
        let path = paths.segment(month, entry.sequences)
        return try namingDamage(path) { () throws(LogStoreError) in
            let file = try onDisk { () throws(StorageError) in try platform.disk.open(path, .readDirect) }
            let tail = try SegmentFile<P.Disk.File>.readTail(
                file, path, entry: entry, ledger: ledger, verifyingKey: verifyingKey)
            if case .off = encryption { return file }
            guard tail.isEncrypted else {
                throw .damaged(Damage(file: path, offset: tail.tailOffset, "plain, in an encrypted log"))
            }
            return file
        }
    }

    /// A sector that cannot be read, and a file that is gone, are damage of the segment.
    private func namingDamage<Result>(
        _ path: StoragePath, _ work: () throws(LogStoreError) -> Result
    ) throws(LogStoreError) -> Result {
        do throws(LogStoreError) { return try work() } catch {
            guard case .storage(let storage) = error,
                storage.code == ErrorNumber.inputOutput || storage.code == ErrorNumber.notFound
            else { throw error }
            throw .damaged(Damage(file: path, offset: storage.offset ?? 0, "\(storage)"))
        }
    }
}
