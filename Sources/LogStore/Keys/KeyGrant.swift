// A grant: the keys of some months, for one auditor. Little-endian:
//
//   header, 112 bytes                              entry, 32 bytes
//    0   8  magic "HFKGRANT"                        0   4  month yyyymm
//    8   2  format version, 1                       4   4  reserved, zero
//   10   2  reserved, zero                          8   8  month key created, ns since the epoch
//   12   4  entry count n, 1 to 4096               16  16  month key id, not zero
//   16  16  ledger UUID
//   32  32  recipient's public key, X25519         entries by (month, created, id), strictly increasing
//   64  32  ephemeral public key, X25519
//   96   8  made, ns since the epoch
//  104   8  reserved, zero
//
//   112 + 32 n            32 n  the month keys in the order of the entries ┐ AES-256-GCM, authenticating
//   112 + 64 n            16    tag                                        ┘ all before
//   112 + 64 n + 16       4     CRC-32C over all before
//
// Key: HKDF-SHA256(X25519 shared secret, salt = ephemeral ‖ recipient public key, info "holdfast key grant
// v1"). Nonce: use 5, ordinal 0. It is safe because each grant has a key of its own, from an ephemeral key
// pair made for it and forgotten: no two texts are ever sealed under one such key.

/// Exports month keys to an auditor, and opens such an export.
///
/// It is secret, not signed: anyone can make one to an auditor's public key, but keys that are not the
/// ledger's open none of its files.
package enum KeyGrant {
    static let magic: UInt64 = 0x544E_4152_474B_4648  // "HFKGRANT"
    static let version: UInt16 = 1
    static let headerByteCount = 112
    static let entryByteCount = 32
    /// Longer files are no grants; check before reading.
    package static let byteCountMax = byteCount(entries: Keyring.entryCountMax)
    static let info = "holdfast key grant v1"
    static let nonce = Nonce(.grant, 0)

    static func byteCount(entries: Int) -> Int {
        sealedOffset(entries: entries) + entries * SecretKey.byteCount + AEADCipher.tagByteCount + 4
    }

    static func sealedOffset(entries: Int) -> Int { headerByteCount + entries * entryByteCount }

    /// A grant of every key of `months`, in any order, to `recipient`.
    package static func make(
        months: [UInt32], from keys: MonthKeys, to recipient: AuditorPublicKey, platform: some Platform
    ) throws(LogStoreError) -> [UInt8] {
        let granted = try select(months, from: keys)
        let ephemeral = SecretKey(randomFrom: platform)
        let ephemeralPublic = X25519.publicKey(of: ephemeral)
        guard
            let key = sealingKey(
                ephemeral, peer: recipient.bytes, ephemeral: ephemeralPublic, recipient: recipient.bytes)
        else { throw .invalidRequest("\(recipient) is no usable public key") }
        var bytes = [UInt8](repeating: 0, count: byteCount(entries: granted.count))
        bytes.withMutableRawSpan { span in
            encodeHeader(
                to: &span, count: granted.count, ledger: keys.ledger, made: platform.wallTime())
            recipient.bytes.withRawSpan { span.copy(from: $0, at: 32) }
            ephemeralPublic.withRawSpan { span.copy(from: $0, at: 64) }
            for (index, monthKey) in granted.enumerated() {
                encode(monthKey, to: &span, at: headerByteCount + index * entryByteCount)
            }
        }
        seal(granted, with: key, in: &bytes)
        return bytes
    }
}

// MARK: Making

extension KeyGrant {
    private static func select(_ months: [UInt32], from keys: MonthKeys) throws(LogStoreError) -> [MonthKey] {
        var granted: [MonthKey] = []
        var last: UInt32?
        for month in months.sorted() where month != last {
            last = month
            let found = keys.keys(of: month)
            guard !found.isEmpty else { throw .invalidRequest("there is no key of month \(month) to grant") }
            granted += found
        }
        guard !granted.isEmpty else { throw .invalidRequest("a grant of no month") }
        guard granted.count <= Keyring.entryCountMax else {
            throw .invalidRequest(
                "a grant of \(granted.count) keys, \(Keyring.entryCountMax) are the maximum")
        }
        return granted
    }

    private static func encodeHeader(
        to span: inout MutableRawSpan, count: Int, ledger: LogUUID, made: UInt64
    ) {
        span.set(magic, at: 0)
        span.set(version, at: 8)
        span.set(UInt32(count), at: 12)
        ledger.write(to: &span, at: 16)
        span.set(made, at: 96)
    }

    private static func encode(_ key: MonthKey, to span: inout MutableRawSpan, at offset: Int) {
        span.set(key.month, at: offset)
        span.set(key.created, at: offset + 8)
        key.id.write(to: &span, at: offset + 16)
    }

    private static func seal(_ granted: [MonthKey], with key: SecretKey, in bytes: inout [UInt8]) {
        let offset = sealedOffset(entries: granted.count)
        let end = bytes.count - 4
        let authenticated = Array(bytes[..<offset])
        var plain = [UInt8](repeating: 0, count: granted.count * SecretKey.byteCount)
        defer { SecretKey.erase(&plain) }
        for (index, monthKey) in granted.enumerated() {
            plain.withMutableRawSpan { plain in
                monthKey.secret.withBytes { plain.copy(from: $0, at: index * SecretKey.byteCount) }
            }
        }
        var sealed = [UInt8](repeating: 0, count: end - offset)
        plain.withRawSpan { plain in
            authenticated.withRawSpan { authenticated in
                sealed.withMutableRawSpan {
                    AEADCipher(key: key).seal(plain, nonce: nonce, authenticating: authenticated, into: &$0)
                }
            }
        }
        bytes.withMutableRawSpan { span in sealed.withRawSpan { span.copy(from: $0, at: offset) } }
        let checksum = bytes.withRawSpan { CRC32C.of($0.extracting(first: end)) }
        bytes.withMutableRawSpan { $0.set(checksum, at: end) }
    }

    /// The key both sides derive; `nil` if the peer's public key can share no secret.
    static func sealingKey(
        _ own: SecretKey, peer: [UInt8], ephemeral: [UInt8], recipient: [UInt8]
    ) -> SecretKey? {
        X25519.sharedSecret(own, with: peer).map {
            HKDFSHA256.key(from: $0, salt: ephemeral + recipient, info: info)
        }
    }
}
