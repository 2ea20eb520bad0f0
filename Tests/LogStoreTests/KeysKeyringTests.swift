import LogStore
import Testing

@Suite struct KeysKeyringTests {
    private static let key = KeyEncryptionKey.test(0x4B)

    /// Two keys of one month, one of the next, and a signing key.
    static func sample() throws(LogStoreError) -> Keyring {
        let platform = KeysTestPlatform()
        let seed = SecretKey(copying: [UInt8](repeating: 0x5E, count: 32))
        return try Keyring(ledger: keysTestLedger, key: key, now: platform.now)
            .addingMonth(202612, key: key, platform: platform)
            .addingMonth(202611, key: key, platform: platform)
            .addingMonth(202611, key: key, platform: platform)
            .addingSigningKey(seed, key: key, platform: platform)
    }

    /// What becomes of a keyring's bytes under `key`: its error's name, or `nil` if it opens.
    private static func verdict(_ bytes: [UInt8], key: KeyEncryptionKey = key) -> String? {
        keysError { () throws(LogStoreError) in
            let sealed: SealedKeyring
            do throws(DecodingFailure) {
                sealed = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try SealedKeyring(decoding: span)
                }
            } catch {
                throw .damaged(error.damage(in: StoragePath("k"), at: 0))
            }
            _ = try sealed.open(with: key)
        }?.verdict
    }

    /// The bytes with their checksum made right again, as someone who tampers would.
    private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let end = bytes.count - 4
        guard end >= 0 else { return bytes }
        let checksum = bytes.withRawSpan { CRC32C.of($0.extracting(first: end)) }
        bytes.withMutableRawSpan { $0.set(checksum, at: end) }
        return bytes
    }

    @Test func `a keyring comes back as it was written`() throws {
        let keyring = try Self.sample()
        let bytes = SealedKeyring(keyring, key: Self.key).bytes
        let opened = try bytes.withRawSpan { try SealedKeyring(decoding: $0) }.open(with: Self.key)
        #expect(opened == keyring)
        #expect(opened.months == [202611, 202612])
        #expect(try opened.signingSeed(with: Self.key)?.revealed == [UInt8](repeating: 0x5E, count: 32))
        let keys = try opened.monthKeys(with: Self.key)
        #expect(keys.map(\.month) == [202611, 202611, 202612])
        #expect(keys[0].created < keys[1].created)
        // The first draw of the test platform's randomness was the key of December.
        #expect(keys[2].secret.revealed == Array(0..<32))
    }

    @Test func `the bytes of a keyring are what they always were`() throws {
        #expect(SealedKeyring(try Self.sample(), key: Self.key).bytes == keysBytes(Self.golden))
    }

    @Test func `every truncation and every extension is damage`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        for count in 0..<bytes.count {
            #expect(Self.verdict(Array(bytes.prefix(count))) == "damaged")
            #expect(Self.verdict(Self.withChecksum(Array(bytes.prefix(count)))) == "damaged")
        }
        for count in [1, 80, 4096] {
            #expect(Self.verdict(bytes + [UInt8](repeating: 0, count: count)) == "damaged")
        }
    }

    @Test func `every flipped bit is damage, in the id of the key too`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(Self.verdict(flipped) == "damaged", "bit \(bit)")
        }
    }

    @Test func `a byte changed together with the checksum never opens`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        for offset in 0..<(bytes.count - 4) {
            for mask: UInt8 in [1, 0x80, 0xFF] {
                var changed = bytes
                changed[offset] ^= mask
                let verdict = Self.verdict(Self.withChecksum(changed))
                if (48..<64).contains(offset) {
                    #expect(verdict == "wrong key", "offset \(offset)")
                } else {
                    #expect(verdict == "damaged" || verdict == "keyring damaged", "offset \(offset)")
                }
            }
        }
    }

    @Test func `a wrong key is told apart and both are named`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        let other = KeyEncryptionKey.test(0x4C)
        let sealed = try bytes.withRawSpan { try SealedKeyring(decoding: $0) }
        let error = keysError { () throws(LogStoreError) in _ = try sealed.open(with: other) }
        #expect(error?.verdict == "wrong key")
        #expect(error?.description.contains("\(other.id)") == true)
        #expect(error?.description.contains("\(Self.key.id)") == true)
        // Without any key the file still tells what it claims.
        #expect(sealed.claimed.months == [202611, 202612])
    }

    @Test func `hostile counts are refused before anything is allocated`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        for count: UInt32 in [0, 3, 5, 4096, 4097, 0x7FFF_FFFF, .max] {
            var changed = bytes
            changed.withMutableRawSpan { $0.set(count, at: 12) }
            #expect(Self.verdict(Self.withChecksum(changed)) == "damaged")
        }
    }

    @Test func `rotation keeps ids, times and keys, and leaves the old key nothing`() throws {
        let keyring = try Self.sample()
        let new = KeyEncryptionKey.test(0x4E)
        let rotated = try keyring.rewrapped(from: Self.key, to: new, now: 7)
        #expect(rotated.entries.map(\.id) == keyring.entries.map(\.id))
        #expect(rotated.entries.map(\.created) == keyring.entries.map(\.created))
        #expect(zip(rotated.entries, keyring.entries).allSatisfy { $0.wrapped != $1.wrapped })
        #expect(rotated.wrappedBy == new.id && rotated.wrappedSince == 7)
        let before = try keyring.monthKeys(with: Self.key).map(\.secret.revealed)
        #expect(try rotated.monthKeys(with: new).map(\.secret.revealed) == before)
        #expect(
            try rotated.signingSeed(with: new)?.revealed == keyring.signingSeed(with: Self.key)?.revealed)
        #expect(
            keysError { () throws(LogStoreError) in _ = try rotated.monthKeys(with: Self.key) }?.verdict
                == "wrong key")
        #expect(
            keysError { () throws(LogStoreError) in
                _ = try keyring.rewrapped(from: new, to: Self.key, now: 0)
            }?.verdict == "wrong key")
        #expect(
            keysError { () throws(LogStoreError) in
                _ = try keyring.rewrapped(from: Self.key, to: Self.key, now: 0)
            }?.verdict == "invalid request")
    }

    @Test func `a backup's keyring can leave the signing key out`() throws {
        let backup = try Self.sample().withoutSigningKey()
        #expect(!backup.hasSigningKey && backup.months == [202611, 202612])
        let bytes = SealedKeyring(backup, key: Self.key).bytes
        #expect(Self.verdict(bytes) == nil)
        #expect(try backup.signingSeed(with: Self.key) == nil)
    }

    @Test func `a forked ledger inherits the keys under its own name`() throws {
        let parent = try Self.sample()
        let child = parent.inherited(by: LogUUID(high: 1, low: 2))
        #expect(child.ledger != parent.ledger && child.entries == parent.entries)
        #expect(Self.verdict(SealedKeyring(child, key: Self.key).bytes) == nil)
    }

    @Test(arguments: [0, 11, 202600, 202613, 196912, 1_000_001, UInt32.max])
    func `what is no month gets no key`(month: UInt32) throws {
        let platform = KeysTestPlatform()
        let keyring = try Self.sample()
        let error = keysError { () throws(LogStoreError) in
            _ = try keyring.addingMonth(month, key: Self.key, platform: platform)
        }
        #expect(error?.verdict == "invalid request")
    }

    @Test func `a clock set back does not make an older key current`() throws {
        let late = KeysTestPlatform(seed: 1, now: 1000)
        let early = KeysTestPlatform(seed: 99, now: 10)
        var keyring = Keyring(ledger: keysTestLedger, key: Self.key, now: 0)
        keyring = try keyring.addingMonth(202611, key: Self.key, platform: late)
        let first = keyring.entries[0].id
        keyring = try keyring.addingMonth(202611, key: Self.key, platform: early)
        #expect(keyring.entries.map(\.created) == [1000, 1001])
        let keys = MonthKeys(ledger: keyring.ledger, try keyring.monthKeys(with: Self.key))
        #expect(keys.current(202611)?.id == keyring.entries[1].id && keyring.entries[0].id == first)
    }

    @Test func `there is at most one signing key`() throws {
        let platform = KeysTestPlatform(seed: 3)
        let keyring = try Self.sample()
        let seed = SecretKey(randomFrom: platform)
        #expect(
            keysError { () throws(LogStoreError) in
                _ = try keyring.addingSigningKey(seed, key: Self.key, platform: platform)
            }?.verdict == "invalid request")
    }

    private static func entry(
        _ number: UInt64, kind: Keyring.Entry.Kind = .month, month: UInt32 = 202611, created: UInt64? = nil
    ) -> Keyring.Entry {
        Keyring.Entry(
            kind: kind, month: month, created: created ?? number, id: LogUUID(high: 0, low: number),
            wrapped: [UInt8](repeating: 1, count: 40))
    }

    private static func keyring(_ entries: [Keyring.Entry]) -> Keyring {
        Keyring(
            generation: 1, ledger: keysTestLedger, wrappedBy: key.id, wrappedSince: 0, entries: entries)
    }

    @Test func `a keyring holds 4096 keys and no more`() throws {
        let full = Self.keyring((1...4096).map { Self.entry($0) })
        let bytes = SealedKeyring(full, key: Self.key).bytes
        #expect(bytes.count == SealedKeyring.byteCountMax)
        #expect(try bytes.withRawSpan { try SealedKeyring(decoding: $0) }.claimed == full)
        let error = keysError { () throws(LogStoreError) in
            _ = try full.addingMonth(202612, key: Self.key, platform: KeysTestPlatform())
        }
        #expect(error?.verdict == "invalid request")
    }

    @Test func `a time that has no later one takes no further key`() {
        let last = Self.keyring([Self.entry(1, created: .max)])
        let error = keysError { () throws(LogStoreError) in
            _ = try last.addingMonth(202611, key: Self.key, platform: KeysTestPlatform())
        }
        #expect(error?.verdict == "invalid request")
    }

    @Test
    func `entries out of order, twice or of the wrong kind are damage, wrapped keys that do not open too`() {
        let wrong: [[Keyring.Entry]] = [
            [Self.entry(2), Self.entry(1)],
            [Self.entry(1), Self.entry(1)],
            [Self.entry(1, month: 202612), Self.entry(2)],
            [Self.entry(1, month: 202611), Self.entry(1, month: 202612)],
            [Self.entry(1, kind: .signing, month: 0), Self.entry(2, kind: .signing, month: 0)],
            [Self.entry(1, kind: .signing)], [Self.entry(1, month: 0)], [Self.entry(1, month: 202613)],
            [Self.entry(0, created: 1)],
        ]
        for entries in wrong {
            #expect(Self.verdict(SealedKeyring(Self.keyring(entries), key: Self.key).bytes) == "damaged")
        }
        let bytes = SealedKeyring(Self.keyring([Self.entry(1)]), key: Self.key).bytes
        #expect(Self.verdict(bytes) == "keyring damaged")
    }

    @Test func `reserved bytes and other versions are refused even under a right code`() throws {
        let bytes = SealedKeyring(try Self.sample(), key: Self.key).bytes
        let bodyByteCount = bytes.count - 36
        let version = [8, 9], reserved = [10, 11] + Array(64..<80)
        let inEntries = (0..<4).flatMap { index in
            ([2, 3] + Array(72..<80)).map { 80 + 80 * index + $0 }
        }
        for offset in version + reserved + inEntries {
            var changed = Array(bytes.prefix(bodyByteCount))
            changed[offset] ^= 0x40
            changed += HMACSHA256.of(changed, key: Self.key.authenticationKey) + [0, 0, 0, 0]
            #expect(Self.verdict(Self.withChecksum(changed)) == "damaged", "offset \(offset)")
        }
    }

    // Made by an independent program from the layout alone.
    private static let golden = """
        48464b4559524e47010000000400000000000000000000000080d35bfd1ee9180123456789ab4def8123456789abcdef
        9aa0c3a75517479b39e10bc1c19189980000000000000000000000000000000002000000000000000080d35bfd1ee918
        909192939495469798999a9b9c9d9e9ff539654a997e491d7f43fa17fbbcd1429c5afbdd7a5ac9d277fb4eb02bcf9c71
        c99c7f36b9e83aa6000000000000000001000000731703000080d35bfd1ee918505152535455465798595a5b5c5d5e5f
        a2917327ff167af6767e76f941bd953b33505b1ae0e8b00c3ccb88c9c4dfab94cbf1816545abcf7e0000000000000000
        01000000731703000180d35bfd1ee918808182838485468788898a8b8c8d8e8f2f6a81ad956d9ce83a5d078f3a3f93cc
        b3cf4f0aa646d2c448e85d466af3bdbec8d9dc8378f67bf7000000000000000001000000741703000080d35bfd1ee918
        2021222324254627a8292a2b2c2d2e2fd3133a4c3fad9775c48380644943822b7a14fd57ddbf3d035d9c5f689303326f
        d08b04173a8efd5f00000000000000008457ea41ffd3da4c9b62bf5f56c9e59871172e5bcfe09195d38b879973b2460c
        f9572d93
        """
}
