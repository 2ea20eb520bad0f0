import LogStore
import Testing

@Suite struct KeysStoreTests {
    private static let old = KeyEncryptionKey.test(0x01)
    private static let new = KeyEncryptionKey.test(0x02)

    private struct World {
        let platform = KeysTestPlatform()
        var store: KeyringStore<KeysTestDisk> { KeyringStore(disk: platform.disk) }

        func load(
            _ key: KeyEncryptionKey, ledger: LogUUID = keysTestLedger, atLeast minimum: UInt64 = 0
        ) throws(LogStoreError) -> KeyringStore<KeysTestDisk>.Loaded {
            try store.load(with: key, ledger: ledger, atLeast: minimum)
        }

        func flip(_ path: String, at offset: Int = 100) {
            platform.disk[path]?[offset] ^= 0x10
        }
    }

    /// A world whose keyring holds two months and a signing key, and that keyring.
    private static func makeWorld() throws(LogStoreError) -> (World, Keyring) {
        let world = World()
        let (store, platform) = (world.store, world.platform)
        var keyring = try store.create(ledger: keysTestLedger, key: old, platform: platform)
        keyring = try store.addMonth(202611, to: keyring, key: old, platform: platform)
        keyring = try store.addMonth(202612, to: keyring, key: old, platform: platform)
        let seed = SecretKey(randomFrom: platform)
        keyring = try store.addSigningKey(seed, to: keyring, key: old, platform: platform)
        return (world, keyring)
    }

    private static func secrets(_ keyring: Keyring, _ key: KeyEncryptionKey) throws -> [[UInt8]] {
        try keyring.monthKeys(with: key).map(\.secret.revealed)
            + [keyring.signingSeed(with: key)?.revealed ?? []]
    }

    private static func path(_ generation: UInt64) -> String { "keys/keyring-0000000\(generation).kr" }

    // MARK: Without accidents

    @Test func `two generations are kept, and both hold every key`() throws {
        let (world, keyring) = try Self.makeWorld()
        #expect(keyring.generation == 8)
        #expect(world.platform.disk.paths == [Self.path(7), Self.path(8)])
        let loaded = try world.load(Self.old, atLeast: 8)
        #expect(loaded.keyring == keyring && loaded.fallback == nil && !loaded.needsRenewal)
        world.platform.disk[Self.path(8)] = nil
        #expect(try world.load(Self.old).keyring.entries == keyring.entries)
    }

