// A ledger that continues another's events from a restore on.

extension LogCreation {
    /// Makes an empty log, unfinished, that inherits the parent's keys and goes on counting its opens: an
    /// epoch start in the inherited events must not seem to come from a later one.
    ///
    /// - Parameter keyring: the parent's; nil if it is not encrypted. Then the heir signs with a new key.
    static func runFork<P: Platform>(
        of parent: Superblock, keyring: Keyring?, key: KeyEncryptionKey?, platform: P
    ) throws(LogStoreError) -> Superblock {
        let paths = ShardPaths(shard: parent.shard)
        try makeDirectories(platform.disk, paths)
        let ledger = platform.makeUUID()
        let keys: LogKeys<P>
        if let keyring, let key {
            let inherited = try KeyringStore(disk: platform.disk).create(
                from: keyring.inherited(by: ledger), key: key)
            keys = try LogKeys.load(
                platform: platform, ledger: ledger, generation: inherited.generation, key: key,
                forWriting: true)
        } else {
            keys = try LogKeys.create(platform: platform, ledger: ledger, key: nil)
        }
        try makeWatermark(platform.disk, paths, ledger)
        var superblock = Superblock(
            sequence: 1, previousHash: .zero, ledger: ledger, node: platform.makeUUID(),
            incarnation: parent.incarnation, durableSequence: 0, epoch: 0, root: MerkleFrontier.emptyRoot,
            keyringGeneration: keys.generation, isClean: false, shard: parent.shard,
            verifyingKey: keys.signingKey.verifyingKey.bytes, partitions: .empty)
        superblock.standing = .unfinished
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(superblock.encodedCopies, to: paths.superblock, on: platform.disk)
        }
        return superblock
    }
}
