import Synchronization

/// The keys a running log works with: month keys for new and old files, and the key it signs with.
///
/// Any thread may ask; changes take turns under a lock that is held across their disk work.
package final class LogKeys<P: Platform>: Sendable {
    private struct State {
        var keyring: Keyring
        var key: KeyEncryptionKey
    }

    private let platform: P
    private let store: KeyringStore<P.Disk>
    /// nil when encryption is off.
    private let state: Mutex<State?>
    /// Month keys by id, for readers and new files.
    package let encryption: LogEncryption
    package let signingKey: SigningKey
    /// What loading had to report: a damaged generation that was passed over.
    package let fallback: String?
    /// Bad copies of the keyring that loading has written anew.
    package let repaired: [Damage]

    private init(
        platform: P, state: State?, encryption: LogEncryption, signingKey: SigningKey, fallback: String?,
        repaired: [Damage] = []
    ) {
        self.platform = platform
        store = KeyringStore(disk: platform.disk)
        self.state = Mutex(state)
        self.encryption = encryption
        self.signingKey = signingKey
        self.fallback = fallback
        self.repaired = repaired
    }

    // MARK: Making and loading

    /// Keys for a new log: a keyring with the signing key in it, or, without encryption, a key file of its
    /// own.
    ///
    /// A crash may leave keys without a superblock; then they are loaded, not made again.
    package static func create(
        platform: P, ledger: LogUUID, key: KeyEncryptionKey?
    ) throws(LogStoreError) -> LogKeys {
        guard let key else { return try plain(platform, isNew: true) }
        let store = KeyringStore(disk: platform.disk)
        let empty = try store.create(ledger: ledger, key: key, platform: platform)
        let seed = SecretKey(randomFrom: platform)
        let keyring = try store.addSigningKey(seed, to: empty, key: key, platform: platform)
        return try encrypted(platform, keyring, key, fallback: nil)
    }

    /// The ledger an interrupted creation has already made keys for, if any.
    package static func ledgerOfInterruptedCreation(
        on disk: P.Disk, key: KeyEncryptionKey?
    ) throws(LogStoreError) -> LogUUID? {
        guard key != nil else { return nil }
        return try KeyringStore(disk: disk).anyLedger()
    }

    /// Keys of an existing log.
    ///
    /// - Parameters:
    ///   - generation: the keyring generation the superblock names; 0 if the log is not encrypted.
    ///   - forWriting: whether a keyring that lost its mirror may be written anew.
    package static func load(
        platform: P, ledger: LogUUID, generation: UInt64, key: KeyEncryptionKey?, forWriting: Bool
    ) throws(LogStoreError) -> LogKeys {
        guard generation > 0 else {
            guard key == nil else { throw .wrongKey("a key was given, but this log is not encrypted") }
            return try plain(platform, isNew: false)
        }
        guard let key else { throw .wrongKey("this log is encrypted, and no key-encryption key was given") }
        let store = KeyringStore(disk: platform.disk)
        let loaded =
            forWriting
            ? try store.loadForWriting(with: key, ledger: ledger, atLeast: generation)
            : try store.load(with: key, ledger: ledger, atLeast: generation)
        return try encrypted(platform, loaded.keyring, key, fallback: loaded.fallback, loaded.mirrorDamage)
    }

    private static func encrypted(
        _ platform: P, _ keyring: Keyring, _ key: KeyEncryptionKey, fallback: String?,
        _ mirrorDamage: Damage? = nil
    ) throws(LogStoreError) -> LogKeys {
        let keys = MonthKeys(ledger: keyring.ledger, try keyring.monthKeys(with: key))
        var state = State(keyring: keyring, key: key)
        var seed = try keyring.signingSeed(with: key)
        if seed == nil {
            // A crash came between the keyring's creation and the signing key.
            let made = SecretKey(randomFrom: platform)
            state.keyring = try KeyringStore(disk: platform.disk).addSigningKey(
                made, to: keyring, key: key, platform: platform)
            seed = made
        }
        guard let seed else { invariantViolated("no signing seed after making one") }
        return LogKeys(
            platform: platform, state: state, encryption: .on(keys), signingKey: SigningKey(seed: seed),
            fallback: fallback, repaired: mirrorDamage.map { [$0] } ?? [])
    }

    private static func plain(_ platform: P, isNew: Bool) throws(LogStoreError) -> LogKeys {
        let path = ShardPaths.keys / "signing.key"
        if let bytes = try AtomicFile.read(path, byteCountMax: SecretKey.byteCount, on: platform.disk) {
            guard bytes.count == SecretKey.byteCount else {
                throw .keyringDamaged("\(path) has \(bytes.count) bytes, expected \(SecretKey.byteCount)")
            }
            return LogKeys(
                platform: platform, state: nil, encryption: .off,
                signingKey: SigningKey(seed: SecretKey(copying: bytes)), fallback: nil)
        }
        guard isNew else { throw .keyringDamaged("\(path) is missing") }
        let key = SigningKey(randomFrom: platform)
        try onDisk { () throws(StorageError) in
            try platform.disk.createDirectory(ShardPaths.keys)
            try platform.disk.syncDirectory(ShardPaths.root)
            try AtomicFile.write(key.withSeed { $0.array() }, to: path, on: platform.disk)
        }
        return LogKeys(platform: platform, state: nil, encryption: .off, signingKey: key, fallback: nil)
    }

    // MARK: While the log runs

    /// Generation of the keyring in force; 0 when encryption is off.
    package var generation: UInt64 { state.withLock { $0?.keyring.generation ?? 0 } }
    /// The key-encryption key in force and since when; nil when encryption is off.
    package var wrapping: (id: LogUUID, since: UInt64)? {
        state.withLock { $0.map { ($0.keyring.wrappedBy, $0.keyring.wrappedSince) } }
    }

    /// Makes sure `month` has a key; says whether one was added. Durable in two generations before it
    /// returns.
    package func prepare(_ month: Month) throws(LogStoreError) -> Bool {
        guard case .on(let keys) = encryption else { return false }
        return try state.withLock { state throws(LogStoreError) in
            guard var current = state, keys.current(month.number) == nil else { return false }
            current.keyring = try store.addMonth(
                month.number, to: current.keyring, key: current.key, platform: platform)
            state = current
            keys.add(try current.keyring.monthKeys(with: current.key))
            return true
        }
    }

    /// Wraps every key by `new`; data files do not change. Nothing needs the old key when this returns.
    package func rotate(to new: KeyEncryptionKey) throws(LogStoreError) {
        try state.withLock { state throws(LogStoreError) in
            guard var current = state else { throw .invalidRequest("this log is not encrypted") }
            current.keyring = try store.rotate(
                current.keyring, from: current.key, to: new, platform: platform)
            current.key = new
            state = current
        }
    }
}
