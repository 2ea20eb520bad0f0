// A keyring file, little-endian:
//
//   header, 80 bytes                               entry, 80 bytes
//    0   8  magic "HFKEYRNG"                        0   2  kind (1 month key, 2 signing key)
//    8   2  format version, 1                       2   2  reserved, zero
//   10   2  reserved, zero                          4   4  month yyyymm (0 for the signing key)
//   12   4  entry count n, at most 4096             8   8  created, ns since the epoch
//   16   8  generation                             16  16  key id, not zero
//   24   8  key-encryption key in use since, ns    32  40  key wrapped by the key-encryption key, RFC 3394
//   32  16  ledger UUID                            72   8  reserved, zero
//   48  16  key-encryption key id
//   64  16  reserved, zero                         entries by (month, created, id), strictly increasing
//
//   80 + 80 n       32  HMAC-SHA256 over all before, under a key derived from the key-encryption key
//   80 + 80 n + 32   4  CRC-32C over all before
//
// The checksum is judged first, then the key's identity, then the code. So a flipped bit, in the identity
// too, is damage; a wrong key is told apart from it; and what passes the checksum but not the code was
// tampered with.

/// A keyring as it stands in a file: whole by its checksum, but believed only once a key has opened it.
package struct SealedKeyring: Sendable {
    /// The contents as the file claims them; for reports without the key.
    package let claimed: Keyring
    /// Everything the code covers.
    private let body: [UInt8]
    private let code: [UInt8]

    static let magic: UInt64 = 0x474E_5259_454B_4648  // "HFKEYRNG"
    static let version: UInt16 = 1
    static let headerByteCount = 80
    static let entryByteCount = 80
    static let trailerByteCount = HMACSHA256.byteCount + 4
    /// Longer files are rejected before a byte is read.
    package static let byteCountMax =
        headerByteCount + Keyring.entryCountMax * entryByteCount + trailerByteCount

    /// Seals `keyring`, whose key `key` must be.
    package init(_ keyring: Keyring, key: KeyEncryptionKey) {
        invariant(key.id == keyring.wrappedBy, "keyring of \(keyring.wrappedBy) sealed with \(key.id)")
        invariant(
            keyring.entries.count <= Keyring.entryCountMax, "\(keyring.entries.count) keys in a keyring")
        claimed = keyring
        body = Self.encode(keyring)
        code = HMACSHA256.of(body, key: key.authenticationKey)
    }

    /// The file's bytes.
    package var bytes: [UInt8] {
        var bytes = body + code + [0, 0, 0, 0]
        let end = bytes.count - 4
        let checksum = bytes.withRawSpan { CRC32C.of($0.extracting(first: end)) }
        bytes.withMutableRawSpan { $0.set(checksum, at: end) }
        return bytes
    }

    /// Whether the code is right under `key` and every key unwraps; the keyring then is what was written.
    package func open(with key: KeyEncryptionKey) throws(LogStoreError) -> Keyring {
        try claimed.requireKey(key)
        guard HMACSHA256.areEqual(code, HMACSHA256.of(body, key: key.authenticationKey)) else {
            throw .keyringDamaged(
                "generation \(claimed.generation) was changed by someone without \(key): its code differs")
        }
        _ = try claimed.monthKeys(with: key)
        _ = try claimed.signingSeed(with: key)
        return claimed
    }
}

// MARK: Encoding

extension SealedKeyring {
    private static func encode(_ keyring: Keyring) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: headerByteCount + keyring.entries.count * entryByteCount)
        body.withMutableRawSpan { span in
            span.set(magic, at: 0)
            span.set(version, at: 8)
            span.set(UInt32(keyring.entries.count), at: 12)
            span.set(keyring.generation, at: 16)
            span.set(keyring.wrappedSince, at: 24)
            keyring.ledger.write(to: &span, at: 32)
            keyring.wrappedBy.write(to: &span, at: 48)
            for (index, entry) in keyring.entries.enumerated() {
                encode(entry, to: &span, at: headerByteCount + index * entryByteCount)
            }
        }
        return body
    }

    private static func encode(_ entry: Keyring.Entry, to span: inout MutableRawSpan, at offset: Int) {
        span.set(entry.kind.rawValue, at: offset)
        span.set(entry.month, at: offset + 4)
        span.set(entry.created, at: offset + 8)
        entry.id.write(to: &span, at: offset + 16)
        entry.wrapped.withRawSpan { span.copy(from: $0, at: offset + 32) }
    }
}

