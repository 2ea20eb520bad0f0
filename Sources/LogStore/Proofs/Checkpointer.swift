import Synchronization

/// Signs what the log amounts to: every 60 s, after a seal, and when a month is closed.
///
/// A checkpoint is a promise, so it is made only about durable events, and the watermark knows the same
/// before anyone can hold it against us. Any thread; one at a time.
package final class Checkpointer<P: Platform>: Sendable {
    private let platform: P
    private let paths: ShardPaths
    private let identity: LogIdentity
    private let key: NoteSigningKey
    private let source: LogSource<P.Disk>
    private let tree: LogTree
    private let state: Mutex<State>
    private let wrongTiles = Mutex<[Damage]>([])

    private struct State {
        var signedSize: UInt64
        /// What an earlier process promised, until it is compared with the log.
        var promise: Checkpoint?
        /// Tree size up to which every full tile is on disk.
        var tiledSize: UInt64
    }

    package init(
        platform: P, paths: ShardPaths, superblock: Superblock, keys: LogKeys<P>, source: LogSource<P.Disk>,
        tree: LogTree, published: Checkpoint?
    ) {
        self.platform = platform
        self.paths = paths
        identity = LogIdentity(superblock)
        key = identity.signingKey(keys.signingKey)
        self.source = source
        self.tree = tree
        state = Mutex(State(signedSize: published?.size ?? 0, promise: published, tiledSize: 0))
    }

    /// Published tiles that were not what the log says, and have been written anew.
    package var repairedTiles: [Damage] { wrongTiles.withLock { $0 } }

    /// Has every tile looked at again with the next checkpoint: one was found wrong.
    package func distrustTiles() { state.withLock { $0.tiledSize = 0 } }

    /// Signs the tree of `point` and publishes it; nil if that size is signed already. The caller has
    /// recorded the watermark. Throws `damaged` if the log no longer is what was signed before.
    package func sign(_ point: DurableProgress.Point) throws(LogStoreError) -> Checkpoint? {
        try state.withLock { state throws(LogStoreError) in
            guard point.sequence > state.signedSize else { return nil }
            try keep(&state.promise)
            let checkpoint: Checkpoint
            do {
                checkpoint = try Checkpoint(origin: identity.origin, size: point.sequence, root: point.root)
            } catch { invariantViolated("\(error)") }
            try writeTiles(from: &state.tiledSize, to: point.sequence)
            let note = checkpoint.signed(by: key)
            try onDisk { () throws(StorageError) in
                try AtomicFile.write(note, to: paths.checkpoint, on: platform.disk)
            }
            state.signedSize = point.sequence
            return checkpoint
        }
    }

    /// Two signed checkpoints that contradict each other would be a proof of fraud against the log's owner.
    private func keep(_ promise: inout Checkpoint?) throws(LogStoreError) {
        guard let made = promise else { return }
        var oracle = RootOracle(source: source, sealedEnd: source.catalog.sealedEnd)
        do throws(LogStoreError) {
            guard let root = try oracle.root(over: made.size), root == made.root else {
                throw .damaged(
                    Damage(
                        file: paths.checkpoint, offset: 0,
                        "the log is not what this checkpoint of \(made.size) events signed"))
            }
        } catch .notReadable {
            // In an evicted month only the stub's hashes are here; growth from there is proved on restore.
        }
        promise = nil
    }

    /// Full tiles of level 1 and up; entries and level 0 are made from blocks on request, partial tiles too.
    /// Tiles are a cache: each is made from the log once an open; what is on disk and differs is rewritten.
    private func writeTiles(from done: inout UInt64, to size: UInt64) throws(LogStoreError) {
        // Nothing new is full unless another 65,536 leaves are.
        guard size >> 16 > done >> 16 else { return }
        let nodes = LogNodes(source: source, tree: tree)
        var settled: StoragePath?
        try Tile.forEach(from: done, to: size) { (tile) throws(LogStoreError) in
            guard case .hashes(let level) = tile.content, level >= 1, !tile.isPartial else { return }
            let path = PublishedTiles<P.Disk>.path(of: tile, in: paths.tiles)
            let bytes = try nodes.tile(tile, level: level).bytes
            if settled != path.parent { try settleDirectories(for: path) }
            settled = path.parent
            guard try !isPresent(bytes, at: path) else { return }
            try onDisk { () throws(StorageError) in
                try AtomicFile.write(bytes, to: path, on: platform.disk)
            }
        }
        done = size
    }

    /// Whether a tile is there and right. A wrong one is noted.
    private func isPresent(_ bytes: [UInt8], at path: StoragePath) throws(LogStoreError) -> Bool {
        var damage = Damage(file: path, offset: 0, "a published tile that is not what the log says")
        do throws(LogStoreError) {
            guard let found = try AtomicFile.read(path, byteCountMax: bytes.count, on: platform.disk) else {
                return false
            }
            if found == bytes { return true }
        } catch .damaged(let found) { damage = found }
        wrongTiles.withLock { $0.append(damage) }
        return false
    }

    /// Makes the directories that lead to a tile, and them and the names in the last one durable even if they
    /// are there: a killed process may have left names it did not sync, and a checkpoint must not outlive
    /// them.
    private func settleDirectories(for path: StoragePath) throws(LogStoreError) {
        var directories = [path.parent]
        while let first = directories.first, first != paths.tiles { directories.insert(first.parent, at: 0) }
        for directory in directories {
            try onDisk { () throws(StorageError) in
                if try !platform.disk.exists(directory) { try platform.disk.createDirectory(directory) }
                try platform.disk.syncDirectory(directory.parent)
            }
        }
        try onDisk { () throws(StorageError) in try platform.disk.syncDirectory(path.parent) }
    }
}
