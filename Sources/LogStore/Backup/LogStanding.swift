// Logs that exist and may not be appended to: forks nobody has promoted, restores that did not finish.

extension Superblock {
    /// Why a log of this standing is not opened; nil if it is.
    func refusal(expecting expected: Standing) -> Refusal? {
        guard standing != expected else { return nil }
        let why =
            switch standing {
            case .ordinary: "this log is whole, not an unfinished restore"
            case .unpromoted: "this ledger is a fork that nobody has promoted yet; it can be read"
            case .unfinished: "a restore into this directory did not finish; restore into an empty one"
            }
        return Refusal(.ambiguous, sequences: nil, damages: [], why)
    }
}

/// Ends a fork's time of being read only. Whoever does it has looked for what happened outside in the
/// interval that the fork lost: the log cannot know.
package enum LogPromotion {
    /// Returns the ledger that may be served from now on.
    ///
    /// - Throws: `locked`, `invalidRequest` if it is no fork that waits for it, `refused` without a
    ///   superblock.
    package static func run<P: Platform>(_ platform: P, shard: UInt32) throws(LogStoreError) -> LogUUID {
        let lock = try LogLock.take(on: platform)
        defer { withExtendedLifetime(lock) {} }
        let paths = ShardPaths(shard: shard)
        try Leftovers.settle(in: paths, on: platform.disk)
        let superblock = try SuperblockStore.read(paths.superblock, on: platform.disk).superblock
        if superblock.standing != .unpromoted {
            throw .invalidRequest("ledger \(superblock.ledger) is no fork that waits to be promoted")
        }
        let file = try onDisk { () throws(StorageError) in try platform.disk.open(paths.superblock, .write) }
        try SuperblockStore<P.Disk>.restoreCopies(of: superblock, in: file)
        try SuperblockStore<P.Disk>(file: file, current: superblock).update { $0.standing = .ordinary }
        return superblock.ledger
    }
}
