/// How the keys of a log that is only read are had.
public enum ReadingKeys: Sendable {
    /// None: what is encrypted cannot be read; chains, signatures and hashes can be checked.
    case none
    /// The operator's key-encryption key.
    case keyEncryptionKey(KeyEncryptionKey)
    /// Month keys from an auditor's grant.
    case grant(MonthKeys)

    /// What they open of the log with this superblock.
    func encryption(
        of superblock: Superblock, on platform: some Platform
    ) throws(LogStoreError) -> LogEncryption {
        switch self {
        case .none: return superblock.encryptionWithoutKeys
        case .grant(let keys):
            guard keys.ledger == superblock.ledger else {
                throw .wrongKey("the grant is for ledger \(keys.ledger), this is \(superblock.ledger)")
            }
            return superblock.isEncrypted ? .on(keys) : .off
        case .keyEncryptionKey(let key):
            return try LogKeys.load(
                platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration,
                key: key, forWriting: false
            ).encryption
        }
    }
}
