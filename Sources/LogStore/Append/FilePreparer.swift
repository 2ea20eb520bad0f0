import Synchronization

/// Prepares the next write-ahead file ahead of need: blocks reserved, every byte zeroed and synced.
///
/// Why zeroed: a sync into a merely reserved file must convert its extents and takes ten times as long. Why
/// in small paced steps: zeroing 128 MiB at once stalls commits by 80 to 90 ms. A crash leaves `.tmp` files,
/// which the next open removes or zeroes again from the start. Driven by one thread; `takeReady` by the
/// committer.
package final class FilePreparer<P: Platform>: Sendable {
    package typealias File = P.Disk.File

    /// A file that may become the active one.
    package struct Prepared: Sendable {
        package let path: StoragePath
        package let file: File
    }

    private struct State {
        var ready: Prepared?
        var inProgress: (prepared: Prepared, zeroed: UInt64)?
        var spares: [StoragePath]
        /// The name of the file being prepared or ready: claimed before it is touched, until it is taken.
        var claimed: StoragePath?
        /// The name of the file taken last. The committer may be about to rename it, so it belongs to no
        /// other file until the next one is taken.
        var taken: StoragePath?
        /// Whether `ready` was told to the exchange. Told twice, a file would be promised that is taken
        /// already.
        var isAnnounced = false

        /// The first of `names` that no file in hand has.
        func free(among names: [StoragePath]) -> StoragePath {
            guard let name = names.first(where: { $0 != claimed && $0 != taken && !spares.contains($0) })
            else { invariantViolated("all of \(names) are in use") }
            return name
        }

        /// The name of the next file to prepare: a spare's, else a free one.
        mutating func claim(among names: [StoragePath]) -> (path: StoragePath, isSpare: Bool) {
            // What failed earlier gives its name back.
            claimed = nil
            let spare = spares.popLast()
            let path = spare ?? free(among: names)
            claimed = path
            return (path, spare != nil)
        }
    }

    private let platform: P
    private let paths: ShardPaths
    private let geometry: LogGeometry
    private let state: Mutex<State>
    /// Held through a whole step: two callers would zero, and then hand out, the same file.
    private let zeros: Mutex<AlignedBuffer>

    /// Files kept for reuse at most.
    package static var sparesMax: Int { 4 }

    /// - Parameter spares: `.tmp` files recovery kept.
    package init(platform: P, paths: ShardPaths, geometry: LogGeometry, spares: [StoragePath]) {
        self.platform = platform
        self.paths = paths
        self.geometry = geometry
        state = Mutex(State(ready: nil, inProgress: nil, spares: spares))
        zeros = Mutex(AlignedBuffer(byteCount: geometry.zeroStepBytes))
    }

    /// What one step achieved.
    package enum Progress: Sendable, Equatable {
        /// A file is ready, nothing to do.
        case ready
        /// A part was zeroed; call again.
        case zeroed(fraction: Double)
    }

    /// Does one step of work: opens and reserves a file, or zeroes the next part of it.
    ///
    /// Errors here are no danger to the log: `ENOSPC` is `storageFull`, anything else an alarm.
    ///
    /// - Parameter mayUseReserve: whether the log cannot go on without this file, as at its start: the
    ///   reserve is there for that. What is prepared ahead of need leaves it alone.
    package func step(mayUseReserve: Bool = false) throws(LogStoreError) -> Progress {
        try zeros.withLock { (zeros) throws(LogStoreError) in
            try step(zeros: zeros, reserve: mayUseReserve ? 0 : geometry.reserveBytes)
        }
    }

    private func step(zeros: borrowing AlignedBuffer, reserve: UInt64) throws(LogStoreError) -> Progress {
        if state.withLock({ $0.ready != nil }) { return .ready }
        guard let (prepared, zeroed) = state.withLock({ $0.inProgress }) else {
            let prepared = try start(reserve: reserve)
            state.withLock { $0.inProgress = (prepared, 0) }
            return .zeroed(fraction: 0)
        }
        let length = min(UInt64(geometry.zeroStepBytes), UInt64(geometry.walBytes) - zeroed)
        do throws(StorageError) {
            try prepared.file.write(zeros.bytes.extracting(0..<Int(length)), at: zeroed)
            try prepared.file.sync()
        } catch {
            try abandon(prepared, after: error)
        }
        let done = zeroed + length
        guard done == UInt64(geometry.walBytes) else {
            state.withLock { $0.inProgress = (prepared, done) }
            return .zeroed(fraction: Double(done) / Double(geometry.walBytes))
        }
        state.withLock {
            $0.inProgress = nil
            $0.ready = prepared
            $0.isAnnounced = false
        }
        return .ready
    }

    /// Whether a file is ready that nobody was told of; true once for each.
    package func announce() -> Bool {
        state.withLock { state in
            guard state.ready != nil, !state.isAnnounced else { return false }
            state.isAnnounced = true
            return true
        }
    }

    private func start(reserve: UInt64) throws(LogStoreError) -> Prepared {
        let needed = UInt64(geometry.walBytes)
        let free = try onDisk { () throws(StorageError) in try platform.disk.freeBytes() }
        let (path, isSpare) = state.withLock { $0.claim(among: names("next", count: 2)) }
        if isSpare {
            return Prepared(
                path: path,
                file: try onDisk { () throws(StorageError) in try platform.disk.open(path, .commit) })
        }
        guard free >= needed + reserve else {
            throw .storageFull(freeBytes: free, neededBytes: needed + reserve)
        }
        do throws(StorageError) {
            if try platform.disk.exists(path) { try platform.disk.remove(path) }
            let created = try platform.disk.open(path, .create)
            try created.allocate(needed)
            try created.sync()
            return Prepared(path: path, file: try platform.disk.open(path, .commit))
        } catch {
            if error.code == ErrorNumber.noSpace { throw .storageFull(freeBytes: free, neededBytes: needed) }
            throw .storage(error)
        }
    }

    /// Gives up a half-prepared file: a failed sync is final for the file it happened to.
    private func abandon(_ prepared: Prepared, after error: StorageError) throws(LogStoreError) -> Never {
        state.withLock { $0.inProgress = nil }
        try onDisk { () throws(StorageError) in try platform.disk.remove(prepared.path) }
        if error.code == ErrorNumber.noSpace {
            let free = try onDisk { () throws(StorageError) in try platform.disk.freeBytes() }
            throw .storageFull(freeBytes: free, neededBytes: UInt64(geometry.walBytes))
        }
        throw .storage(error)
    }

    /// The prepared file, which the caller now owns; nil if none is ready.
    package func takeReady() -> Prepared? {
        state.withLock { state in
            guard let ready = state.ready else { return nil }
            state.ready = nil
            (state.claimed, state.taken) = (nil, ready.path)
            return ready
        }
    }

    private func names(_ kind: String, count: Int) -> [StoragePath] {
        (0..<count).map { paths.wal / "\(kind)-\($0)\(ShardPaths.Ending.temporary)" }
    }

    /// Takes a retired write-ahead file for reuse: renames it so that it can never be mistaken for log, makes
    /// the rename durable, and only later zeroes it. Returns false if enough spares are kept: remove it then.
    package func recycle(_ path: StoragePath) throws(LogStoreError) -> Bool {
        // At most three spares, one file being prepared and one taken have a name; only the sealer gives
        // more.
        let names = names("spare", count: Self.sparesMax + 2)
        let spare = state.withLock { $0.spares.count < Self.sparesMax ? $0.free(among: names) : nil }
        guard let spare else { return false }
        do throws(StorageError) {
            try platform.disk.rename(path, to: spare)
            try platform.disk.syncDirectory(paths.wal)
        } catch { throw .storage(error) }
        state.withLock { $0.spares.append(spare) }
        return true
    }
}
