import Synchronization

/// Keeps a read-only log's view of its directory up to date: superblock, keys, manifests, write-ahead files.
///
/// Looks take turns, so that no two add the same frame to a record; everything else may be asked meanwhile.
final class DirectoryFollower<P: Platform>: LogFollower {
    private struct Found: Sendable {
        var superblock: Superblock
        var damages: [Damage] = []
        var lockedFiles: [StoragePath] = []
    }

    private let platform: P
    private let paths: ShardPaths
    private let geometry: LogGeometry
    private let keys: ReadingKeys
    let encryption: LogEncryption
    let catalog = LogCatalog(manifests: [], walFiles: [])
    private let proven = Atomic<UInt64>(0)
    private let found: Mutex<Found>
    /// Held through a whole look; the keyring generation `encryption` knows.
    private let look: Mutex<UInt64>
    /// Never raised: to sleep on between looks.
    private let pause = Signal()

    private static var pauseMin: Int64 { 2_000_000 }
    private static var pauseMax: Int64 { 32_000_000 }

    init(platform: P, paths: ShardPaths, geometry: LogGeometry, keys: ReadingKeys)
        throws(LogStoreError)
    {
        self.platform = platform
        self.paths = paths
        self.geometry = geometry
        self.keys = keys
        let superblock = try SuperblockStore.read(paths.superblock, on: platform.disk).superblock
        encryption = try keys.encryption(of: superblock, on: platform)
        found = Mutex(Found(superblock: superblock))
        look = Mutex(superblock.keyringGeneration)
        try refresh()
    }

    var readableEnd: UInt64 { proven.load(ordering: .acquiring) }
    var superblock: Superblock { found.withLock { $0.superblock } }
    var damages: [Damage] { found.withLock { $0.damages } }
    var lockedFiles: [StoragePath] { found.withLock { $0.lockedFiles } }

    // MARK: Looking

    func refresh() throws(LogStoreError) {
        try look.withLock { (generation) throws(LogStoreError) in
            let (superblock, refusal) = try readSuperblock()
            if superblock.keyringGeneration > generation { try reloadKeys(superblock, &generation) }
            var indexer = try index(superblock)
            // A month's key is older than its first file, but may be newer than our keyring.
            if !indexer.lockedFiles.isEmpty, try reloadKeys(superblock, &generation) {
                indexer = try index(superblock)
            }
            catalog.replace(manifests: indexer.manifests, walFiles: indexer.walFiles)
            proven.store(indexer.provenEnd, ordering: .releasing)
            let now = Found(
                superblock: superblock, damages: refusal + indexer.damages, lockedFiles: indexer.lockedFiles)
            found.withLock { $0 = now }
        }
    }

    private func index(_ superblock: Superblock) throws(LogStoreError) -> WALIndexer<P> {
        var indexer = WALIndexer(
            platform: platform, paths: paths, geometry: geometry, encryption: encryption,
            superblock: superblock)
        try indexer.run(known: catalog.walFiles, provenBefore: readableEnd)
        return indexer
    }

    /// The superblock as it is now; the last good one, and why, if there is no quorum any more.
    private func readSuperblock() throws(LogStoreError) -> (Superblock, [Damage]) {
        let known = superblock
        do throws(LogStoreError) {
            let read = try SuperblockStore.read(paths.superblock, on: platform.disk).superblock
            if read.ledger == known.ledger { return (read, []) }
            return (known, [Damage(file: paths.superblock, offset: 0, "of ledger \(read.ledger)")])
        } catch .refused(let refusal) {
            return (known, refusal.damages)
        }
    }

    /// Takes in month keys made since; false if there is no keyring to look into, or our key opens it no
    /// longer. What was readable stays readable.
    @discardableResult
    private func reloadKeys(
        _ superblock: Superblock, _ generation: inout UInt64
    ) throws(LogStoreError) -> Bool {
        guard case .keyEncryptionKey = keys, case .on(let known) = encryption else { return false }
        do throws(LogStoreError) {
            guard case .on(let newer) = try keys.encryption(of: superblock, on: platform) else {
                return false
            }
            known.add(newer.all)
        } catch .wrongKey { return false }  // Rotated: files of newer months are reported as locked.
        generation = superblock.keyringGeneration
        return true
    }

    // MARK: Waiting

    /// Looks every few milliseconds, more seldom while nothing comes.
    func wait(beyond sequence: UInt64, timeoutNanoseconds: Int64) throws(LogStoreError) -> Bool {
        let start = platform.monotonicTime()
        var slept: Int64 = 0
        var next = Self.pauseMin
        while true {
            if readableEnd > sequence { return true }
            try refresh()
            if readableEnd > sequence { return true }
            var length = next
            if timeoutNanoseconds >= 0 {
                // What we slept counts even if the clock stands still, as a simulated one may.
                let passed = max(Int64(clamping: platform.monotonicTime() - start), slept)
                if passed >= timeoutNanoseconds { return false }
                length = min(length, timeoutNanoseconds - passed)
            }
            pause.wait(since: pause.current, timeoutNanoseconds: length)
            slept += length
            next = min(next * 2, Self.pauseMax)
        }
    }
}
