// Changes. Each returns the keyring as now durable in two generations; the caller then notes the generation
// in the superblock and hands new month keys to `MonthKeys.add`.

extension KeyringStore {
    /// The first generations of a new ledger, without keys.
    package func create(
        ledger: LogUUID, key: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        try create(from: Keyring(ledger: ledger, key: key, now: platform.wallTime()), key: key)
    }

    /// The first generations here of a keyring from elsewhere: a backup's, or one a fork inherited. Their
    /// numbers follow on its own.
    package func create(from keyring: Keyring, key: KeyEncryptionKey) throws(LogStoreError) -> Keyring {
        try keyring.requireKey(key)
        guard try isEmpty() else { throw .invalidRequest("\(directory) already holds a keyring") }
        try onDisk { () throws(StorageError) in
            try disk.createDirectory(directory)
            try disk.syncDirectory(directory.parent)
        }
        return try commit(keyring, key: key)
    }

    /// Adds a fresh key for `month`; if there was one, the new one is current from now on.
    package func addMonth(
        _ month: UInt32, to keyring: Keyring, key: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        try commit(keyring.addingMonth(month, key: key, platform: platform), key: key)
    }

    /// Stores the seed of the log's signing key.
    package func addSigningKey(
        _ seed: SecretKey, to keyring: Keyring, key: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        try commit(keyring.addingSigningKey(seed, key: key, platform: platform), key: key)
    }

    /// Wraps every key by `new`. When this returns, no generation here needs `old` any more; a crash before
    /// leaves the newest generation opening with one of the two.
    package func rotate(
        _ keyring: Keyring, from old: KeyEncryptionKey, to new: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        try commit(keyring.rewrapped(from: old, to: new, now: platform.wallTime()), key: new)
    }

    /// Writes the same keys again, so that two generations hold them.
    package func renew(_ keyring: Keyring, key: KeyEncryptionKey) throws(LogStoreError) -> Keyring {
        try keyring.requireKey(key)
        return try commit(keyring, key: key)
    }

    /// What a log opened for writing starts with: the newest usable generation, renewed if it stood alone.
    package func loadForWriting(
        with key: KeyEncryptionKey, ledger: LogUUID, atLeast minimum: UInt64 = 0
    ) throws(LogStoreError) -> Loaded {
        let loaded = try load(with: key, ledger: ledger, atLeast: minimum)
        guard loaded.needsRenewal else { return loaded }
        let renewed = try renew(loaded.keyring, key: key)
        return Loaded(
            keyring: renewed, fallback: loaded.fallback, needsRenewal: false,
            mirrorDamage: loaded.mirrorDamage)
    }

    /// Writes `keyring` (whose generation is the one it was made from) as the next two generations.
    private func commit(_ keyring: Keyring, key: KeyEncryptionKey) throws(LogStoreError) -> Keyring {
        let first = try write(keyring, key: key)
        return try write(first, key: key)
    }

    /// Writes `keyring` as one new generation; generations older than the one it was made from go afterwards.
    private func write(_ keyring: Keyring, key: KeyEncryptionKey) throws(LogStoreError) -> Keyring {
        // Also past a damaged generation, whose file stays.
        let newest = max(try generations().last ?? 0, keyring.generation)
        guard newest < .max else { throw .invalidRequest("no keyring generation after \(newest)") }
        var next = keyring
        next.generation = newest + 1
        try removeTemporaries()
        let target = path(of: next.generation)
        let bytes = SealedKeyring(next, key: key).bytes
        try onDisk { () throws(StorageError) in try place(bytes, at: target) }
        guard case .opened(next) = try open(next.generation, with: key, ledger: next.ledger) else {
            throw .keyringDamaged("\(target) does not read back as written")
        }
        try removeGenerations(before: keyring.generation)
        return next
    }

    /// The name appears only when the bytes are durable.
    private func place(_ bytes: [UInt8], at target: StoragePath) throws(StorageError) {
        let temporary = directory / (target.name + Self.temporarySuffix)
        let file = try disk.open(temporary, .create)
        try bytes.withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: 0) }
        try file.sync()
        try disk.rename(temporary, to: target)
        try disk.syncDirectory(directory)
    }

    /// Removes what a crash has left of a write.
    private func removeTemporaries() throws(LogStoreError) {
        try onDisk { () throws(StorageError) in
            for name in try disk.list(directory) where name.hasSuffix(Self.temporarySuffix) {
                try disk.remove(directory / name)
            }
        }
    }

    private func removeGenerations(before generation: UInt64) throws(LogStoreError) {
        var hasRemoved = false
        for older in try generations() where older < generation {
            guard case .sealed = try read(older) else { continue }
            try onDisk { () throws(StorageError) in try disk.remove(path(of: older)) }
            hasRemoved = true
        }
        guard hasRemoved else { return }
        try onDisk { () throws(StorageError) in try disk.syncDirectory(directory) }
    }
}
