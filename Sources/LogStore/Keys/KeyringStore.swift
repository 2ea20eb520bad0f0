// The keyring on disk: `keys/keyring-<generation:08>.kr`, one file a generation, never changed once named.
//
// Two generations always hold the same keys. Whoever adds a key or rotates writes twice, and only when both
// are durable and read back may the key be used: otherwise one bad sector in the newest file would cost every
// file that a new month key has encrypted.
//
// A crash leaves:   in writing              a `.tmp`, ignored when loading and removed by the next write
//                   after the first rename  the change, once; `load` says so (`needsRenewal`)
//                   in removing             older generations more than needed, removed by the next write
// A file that does not decode is never removed: with luck a person can still save a key from it.

/// Loads and writes the generations of a keyring. Used by one thread at a time, of the process that holds the
/// data directory's lock.
package struct KeyringStore<Disk: Storage>: Sendable {
    package let disk: Disk
    package let directory: StoragePath

    package init(disk: Disk, directory: StoragePath = StoragePath("keys")) {
        self.disk = disk
        self.directory = directory
    }

    /// What `load` found.
    package struct Loaded: Sendable {
        package let keyring: Keyring
        /// Why the newest generation could not be used; `nil` if it was. To be reported.
        package let fallback: String?
        /// Fewer than two generations hold these keys under this key: call `renew` before using them to
        /// write.
        package let needsRenewal: Bool
        /// The second generation, if it is there and damaged; to be reported.
        package var mirrorDamage: Damage?
    }

    /// Whether there is no keyring at all; `create` is legal only then.
    package func isEmpty() throws(LogStoreError) -> Bool { try generations().isEmpty }

    /// The newest generation; if that is damaged, the one before, with the reason.
    ///
    /// A wrong key is not damage: there is no falling back from it, since an older generation could open with
    /// an older key and lack newer month keys. `minimum` is the generation the superblock names: if the
    /// newest file is older, its successors are lost and count as damaged.
    package func load(
        with key: KeyEncryptionKey, ledger: LogUUID, atLeast minimum: UInt64 = 0
    ) throws(LogStoreError) -> Loaded {
        let found = try generations()
        guard let newest = found.last else { throw .keyringDamaged("\(directory) holds no keyring") }
        // A name this process sees may not be durable yet, if the previous process died right after a rename.
        try onDisk { () throws(StorageError) in try disk.syncDirectory(directory) }
        if newest < minimum {
            return try fallBack(
                to: newest, because: "keyring generation \(minimum) is missing",
                isNext: newest + 1 == minimum,
                key: key, ledger: ledger)
        }
        let older = found.dropLast().last
        switch try open(newest, with: key, ledger: ledger) {
        case .opened(let keyring):
            return Loaded(
                keyring: keyring, fallback: nil, needsRenewal: try !isMirrored(keyring, in: older, key: key),
                mirrorDamage: try older.flatMap { (older) throws(LogStoreError) in try damage(of: older) })
        case .damaged(let why):
            guard let older else { throw .keyringDamaged("\(why); there is no generation before it") }
            return try fallBack(to: older, because: why, isNext: true, key: key, ledger: ledger)
        }
    }

    private func fallBack(
        to generation: UInt64, because why: String, isNext: Bool, key: KeyEncryptionKey, ledger: LogUUID
    ) throws(LogStoreError) -> Loaded {
        guard isNext else { throw .keyringDamaged("\(why), and the newest here is \(generation)") }
        do throws(LogStoreError) {
            switch try open(generation, with: key, ledger: ledger) {
            case .opened(let keyring):
                return Loaded(keyring: keyring, fallback: why, needsRenewal: true)
            case .damaged(let alsoWhy):
                throw .keyringDamaged("\(why); \(alsoWhy)")
            }
        } catch .wrongKey(let what) {
            throw .wrongKey("\(what) (the newer generation is no help: \(why))")
        }
    }

    private func damage(of generation: UInt64) throws(LogStoreError) -> Damage? {
        guard case .damaged(let why) = try read(generation) else { return nil }
        return Damage(file: path(of: generation), offset: 0, why)
    }

    /// Whether `older` holds the same keys, wrapped by the same key.
    private func isMirrored(
        _ keyring: Keyring, in older: UInt64?, key: KeyEncryptionKey
    ) throws(LogStoreError) -> Bool {
        guard let older, case .sealed(let sealed) = try read(older), sealed.claimed.wrappedBy == key.id,
            case .opened(let other) = try Self.outcome(of: sealed, with: key)
        else { return false }
        return other.ledger == keyring.ledger && other.entries == keyring.entries
    }
}

