import Synchronization

/// Prepares the next write-ahead file ahead of need: blocks reserved, every byte zeroed and synced.
///
/// Why zeroed: a sync into a merely reserved file must convert its extents and takes ten times as long. Why in
/// small paced steps: zeroing 128 MiB at once stalls commits by 80 to 90 ms. A crash leaves `.tmp` files, which
/// the next open removes or zeroes again from the start. Driven by one thread; `takeReady` by the committer.
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
        /// The name last handed out: the committer may not have renamed that file yet.
        var handedOut: StoragePath?
    }

    private let platform: P
    private let paths: ShardPaths
    private let geometry: LogGeometry
    private let state: Mutex<State>
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
    package func step() throws(LogStoreError) -> Progress {
        if state.withLock({ $0.ready != nil }) { return .ready }
        guard let (prepared, zeroed) = state.withLock({ $0.inProgress }) else {
            let prepared = try start()
            state.withLock { $0.inProgress = (prepared, 0) }
            return .zeroed(fraction: 0)
        }
        let length = min(UInt64(geometry.zeroStepBytes), UInt64(geometry.walBytes) - zeroed)
        do throws(StorageError) {
            try zeros.withLock { (zeros) throws(StorageError) in
                try prepared.file.write(zeros.bytes.extracting(0..<Int(length)), at: zeroed)
            }
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
        }
        return .ready
    }

    private func start() throws(LogStoreError) -> Prepared {
        let needed = UInt64(geometry.walBytes)
        let free = try onDisk { () throws(StorageError) in try platform.disk.freeBytes() }
        if let spare = state.withLock({ $0.spares.popLast() }) {
            return Prepared(
                path: spare,
                file: try onDisk { () throws(StorageError) in try platform.disk.open(spare, .commit) })
        }
        guard free >= needed + geometry.reserveBytes else {
            throw .storageFull(freeBytes: free, neededBytes: needed + geometry.reserveBytes)
        }
        let handedOut = state.withLock { $0.handedOut }
        let path = paths.wal / (handedOut?.name == "next-0.tmp" ? "next-1.tmp" : "next-0.tmp")
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
            let ready = state.ready
            state.ready = nil
            if let ready { state.handedOut = ready.path }
            return ready
        }
    }

    /// Takes a retired write-ahead file for reuse: renames it so that it can never be mistaken for log, makes
    /// the rename durable, and only later zeroes it. Returns false if enough spares are kept: remove it then.
    package func recycle(_ path: StoragePath) throws(LogStoreError) -> Bool {
        let spare: StoragePath? = state.withLock { state in
            guard state.spares.count < Self.sparesMax else { return nil }
            let inUse = [state.ready?.path, state.inProgress?.prepared.path, state.handedOut].compactMap { $0 }
            let taken = Set((state.spares + inUse).map(\.name))
            return (0..<Self.sparesMax + 2).map { paths.wal / "spare-\($0).tmp" }.first { !taken.contains($0.name) }
        }
        guard let spare else { return false }
        do throws(StorageError) {
            try platform.disk.rename(path, to: spare)
            try platform.disk.syncDirectory(paths.wal)
        } catch { throw .storage(error) }
        state.withLock { $0.spares.append(spare) }
        return true
    }
}
