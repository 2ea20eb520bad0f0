// The auditor's side; the layout stands in `KeyGrant.swift`.

extension KeyGrant {
    /// The month keys of a grant, which open those months of its ledger and nothing else.
    ///
    /// A grant for somebody else is `wrongKey`; any other mismatch is damage. `file` is for the error.
    package static func open(
        _ bytes: [UInt8], with privateKey: AuditorPrivateKey, file: StoragePath = StoragePath("grant")
    ) throws(LogStoreError) -> MonthKeys {
        let contents: Contents
        do throws(DecodingFailure) {
            contents = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try Contents(decoding: span)
            }
        } catch {
            throw .damaged(error.damage(in: file, at: 0))
        }
        guard contents.recipient == privateKey.publicKey else {
            throw .wrongKey(
                "\(file) is for \(contents.recipient), the key given is that of \(privateKey.publicKey)")
        }
        guard let secrets = unseal(bytes, contents, with: privateKey) else {
            throw .damaged(Damage(file: file, offset: 0, "the sealed month keys are not what was granted"))
        }
        let keys = zip(contents.entries, secrets).map { entry, secret in
            MonthKey(month: entry.month, id: entry.id, created: entry.created, secret: secret)
        }
        return MonthKeys(ledger: contents.ledger, keys)
    }

    /// What stands in a grant without a key.
    package struct Contents: Sendable {
        package let ledger: LogUUID
        package let recipient: AuditorPublicKey
        /// Nanoseconds since the epoch.
        package let made: UInt64
        package let entries: [(month: UInt32, created: UInt64, id: LogUUID)]
        let ephemeral: [UInt8]

        package init(decoding bytes: RawSpan) throws(DecodingFailure) {
            let count = try KeyGrant.checkFrame(bytes)
            var entries: [(month: UInt32, created: UInt64, id: LogUUID)] = []
            entries.reserveCapacity(count)
            for index in 0..<count {
                let offset = headerByteCount + index * entryByteCount
                let entry = try KeyGrant.decodeEntry(
                    bytes.extracting(offset..<(offset + entryByteCount)), index)
                if let last = entries.last,
                    (last.month, last.created, last.id) >= (entry.month, entry.created, entry.id)
                {
                    throw DecodingFailure("grant entry \(index): expected order by month, time and id")
                }
                entries.append(entry)
            }
            guard Set(entries.map(\.id)).count == count else {
                throw DecodingFailure("grant: a key id appears twice")
            }
            self.entries = entries
            ledger = LogUUID(reading: bytes, at: 16)
            recipient = AuditorPublicKey(bytes: bytes.extracting(32..<64).array())
            ephemeral = bytes.extracting(64..<96).array()
            made = bytes.u64(96)
        }
    }

    /// Magic, version, length, checksum and reserved bytes; returns the entry count.
    private static func checkFrame(_ bytes: RawSpan) throws(DecodingFailure) -> Int {
        guard bytes.byteCount >= byteCount(entries: 1) else {
            throw DecodingFailure(
                "grant: expected \(byteCount(entries: 1)) bytes or more, found \(bytes.byteCount)")
        }
        guard bytes.u64(0) == magic else { throw DecodingFailure("grant: no magic number") }
        let count = Int(bytes.u32(12))
        guard (1...Keyring.entryCountMax).contains(count) else {
            throw DecodingFailure("grant: expected 1 to \(Keyring.entryCountMax) keys, found \(count)")
        }
        let expected = byteCount(entries: count)
        guard bytes.byteCount == expected else {
            throw DecodingFailure(
                "grant of \(count) keys: expected \(expected) bytes, found \(bytes.byteCount)")
        }
        guard CRC32C.of(bytes.extracting(first: expected - 4)) == bytes.u32(expected - 4) else {
            throw DecodingFailure("grant: checksum differs")
        }
        guard bytes.u16(8) == version else {
            throw DecodingFailure("grant: expected format version \(version), found \(bytes.u16(8))")
        }
        guard bytes.u16(10) == 0, bytes.u64(104) == 0 else {
            throw DecodingFailure("grant: reserved bytes are not zero")
        }
        return count
    }

    private static func decodeEntry(
        _ bytes: RawSpan, _ index: Int
    ) throws(DecodingFailure) -> (month: UInt32, created: UInt64, id: LogUUID) {
        let id = LogUUID(reading: bytes, at: 16)
        guard MonthKey.isMonth(bytes.u32(0)), id != .zero, bytes.u32(4) == 0 else {
            throw DecodingFailure("grant entry \(index): expected a month, zero and a key id")
        }
        return (bytes.u32(0), bytes.u64(8), id)
    }

    /// The month keys in the order of the entries; `nil` if key or bytes are not those of the grant.
    private static func unseal(
        _ bytes: [UInt8], _ contents: Contents, with privateKey: AuditorPrivateKey
    ) -> [SecretKey]? {
        guard
            let key = sealingKey(
                privateKey.secret, peer: contents.ephemeral, ephemeral: contents.ephemeral,
                recipient: contents.recipient.bytes)
        else { return nil }
        let count = contents.entries.count
        let offset = sealedOffset(entries: count)
        var plain = [UInt8](repeating: 0, count: count * SecretKey.byteCount)
        defer { SecretKey.erase(&plain) }
        let isGenuine = bytes.withRawSpan { bytes in
            plain.withMutableRawSpan { plain in
                AEADCipher(key: key).open(
                    bytes.extracting(offset..<(bytes.byteCount - 4)), nonce: nonce,
                    authenticating: bytes.extracting(first: offset), into: &plain)
            }
        }
        guard isGenuine else { return nil }
        return plain.withRawSpan { plain in
            (0..<count).map { index in
                let start = index * SecretKey.byteCount
                return SecretKey(copying: plain.extracting(start..<(start + SecretKey.byteCount)))
            }
        }
    }
}