// MARK: Decoding

extension SealedKeyring {
    /// Takes a file's bytes apart and checks everything that needs no key.
    package init(decoding bytes: RawSpan) throws(DecodingFailure) {
        let count = try Self.checkFrame(bytes)
        let bodyByteCount = Self.headerByteCount + count * Self.entryByteCount
        var entries: [Keyring.Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let offset = Self.headerByteCount + index * Self.entryByteCount
            let entry = try Self.decodeEntry(bytes.extracting(offset..<(offset + Self.entryByteCount)), index)
            if let last = entries.last, !Keyring.Entry.precedes(last, entry) {
                throw DecodingFailure("keyring entry \(index): expected order by month, time and id")
            }
            entries.append(entry)
        }
        try Self.checkUniqueness(entries)
        claimed = Keyring(
            generation: bytes.u64(16), ledger: LogUUID(reading: bytes, at: 32),
            wrappedBy: LogUUID(reading: bytes, at: 48), wrappedSince: bytes.u64(24), entries: entries)
        body = bytes.extracting(first: bodyByteCount).array()
        code = bytes.extracting(bodyByteCount..<(bodyByteCount + HMACSHA256.byteCount)).array()
    }

    /// Magic, version, length, checksum and reserved bytes; returns the entry count.
    private static func checkFrame(_ bytes: RawSpan) throws(DecodingFailure) -> Int {
        guard bytes.byteCount >= headerByteCount + trailerByteCount else {
            throw DecodingFailure(
                "keyring: \(bytes.byteCount) bytes, at least \(headerByteCount + trailerByteCount) expected"
            )
        }
        guard bytes.u64(0) == magic else { throw DecodingFailure("keyring: no magic number") }
        let count = Int(bytes.u32(12))
        guard count <= Keyring.entryCountMax else {
            throw DecodingFailure("keyring: expected at most \(Keyring.entryCountMax) keys, found \(count)")
        }
        let expected = headerByteCount + count * entryByteCount + trailerByteCount
        guard bytes.byteCount == expected else {
            throw DecodingFailure(
                "keyring of \(count) keys: expected \(expected) bytes, found \(bytes.byteCount)")
        }
        guard CRC32C.of(bytes.extracting(first: expected - 4)) == bytes.u32(expected - 4) else {
            throw DecodingFailure("keyring: checksum differs")
        }
        // Behind the checksum, so that a flipped bit is not taken for a file from the future.
        guard bytes.u16(8) == version else {
            throw DecodingFailure("keyring: expected format version \(version), found \(bytes.u16(8))")
        }
        guard bytes.u16(10) == 0, bytes.extracting(64..<headerByteCount).isZero else {
            throw DecodingFailure("keyring: reserved bytes are not zero")
        }
        return count
    }

    private static func decodeEntry(_ bytes: RawSpan, _ index: Int) throws(DecodingFailure) -> Keyring.Entry {
        guard let kind = Keyring.Entry.Kind(rawValue: bytes.u16(0)) else {
            throw DecodingFailure("keyring entry \(index): expected kind 1 or 2, found \(bytes.u16(0))")
        }
        let month = bytes.u32(4)
        guard kind == .signing ? month == 0 : MonthKey.isMonth(month) else {
            throw DecodingFailure("keyring entry \(index): month \(month) does not fit its kind")
        }
        let id = LogUUID(reading: bytes, at: 16)
        guard id != .zero else { throw DecodingFailure("keyring entry \(index): its id is zero") }
        guard bytes.u16(2) == 0, bytes.u64(72) == 0 else {
            throw DecodingFailure("keyring entry \(index): reserved bytes are not zero")
        }
        return Keyring.Entry(
            kind: kind, month: month, created: bytes.u64(8), id: id,
            wrapped: bytes.extracting(32..<72).array())
    }

    private static func checkUniqueness(_ entries: [Keyring.Entry]) throws(DecodingFailure) {
        guard entries.count(where: { $0.kind == .signing }) <= 1 else {
            throw DecodingFailure("keyring: expected at most one signing key")
        }
        guard Set(entries.map(\.id)).count == entries.count else {
            throw DecodingFailure("keyring: a key id appears twice")
        }
    }
}