// MARK: One generation

extension KeyringStore {
    enum Opened {
        case opened(Keyring)
        case damaged(String)
    }

    enum Read {
        case sealed(SealedKeyring)
        case damaged(String)
    }

    /// Reads and opens one generation. Throws `wrongKey`, and disk errors other than unreadable sectors.
    func open(
        _ generation: UInt64, with key: KeyEncryptionKey, ledger: LogUUID
    ) throws(LogStoreError) -> Opened {
        switch try read(generation) {
        case .damaged(let why): return .damaged(why)
        case .sealed(let sealed):
            guard sealed.claimed.ledger == ledger else {
                throw .wrongKey(
                    "\(path(of: generation)) is of ledger \(sealed.claimed.ledger), not of \(ledger)"
                )
            }
            return try Self.outcome(of: sealed, with: key)
        }
    }

    private static func outcome(
        of sealed: SealedKeyring, with key: KeyEncryptionKey
    ) throws(LogStoreError) -> Opened {
        do throws(LogStoreError) {
            return .opened(try sealed.open(with: key))
        } catch .keyringDamaged(let why) {
            return .damaged(why)
        }
    }

    /// Reads one generation past the page cache and checks what needs no key.
    func read(_ generation: UInt64) throws(LogStoreError) -> Read {
        let path = path(of: generation)
        do throws(StorageError) {
            let file = try disk.open(path, .readDirect)
            let size = try file.size()
            guard size > 0, size <= UInt64(SealedKeyring.byteCountMax) else {
                return .damaged("\(path): a keyring cannot have \(size) bytes")
            }
            return try decode(file, byteCount: Int(size), generation)
        } catch {
            // An unreadable sector is damage of this file; everything else is the disk's own trouble.
            guard error.code == ErrorNumber.inputOutput else { throw LogStoreError.storage(error) }
            return .damaged("\(error)")
        }
    }

    private func decode(
        _ file: Disk.File, byteCount: Int, _ generation: UInt64
    ) throws(StorageError) -> Read {
        let pages = (byteCount + AlignedBuffer.alignment - 1) / AlignedBuffer.alignment
        var buffer = AlignedBuffer(byteCount: pages * AlignedBuffer.alignment)
        var target = buffer.mutableBytes
        let count = try file.read(into: &target, at: 0)
        do throws(DecodingFailure) {
            let sealed = try SealedKeyring(decoding: buffer.bytes.extracting(first: min(count, byteCount)))
            guard sealed.claimed.generation == generation else {
                throw DecodingFailure("expected generation \(generation), found \(sealed.claimed.generation)")
            }
            return .sealed(sealed)
        } catch {
            return .damaged("\(path(of: generation)): \(error)")
        }
    }
}

// MARK: Names

extension KeyringStore {
    private static var prefix: String { "keyring-" }
    private static var suffix: String { ".kr" }
    static var temporarySuffix: String { ".tmp" }

    /// Names are decimal, at least eight digits: they sort by name as long as there are fewer than 10^8.
    func path(of generation: UInt64) -> StoragePath {
        let digits = String(generation)
        let zeros = String(repeating: "0", count: max(0, 8 - digits.utf8.count))
        return directory / (Self.prefix + zeros + digits + Self.suffix)
    }

    /// The generations there are files of, ascending. Other names are not ours.
    func generations() throws(LogStoreError) -> [UInt64] {
        let names = try onDisk { () throws(StorageError) in try disk.list(directory) }
        let found = names.compactMap { name -> UInt64? in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
            guard let generation = UInt64(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)),
                generation <= CounterBound.max, path(of: generation).name == name
            else { return nil }
            return generation
        }
        return found.sorted()
    }

    /// Runs one step on the disk; its error becomes the log's.
    func onDisk<Result>(_ step: () throws(StorageError) -> Result) throws(LogStoreError) -> Result {
        do throws(StorageError) { return try step() } catch { throw .storage(error) }
    }
}

extension KeyringStore {
    /// The ledger named by the newest generation that decodes, without any key; nil if there is none.
    package func anyLedger() throws(LogStoreError) -> LogUUID? {
        for generation in try generations().reversed() {
            if case .sealed(let sealed) = try read(generation) { return sealed.claimed.ledger }
        }
        return nil
    }
}
