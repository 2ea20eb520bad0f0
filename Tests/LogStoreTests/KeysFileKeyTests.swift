import LogStore
import Testing

@Suite struct KeysFileKeyTests {
    private static let file = StoragePath("shard-0000/wal/a.wal")

    private static func key(_ month: UInt32, _ number: UInt64) -> MonthKey {
        MonthKey(
            month: month, id: LogUUID(high: 7, low: number), created: number,
            secret: SecretKey(copying: [UInt8](repeating: UInt8(number), count: 32)))
    }

    private static func dataKey(
        _ encryption: LogEncryption, _ id: LogUUID, _ wrapped: [UInt8]
    ) throws(LogStoreError) -> SecretKey? {
        try wrapped.withRawSpan { (wrapped) throws(LogStoreError) in
            try encryption.dataKey(monthKeyID: id, wrapped: wrapped, file: file)
        }
    }

    @Test func `the newest key of a month is current, in any order of adding`() throws {
        let keys = MonthKeys(ledger: keysTestLedger, [Self.key(202611, 3), Self.key(202610, 9)])
        #expect(keys.current(202611)?.id.low == 3 && keys.current(202612) == nil)
        keys.add([Self.key(202611, 1), Self.key(202611, 3), Self.key(202612, 4)])
        #expect(keys.current(202611)?.id.low == 3 && keys.current(202612)?.id.low == 4)
        keys.add([Self.key(202611, 5)])
        #expect(keys.current(202611)?.id.low == 5)
        #expect(keys.keys(of: 202611).map(\.id.low) == [1, 3, 5])
        #expect(keys.months == [202610, 202611, 202612])
        #expect(try keys.key(LogUUID(high: 7, low: 1)).revealed == [UInt8](repeating: 1, count: 32))
    }

    @Test func `a key that is not there is a wrong key, by name`() {
        let keys = MonthKeys(ledger: keysTestLedger, [])
        let id = LogUUID(high: 1, low: 2)
        let error = keysError { () throws(LogStoreError) in _ = try keys.key(id) }
        #expect(error == .wrongKey("month key \(id) is not in the keyring"))
        #expect(
            keysError { () throws(LogStoreError) in
                _ = try LogEncryption.on(keys).makeFileKey(month: 202611, platform: KeysTestPlatform())
            }?.verdict == "wrong key")
    }

    @Test func `each file has its own data key, which its header brings back`() throws {
        let platform = KeysTestPlatform()
        let encryption = LogEncryption.on(MonthKeys(ledger: keysTestLedger, [Self.key(202611, 1)]))
        let made = try (0..<2).map { _ in try encryption.makeFileKey(month: 202611, platform: platform) }
        let (first, second) = (try #require(made[0]), try #require(made[1]))
        #expect(first.dataKey.revealed != second.dataKey.revealed && first.wrapped.count == 40)
        for key in [first, second] {
            let opened = try Self.dataKey(encryption, key.monthKeyID, key.wrapped)
            #expect(opened?.revealed == key.dataKey.revealed)
        }
        var changed = first.wrapped
        changed[0] ^= 1
        let error = keysError { () throws(LogStoreError) in
            _ = try Self.dataKey(encryption, first.monthKeyID, changed)
        }
        #expect(error?.verdict == "wrong key" && error?.description.contains(Self.file.description) == true)
    }

    @Test func `without encryption files are plain, with it none is, and encrypted ones ask for a keyring`()
        throws
    {
        #expect(try LogEncryption.off.makeFileKey(month: 202611, platform: KeysTestPlatform()) == nil)
        let zeros = [UInt8](repeating: 0, count: 40)
        let on = LogEncryption.on(MonthKeys(ledger: keysTestLedger, []))
        #expect(try Self.dataKey(.off, .zero, zeros) == nil)
        for encryption in [LogEncryption.locked, on] {
            let error = keysError { () throws(LogStoreError) in
                _ = try Self.dataKey(encryption, .zero, zeros)
            }
            #expect(error?.verdict == "damaged")
        }
        for encryption in [LogEncryption.off, .locked, on] {
            let error = keysError { () throws(LogStoreError) in
                _ = try Self.dataKey(encryption, .zero, zeros.dropLast() + [1])
            }
            #expect(error?.verdict == "damaged")
        }
        for encryption in [LogEncryption.off, .locked] {
            let error = keysError { () throws(LogStoreError) in
                _ = try Self.dataKey(encryption, LogUUID(high: 1, low: 1), zeros)
            }
            #expect(error?.verdict == "wrong key")
        }
    }
}
