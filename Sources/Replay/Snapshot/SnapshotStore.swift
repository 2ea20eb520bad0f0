import Ledger
package import LogStore
package import Projections

/// The snapshots beside a log: `snap/<sequence:020>.snap`.
///
/// A snapshot appears whole or not at all: it is written under a temporary name, synced, renamed, and its
/// directory synced; older ones go only then. Losing all of them costs time and nothing else. What left the
/// memory of a state is not in it: `BoundedLedger.writeSnapshot` writes both.
package struct SnapshotStore<P: Platform>: Sendable {
    private let log: ReplayLog<P>
    private var disk: P.Disk { log.platform.disk }
    private var directory: StoragePath { log.paths.snapshots }

    /// Snapshots kept: the newest, and one to fall back on.
    package static var keptCount: Int { 2 }

    /// The snapshots of this log.
    package init(_ log: ReplayLog<P>) { self.log = log }

    // MARK: Listing

    func path(_ sequence: UInt64) -> StoragePath {
        directory / (ShardPaths.padded(sequence, 20) + ShardPaths.Ending.snapshot)
    }

    private func sequence(of name: String) -> UInt64? {
        guard name.hasSuffix(ShardPaths.Ending.snapshot) else { return nil }
        let digits = name.dropLast(ShardPaths.Ending.snapshot.count)
        guard let sequence = UInt64(digits), path(sequence).name == name else { return nil }
        return sequence
    }

    /// Sequences of the snapshots there are, newest first; none is looked into.
    package func sequences() throws(SnapshotError) -> [UInt64] {
        try onSnapshots { () throws(StorageError) in
            try disk.list(directory).compactMap { sequence(of: $0) }.sorted(by: >)
        }
    }

    private func onSnapshots<Result>(
        _ work: () throws(StorageError) -> Result
    ) throws(SnapshotError) -> Result {
        do { return try work() } catch { throw .log(.storage(error)) }
    }

    // MARK: Writing

    /// Writes a snapshot of `state`, which must hold no more than is durable, and removes what it makes
    /// superfluous. Blocks the calling thread; one caller at a time.
    ///
    /// - Returns: its path and size in bytes.
    @discardableResult
    package func write(
        _ state: inout LedgerState
    ) throws(SnapshotError) -> (path: StoragePath, byteCount: UInt64) {
        let draft = try begin(&state)
        try draft.fill(with: &state)
        try publish(draft)
        return (draft.path, draft.byteCount)
    }

    /// Begins a snapshot of `state`, which must hold no more than is durable: a file under a temporary name.
    package func begin(_ state: inout LedgerState) throws(SnapshotError) -> SnapshotDraft<P> {
        let sequence = state.next.raw
        guard sequence > 0, sequence <= log.readableEnd else {
            throw .otherHistory("the state is at \(sequence), and \(log.readableEnd) events are durable")
        }
        let path = path(sequence)
        try onSnapshots { () throws(StorageError) in
            guard try !disk.exists(directory) else { return }
            try disk.createDirectory(directory)
            try disk.syncDirectory(directory.parent)
        }
        return try beginFile(path, try preamble(of: &state))
    }

    /// Gives a filled snapshot its name, and removes those it makes superfluous.
    package func publish(_ draft: SnapshotDraft<P>) throws(SnapshotError) {
        try onSnapshots { () throws(StorageError) in
            try disk.rename(draft.path.temporary, to: draft.path)
            try disk.syncDirectory(directory)
        }
        try removeOld()
    }

    private func preamble(of state: inout LedgerState) throws(SnapshotError) -> SnapshotPreamble {
        SnapshotPreamble(
            stamp: LedgerState.snapshotStamp, ledger: log.ledger, shard: log.paths.shard,
            sequence: state.next.raw, time: state.time.nanoseconds, digest: state.digest,
            leaf: try leaf(before: state.next.raw), counts: state.snapshotCounts())
    }

    private func beginFile(
        _ path: StoragePath, _ preamble: SnapshotPreamble
    ) throws(SnapshotError) -> SnapshotDraft<P> {
        let month = Month(containing: preamble.time)
        let key: FileKey?
        do throws(LogStoreError) {
            key = try log.encryption.makeFileKey(month: month.number, platform: log.platform)
        } catch { throw .log(error) }
        let header = header(preamble, key)
        let file = try onSnapshots { () throws(StorageError) in
            if try disk.exists(path.temporary) { try disk.remove(path.temporary) }
            _ = try disk.open(path.temporary, .create)
            return try disk.open(path.temporary, .commit)
        }
        let writer = SnapshotWriter(file: file, header: header, key: key?.dataKey)
        return SnapshotDraft(path: path, preamble: preamble, file: file, writer: writer)
    }

    private func header(_ preamble: SnapshotPreamble, _ key: FileKey?) -> FileHeader {
        var header = FileHeader(
            kind: .snapshot, fileUUID: log.platform.makeUUID(), ledgerUUID: preamble.ledger,
            shard: preamble.shard, partition: 0, firstSequence: preamble.sequence, epoch: 0,
            createdTime: log.platform.wallTime(), previousFileUUID: .zero, rootAtFirst: Hash256.zero)
        if let key {
            header.monthKeyID = key.monthKeyID
            header.wrappedDataKey = key.wrapped
            header.aead = 1
        }
        return header
    }

    /// Removes all but the newest, and what a crash left unfinished.
    private func removeOld() throws(SnapshotError) {
        let kept = Set(try sequences().prefix(Self.keptCount).map { path($0).name })
        try onSnapshots { () throws(StorageError) in
            let names = try disk.list(directory).filter { name in
                let isOld = sequence(of: name) != nil && !kept.contains(name)
                return isOld || name.hasSuffix(ShardPaths.Ending.temporary)
            }
            for name in names { try disk.remove(directory / name) }
            if !names.isEmpty { try disk.syncDirectory(directory) }
        }
    }

    /// What ties a snapshot to this history: the event before its sequence, with its time to the nanosecond.
    private func leaf(before sequence: UInt64) throws(SnapshotError) -> Hash256 {
        var reader = LogReader(source: log.source, from: sequence - 1, windowBytes: 64 << 10)
        do throws(LogStoreError) {
            guard try reader.next() else {
                throw .notReadable(sequence: sequence - 1, reason: "the log ends before it")
            }
        } catch { throw .log(error) }
        var cursor = reader.run.makeCursor()
        guard let view = cursor.next() else { invariantViolated("a run without events") }
        return SHA256.leaf(view.bytes)
    }

    // MARK: Reading

    /// The state of the snapshot at `sequence`, if it is one of this ledger, this software and this history,
    /// whole, and gives the state it was made of.
    ///
    /// - Parameters:
    ///   - seed: of the index of keys, as for a new state.
    ///   - room: that its indexes are made for.
    package func load(
        _ sequence: UInt64, seed: UInt64, room: LedgerRoom = LedgerRoom()
    ) throws(SnapshotError) -> LedgerState {
        guard sequence > 0, sequence <= log.readableEnd else {
            throw .otherHistory("it is at \(sequence), and \(log.readableEnd) events may be believed")
        }
        let path = path(sequence)
        let plain = try onSnapshots { () throws(StorageError) in try disk.open(path, .read) }
        let (header, key) = try readHeader(plain, path, sequence)
        let file = try onSnapshots { () throws(StorageError) in try disk.open(path, .readDirect) }
        let reader = SnapshotReader(file: file, path: path, fileUUID: header.fileUUID, key: key)
        let thread = reader.start()
        defer {
            reader.stop()
            thread.join()
        }
        let said = try orRefusal(reader) { (reader) throws(SnapshotFailure) in try reader.preamble() }
        try check(said, sequence)
        var state = try orRefusal(reader) { (reader) throws(SnapshotFailure) in
            let state = try LedgerState.read(
                snapshot: reader, shard: log.shard, seed: seed, room: room)
            try reader.expectEnd()
            return state
        }
        guard state.digest == said.digest else {
            throw .digestDiffers(said: said.digest, found: state.digest)
        }
        let counts = state.snapshotCounts()
        guard state.next.raw == sequence, state.time.nanoseconds == said.time, counts == said.counts else {
            throw .malformed(
                "the state is at \(state.next.raw) with \(counts) rows, \(said.counts) were told")
        }
        return state
    }

    /// What reading gives, or why it does not: what is wrong with the file comes first.
    private func orRefusal<Result: ~Copyable>(
        _ reader: SnapshotReader<P.Disk.File>,
        _ read: (SnapshotReader<P.Disk.File>) throws(SnapshotFailure) -> Result
    ) throws(SnapshotError) -> Result {
        do { return try read(reader) } catch {
            if let failure = reader.failure { throw .log(failure) }
            throw .malformed("\(error)")
        }
    }

    private func readHeader(
        _ file: P.Disk.File, _ path: StoragePath, _ sequence: UInt64
    ) throws(SnapshotError) -> (FileHeader, SecretKey?) {
        do throws(LogStoreError) {
            let header = try FileHeader.read(from: file)
            if header.kind == .snapshot, header.ledgerUUID == log.ledger, header.shard == log.paths.shard,
                header.firstSequence == sequence
            {
                return (header, try header.dataKey(with: log.encryption, file: path))
            }
            throw .damaged(
                Damage(
                    file: path, offset: 0,
                    "a \(header.kind) of ledger \(header.ledgerUUID), shard \(header.shard), sequence "
                        + "\(header.firstSequence)"))
        } catch { throw .log(error) }
    }

    private func check(_ said: SnapshotPreamble, _ sequence: UInt64) throws(SnapshotError) {
        guard said.stamp == LedgerState.snapshotStamp else {
            throw .otherSoftware("its rows have another layout")
        }
        guard said.digestVersion == UInt32(StateDigest.version) else {
            throw .otherSoftware("its digest is of version \(said.digestVersion)")
        }
        guard said.ledger == log.ledger, said.shard == log.paths.shard, said.sequence == sequence else {
            throw .foreign("it is of ledger \(said.ledger), shard \(said.shard), sequence \(said.sequence)")
        }
        guard try leaf(before: sequence) == said.leaf else {
            throw .otherHistory("the log has another event \(sequence - 1)")
        }
    }
}