    @Test func `after a rotation only the new key opens`() throws {
        let (world, keyring) = try Self.makeWorld()
        let rotated = try world.store.rotate(
            keyring, from: Self.old, to: Self.new, platform: world.platform)
        #expect(
            world.platform.disk.paths
                == ["keys/keyring-00000009.kr", "keys/keyring-00000010.kr"])
        let loaded = try world.load(Self.new)
        #expect(loaded.keyring == rotated && !loaded.needsRenewal)
        #expect(try Self.secrets(rotated, Self.new) == Self.secrets(keyring, Self.old))
        let before = world.platform.disk.paths
        let error = keysError { () throws(LogStoreError) in _ = try world.load(Self.old) }
        #expect(error?.verdict == "wrong key")
        #expect(error?.description.contains("\(Self.new.id)") == true)
        #expect(world.platform.disk.paths == before)
    }

    @Test func `a keyring is created once`() throws {
        let (world, _) = try Self.makeWorld()
        #expect(try !world.store.isEmpty())
        let error = keysError { () throws(LogStoreError) in
            _ = try world.store.create(ledger: keysTestLedger, key: Self.old, platform: world.platform)
        }
        #expect(error?.verdict == "invalid request")
    }

    @Test func `a backup's keyring begins a new directory`() throws {
        let (world, keyring) = try Self.makeWorld()
        let exported = SealedKeyring(keyring.withoutSigningKey(), key: Self.old).bytes
        let restored = World()
        let backup = try exported.withRawSpan { try SealedKeyring(decoding: $0) }.open(with: Self.old)
        let child = LogUUID(high: 1, low: 2)
        let first = try restored.store.create(from: backup.inherited(by: child), key: Self.old)
        #expect(first.generation == 10)
        let loaded = try restored.load(Self.old, ledger: child)
        #expect(loaded.keyring == first && !loaded.needsRenewal && !first.hasSigningKey)
        #expect(try first.monthKeys(with: Self.old).map(\.id) == keyring.monthKeys(with: Self.old).map(\.id))
        let error = keysError { () throws(LogStoreError) in
            _ = try world.store.create(from: backup, key: Self.old)
        }
        #expect(error?.verdict == "invalid request")
    }

    // MARK: Damage

    @Test func `a damaged newest generation costs nothing`() throws {
        let (world, keyring) = try Self.makeWorld()
        world.flip(Self.path(8))
        let loaded = try world.load(Self.old, atLeast: 8)
        #expect(loaded.keyring.entries == keyring.entries && loaded.needsRenewal)
        #expect(loaded.fallback?.contains("keyring-00000008.kr") == true)
        // The damaged file stays for a person to look at; the renewed keys lie beside it.
        let renewed = try world.store.renew(loaded.keyring, key: Self.old)
        #expect(renewed.generation == 10)
        #expect(world.platform.disk.paths.count == 3 && world.platform.disk[Self.path(8)] != nil)
        let again = try world.load(Self.old)
        #expect(again.keyring == renewed && again.fallback == nil && !again.needsRenewal)
    }

    @Test func `two damaged generations are an error that is not a wrong key`() throws {
        let (world, _) = try Self.makeWorld()
        world.flip(Self.path(7))
        world.flip(Self.path(8))
        for key in [Self.old, Self.new] {
            let error = keysError { () throws(LogStoreError) in _ = try world.load(key) }
            #expect(error?.verdict == "keyring damaged")
        }
        #expect(world.platform.disk.paths.count == 2)
    }

    @Test func `every cut and every flipped byte of the newest falls back`() throws {
        let (world, keyring) = try Self.makeWorld()
        let bytes = try #require(world.platform.disk[Self.path(8)])
        for count in 0..<bytes.count {
            world.platform.disk[Self.path(8)] = Array(bytes.prefix(count))
            #expect(try world.load(Self.old).keyring.entries == keyring.entries)
            var flipped = bytes
            flipped[count] ^= 0xFF
            world.platform.disk[Self.path(8)] = flipped
            #expect(try world.load(Self.old).fallback != nil)
        }
    }

    @Test func `a damaged previous generation asks for renewal`() throws {
        let (world, keyring) = try Self.makeWorld()
        world.flip(Self.path(7))
        let loaded = try world.load(Self.old)
        #expect(loaded.keyring == keyring && loaded.fallback == nil && loaded.needsRenewal)
    }

    @Test func `the newest damaged and the previous under another key asks for that key`() throws {
        let (world, keyring) = try Self.makeWorld()
        let seven = try #require(world.platform.disk[Self.path(7)])
        _ = try world.store.rotate(keyring, from: Self.old, to: Self.new, platform: world.platform)
        world.platform.disk["keys/keyring-00000010.kr"] = nil
        world.platform.disk[Self.path(7)] = seven
        world.flip(Self.path(9))
        let error = keysError { () throws(LogStoreError) in _ = try world.load(Self.new) }
        #expect(error?.verdict == "wrong key")
        #expect(error?.description.contains("checksum") == true)
        #expect(try world.load(Self.old).keyring.entries == keyring.entries)
    }

    @Test func `a missing newest generation is noticed by the superblock's number`() throws {
        let (world, keyring) = try Self.makeWorld()
        world.platform.disk[Self.path(8)] = nil
        #expect(try world.load(Self.old, atLeast: 8).keyring.entries == keyring.entries)
        #expect(try world.load(Self.old, atLeast: 8).fallback?.contains("8 is missing") == true)
        for minimum: UInt64 in [9, .max] {
            let error = keysError { () throws(LogStoreError) in _ = try world.load(Self.old, atLeast: minimum)
            }
            #expect(error?.verdict == "keyring damaged")
        }
        world.platform.disk[Self.path(7)] = nil
        let error = keysError { () throws(LogStoreError) in _ = try world.load(Self.old) }
        #expect(error?.verdict == "keyring damaged")
    }

    @Test func `a file under another generation's name is damage`() throws {
        let (world, keyring) = try Self.makeWorld()
        world.platform.disk[Self.path(9)] = world.platform.disk[Self.path(8)]
        let loaded = try world.load(Self.old)
        #expect(loaded.keyring == keyring && loaded.fallback?.contains("expected generation 9") == true)
    }

    @Test func `another ledger's keyring is not taken`() throws {
        let (world, _) = try Self.makeWorld()
        let error = keysError { () throws(LogStoreError) in
            _ = try world.load(Self.old, ledger: LogUUID(high: 1, low: 1))
        }
        #expect(error?.verdict == "wrong key")
    }

    @Test func `foreign names and sizes do no harm`() throws {
        let (world, keyring) = try Self.makeWorld()
        for name in [
            "keyring-9.kr", "keyring--0000009.kr", "keyring-+0000009.kr", "keyring-.kr", "x",
            "keyring-00000009.kr.tmp",
        ] {
            world.platform.disk["keys/" + name] = [1]
        }
        #expect(try world.load(Self.old).fallback == nil)
        world.platform.disk[Self.path(9)] = [UInt8](repeating: 0, count: SealedKeyring.byteCountMax + 1)
        #expect(try world.load(Self.old).keyring.entries == keyring.entries)
        world.platform.disk["keys/keyring-18446744073709551615.kr"] = [1]
        world.platform.disk[Self.path(9)] = nil
        let loaded = try world.load(Self.old)
        #expect(loaded.fallback == nil)
        #expect(try world.store.renew(loaded.keyring, key: Self.old).generation == 10)
    }

    // MARK: Crashes

    enum Act: CaseIterable { case create, addMonth, addSigningKey, rotate, renew }

    /// Stops `act` at every operation on the disk, in every way, and demands old or new.
    @Test(arguments: Act.allCases, KeysTestDisk.Failure.allCases)
    func `a crash at any operation leaves old or new`(act: Act, failure: KeysTestDisk.Failure) throws {
        var operations = 0
        while true {
            let (world, before) = try Self.startingPoint(of: act)
            world.platform.disk.fail(after: operations, failure)
            var result: Keyring?
            let error = keysError { () throws(LogStoreError) in result = try Self.perform(act, before, world)
            }
            let hasFailed = world.platform.disk.restart()
            if failure != .inputOutputError { #expect((error != nil) == hasFailed) }
            try Self.check(act, before: before, result: result, in: world, "operation \(operations)")
            if !hasFailed { break }
            operations += 1
        }
        #expect(operations > 20)
    }

    private static func startingPoint(of act: Act) throws(LogStoreError) -> (World, Keyring?) {
        guard act != .create else { return (World(), nil) }
        let world = World()
        let keyring = try world.store.create(ledger: keysTestLedger, key: old, platform: world.platform)
        return (world, try world.store.addMonth(202611, to: keyring, key: old, platform: world.platform))
    }

    private static func perform(
        _ act: Act, _ before: Keyring?, _ world: World
    ) throws(LogStoreError) -> Keyring {
        let (store, platform) = (world.store, world.platform)
        guard let before else {
            return try store.create(ledger: keysTestLedger, key: old, platform: platform)
        }
        switch act {
        case .create: invariantViolated("a keyring before its creation")
        case .addMonth: return try store.addMonth(202612, to: before, key: old, platform: platform)
        case .rotate: return try store.rotate(before, from: old, to: new, platform: platform)
        case .renew: return try store.renew(before, key: old)
        case .addSigningKey:
            let seed = SecretKey(randomFrom: platform)
            return try store.addSigningKey(seed, to: before, key: old, platform: platform)
        }
    }

    private static func check(
        _ act: Act, before: Keyring?, result: Keyring?, in world: World, _ place: Comment
    ) throws {
        // What was reported as done is durable.
        if result != nil { world.platform.disk.cutPower() }
        if act == .create, try world.store.isEmpty() {
            #expect(result == nil, place)
            _ = try world.store.create(ledger: keysTestLedger, key: old, platform: world.platform)
        }
        // Exactly one of the two keys opens; which one tells whether a rotation happened.
        let opens = [old, new].filter { key in
            keysError { () throws(LogStoreError) in _ = try world.load(key) } == nil
        }
        try #require(opens.count == 1, place)
        let key = opens[0]
        let loaded = try world.load(key, atLeast: result?.generation ?? before?.generation ?? 0)
        #expect(loaded.fallback == nil, place)
        // What was loaded is durable too, even if the process before died between rename and sync.
        world.platform.disk.cutPower()
        let minimum = loaded.keyring.generation
        #expect(try world.load(key, atLeast: minimum).keyring == loaded.keyring, place)
        if let result {
            #expect(loaded.keyring == result && !loaded.needsRenewal, place)
        } else if let before {
            let earlier = try secrets(before, old), now = try secrets(loaded.keyring, key)
            #expect(earlier.dropLast().allSatisfy(now.contains), place)
            #expect(loaded.keyring.entries.count <= before.entries.count + 1, place)
        }
        try checkGoingOn(from: loaded, key, in: world, place)
    }

    /// The next start renews if asked to, and everything is tidy again.
    private static func checkGoingOn(
        from loaded: KeyringStore<KeysTestDisk>.Loaded, _ key: KeyEncryptionKey, in world: World,
        _ place: Comment
    ) throws {
        let started = try world.store.loadForWriting(with: key, ledger: keysTestLedger)
        #expect(started.keyring.entries == loaded.keyring.entries && !started.needsRenewal, place)
        var keyring = started.keyring
        keyring = try world.store.addMonth(202701, to: keyring, key: key, platform: world.platform)
        let again = try world.load(key)
        #expect(again.keyring == keyring && !again.needsRenewal && again.fallback == nil, place)
        #expect(world.platform.disk.paths.count == 2, place)
    }
}
