/// The names a log signs under: the checkpoint origin and the key name, derived from the ledger and shard.
package struct LogIdentity: Sendable {
    package let origin: String
    package let verifyingKey: NoteVerifyingKey

    package init(_ superblock: Superblock) {
        self.init(ledger: superblock.ledger, shard: superblock.shard, key: superblock.verifyingKey)
    }

    package init(ledger: LogUUID, shard: UInt32, key: [UInt8]) {
        origin = "holdfast/\(ledger)/\(shard)"
        guard let key = VerifyingKey(bytes: key) else {
            invariantViolated("a public key of \(key.count) bytes")
        }
        verifyingKey = NoteVerifyingKey(name: Self.keyName(origin), key: key)
    }

    /// What an auditor checks texts with.
    package var verifier: OfflineVerifier { OfflineVerifier(origin: origin, keys: [verifyingKey]) }

    package func signingKey(_ key: SigningKey) -> NoteSigningKey {
        NoteSigningKey(name: Self.keyName(origin), key: key)
    }

    private static func keyName(_ origin: String) -> NoteKeyName {
        do { return try NoteKeyName(origin) } catch { invariantViolated("origin \(origin): \(error)") }
    }
}
