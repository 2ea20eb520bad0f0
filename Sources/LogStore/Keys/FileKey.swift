/// The data key of one file: random, used for that file only, stored in its header wrapped by a month key.
package struct FileKey: Sendable {
    package let dataKey: SecretKey
    package let monthKeyID: LogUUID
    /// 40 bytes for the file's header.
    package let wrapped: [UInt8]

    /// A new key for a new file. Also a file sealed again gets one, so that nonces never meet again.
    package static func make(platform: some Platform, monthKey: MonthKey) -> FileKey {
        let dataKey = SecretKey(randomFrom: platform)
        return FileKey(
            dataKey: dataKey, monthKeyID: monthKey.id, wrapped: KeyWrap.wrap(dataKey, with: monthKey.secret))
    }

    /// The data key from a file's header, whose own checksum the caller has verified: so a failure means the
    /// wrong month key, not damage.
    package static func unwrap(
        _ wrapped: RawSpan, monthKey: SecretKey, file: StoragePath
    ) throws(LogStoreError) -> SecretKey {
        guard let dataKey = KeyWrap.unwrap(wrapped, with: monthKey) else {
            throw .wrongKey("the data key of \(file) does not open with its month key")
        }
        return dataKey
    }
}

/// Whether files are encrypted and, if so, with which keys.
package enum LogEncryption: Sendable {
    /// The log is not encrypted: every file is plain.
    case off
    /// The log is encrypted, and no keys are at hand: nothing can be read.
    case locked
    /// Every file is encrypted, as was fixed when the log was created: a plain one is not ours.
    case on(MonthKeys)

    /// The key for a new file of `month`; `nil` if it is to be plain (month key id and wrapped key all zero).
    package func makeFileKey(
        month: UInt32, platform: some Platform
    ) throws(LogStoreError) -> FileKey? {
        let keys: MonthKeys
        switch self {
        case .off: return nil
        case .locked: throw .wrongKey("no keys are at hand for a new file of month \(month)")
        case .on(let given): keys = given
        }
        guard let monthKey = keys.current(month) else {
            throw .wrongKey("the keyring has no key for month \(month)")
        }
        return FileKey.make(platform: platform, monthKey: monthKey)
    }

    /// The data key of an existing file by its header's two fields; `nil` for a plain file.
    package func dataKey(
        monthKeyID: LogUUID, wrapped: RawSpan, file: StoragePath
    ) throws(LogStoreError) -> SecretKey? {
        if monthKeyID == .zero {
            guard wrapped.isZero else {
                throw .damaged(Damage(file: file, offset: 0, "a wrapped data key without a month key id"))
            }
            guard case .off = self else {
                throw .damaged(Damage(file: file, offset: 0, "a plain file in an encrypted log"))
            }
            return nil
        }
        guard case .on(let keys) = self else {
            throw .wrongKey("\(file) is encrypted under month key \(monthKeyID), and no keyring is in use")
        }
        return try FileKey.unwrap(wrapped, monthKey: keys.key(monthKeyID), file: file)
    }
}

extension Superblock {
    /// Whether every file of the log is encrypted.
    package var isEncrypted: Bool { keyringGeneration > 0 }

    /// How files are to be read by someone who holds no keys.
    package var encryptionWithoutKeys: LogEncryption { isEncrypted ? .locked : .off }
}
