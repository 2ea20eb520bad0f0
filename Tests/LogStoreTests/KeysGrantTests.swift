import LogStore
import Testing

@Suite struct KeysGrantTests {
    private static let auditor = AuditorPrivateKey(SecretKey(copying: [UInt8](repeating: 0xA0, count: 32)))
    private static let stranger = AuditorPrivateKey(SecretKey(copying: [UInt8](repeating: 0xA1, count: 32)))

    /// One key in October, two in November, one in December.
    private static func monthKeys() -> MonthKeys {
        let keys = [(202610, 1), (202611, 2), (202611, 3), (202612, 4)].map { month, number in
            MonthKey(
                month: UInt32(month), id: LogUUID(high: 0x1D, low: UInt64(number)), created: UInt64(number),
                secret: SecretKey(copying: [UInt8](repeating: UInt8(number), count: 32)))
        }
        return MonthKeys(ledger: keysTestLedger, keys)
    }

    private static func grant(_ months: [UInt32] = [202611]) throws(LogStoreError) -> [UInt8] {
        try KeyGrant.make(
            months: months, from: monthKeys(), to: auditor.publicKey, platform: KeysTestPlatform())
    }

    private static func verdict(_ bytes: [UInt8], _ key: AuditorPrivateKey = auditor) -> String? {
        keysError { () throws(LogStoreError) in _ = try KeyGrant.open(bytes, with: key) }?.verdict
    }

    private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let end = bytes.count - 4
        guard end >= 0 else { return bytes }
        let checksum = bytes.withRawSpan { CRC32C.of($0.extracting(first: end)) }
        bytes.withMutableRawSpan { $0.set(checksum, at: end) }
        return bytes
    }

    @Test func `a grant opens exactly its months`() throws {
        let all = Self.monthKeys()
        let everyMonth = all.months
        // All seven choices of the three months.
        for choice in 1..<8 {
            let months = everyMonth.indices.filter { choice >> $0 & 1 == 1 }.map { everyMonth[$0] }
            let opened = try KeyGrant.open(try Self.grant(months.reversed() + months), with: Self.auditor)
            #expect(opened.ledger == all.ledger && opened.months == months)
            for month in everyMonth {
                for key in all.keys(of: month) {
                    if months.contains(month) {
                        #expect(try opened.key(key.id).revealed == key.secret.revealed)
                    } else {
                        #expect(throws: LogStoreError.self) { try opened.key(key.id) }
                        #expect(opened.current(month) == nil)
                    }
                }
            }
        }
    }

    @Test func `files of months not granted stay closed`() throws {
        let platform = KeysTestPlatform(seed: 50)
        let operatorSide = LogEncryption.on(Self.monthKeys())
        let auditorSide = LogEncryption.on(try KeyGrant.open(try Self.grant(), with: Self.auditor))
        let file = StoragePath("shard-0000/log/2026-11/x.seg")
        for month: UInt32 in [202610, 202611, 202612] {
            let made = try operatorSide.makeFileKey(month: month, platform: platform)
            let key = try #require(made)
            var opened: [UInt8]?
            let error = keysError { () throws(LogStoreError) in
                opened = try key.wrapped.withRawSpan { (wrapped) throws(LogStoreError) in
                    try auditorSide.dataKey(monthKeyID: key.monthKeyID, wrapped: wrapped, file: file)?
                        .revealed
                }
            }
            #expect(opened == (month == 202611 ? key.dataKey.revealed : nil))
            #expect(error?.verdict == (month == 202611 ? nil : "wrong key"))
        }
    }

    @Test func `the bytes of a grant are what they always were`() throws {
        #expect(try Self.grant() == keysBytes(Self.golden))
        #expect(try KeyGrant.open(keysBytes(Self.golden), with: Self.auditor).months == [202611])
    }

    @Test func `somebody else's grant is a wrong key, and both keys are named`() throws {
        let bytes = try Self.grant()
        let error = keysError { () throws(LogStoreError) in _ = try KeyGrant.open(bytes, with: Self.stranger)
        }
        #expect(error?.verdict == "wrong key")
        #expect(error?.description.contains("\(Self.auditor.publicKey)") == true)
        #expect(error?.description.contains("\(Self.stranger.publicKey)") == true)
    }

    @Test func `every truncation, extension and flipped bit is damage`() throws {
        let bytes = try Self.grant()
        for count in 0..<bytes.count {
            #expect(Self.verdict(Array(bytes.prefix(count))) == "damaged")
            #expect(Self.verdict(Self.withChecksum(Array(bytes.prefix(count)))) == "damaged")
        }
        for count in [1, 64, 4096] {
            #expect(Self.verdict(Self.withChecksum(bytes + [UInt8](repeating: 0, count: count))) == "damaged")
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(Self.verdict(flipped) == "damaged", "bit \(bit)")
        }
    }

    @Test func `a byte changed together with the checksum never opens`() throws {
        let bytes = try Self.grant()
        for offset in 0..<(bytes.count - 4) {
            for mask: UInt8 in [1, 0x80, 0xFF] {
                var changed = bytes
                changed[offset] ^= mask
                let expected = (32..<64).contains(offset) ? "wrong key" : "damaged"
                #expect(Self.verdict(Self.withChecksum(changed)) == expected, "offset \(offset)")
            }
        }
    }

    @Test func `hostile counts are refused before anything is allocated`() throws {
        let bytes = try Self.grant()
        for count: UInt32 in [0, 1, 3, 4096, 4097, 0x7FFF_FFFF, .max] {
            var changed = bytes
            changed.withMutableRawSpan { $0.set(count, at: 12) }
            #expect(Self.verdict(Self.withChecksum(changed)) == "damaged")
        }
    }

    @Test func `a grant of nothing, of a month without key or to no key is refused`() throws {
        let zero = try AuditorPublicKey(text: "holdfast-auditor-pub:" + String(repeating: "0", count: 64))
        let requests: [([UInt32], AuditorPublicKey)] = [
            ([], Self.auditor.publicKey), ([202611, 202701], Self.auditor.publicKey), ([202611], zero),
        ]
        for (months, recipient) in requests {
            let error = keysError { () throws(LogStoreError) in
                _ = try KeyGrant.make(
                    months: months, from: Self.monthKeys(), to: recipient, platform: KeysTestPlatform())
            }
            #expect(error?.verdict == "invalid request")
        }
    }

    @Test func `two grants of the same keys share no byte of secret`() throws {
        let platform = KeysTestPlatform()
        let grants = try (0..<2).map { _ in
            try KeyGrant.make(
                months: [202611], from: Self.monthKeys(), to: Self.auditor.publicKey, platform: platform)
        }
        #expect(grants[0][64..<96] != grants[1][64..<96])
        #expect(grants[0][176..<240] != grants[1][176..<240])
    }

    // Made by an independent program from the layout alone.
    private static let golden = """
        48464b4752414e5401000000020000000123456789ab4def8123456789abcdeff0b4fd8be480349293ab61f0505ebb5b
        afccdf8a4127de221e6ef3db20e03d298f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f
        0080d35bfd1ee918000000000000000073170300000000000200000000000000000000000000001d0000000000000002
        73170300000000000300000000000000000000000000001d0000000000000003fbfea6590d82f541df8b9e5d83744f93
        bd2869ab26458dfc1dfc690d237202004941af1e021d6ac38a13c501655f09b60bf49bc9d73b5207a9f0bcc69a39dc95
        2ae88c74fddd611f1a008a893163742332a47d8a
        """
}
