/// Every key of one ledger that lies on disk, each wrapped by the key-encryption key: one generation, a
/// value.
///
/// Nothing secret is in here that the key-encryption key does not cover. A change makes a new value;
/// `KeyringStore` makes it durable as a new generation.
package struct Keyring: Sendable, Equatable {
    /// One wrapped key.
    package struct Entry: Sendable, Equatable {
        package enum Kind: UInt16, Sendable {
            /// Wraps the data keys of one month's files.
            case month = 1
            /// The seed of the Ed25519 key that signs seals and checkpoints; at most one, month 0.
            case signing = 2
        }

        package let kind: Kind
        /// yyyymm; 0 for the signing key.
        package let month: UInt32
        /// Nanoseconds since the epoch.
        package let created: UInt64
        package let id: LogUUID
        /// 40 bytes, RFC 3394.
        package let wrapped: [UInt8]

        package init(kind: Kind, month: UInt32, created: UInt64, id: LogUUID, wrapped: [UInt8]) {
            invariant(wrapped.count == KeyWrap.wrappedByteCount, "a wrapped key of \(wrapped.count) bytes")
            self.kind = kind
            self.month = month
            self.created = created
            self.id = id
            self.wrapped = wrapped
        }

        /// Entries of a keyring stand in this order, strictly increasing.
        package static func precedes(_ left: Entry, _ right: Entry) -> Bool {
            (left.month, left.created, left.id) < (right.month, right.created, right.id)
        }
    }

    /// 1 for the first; every write of a keyring has a higher one than any file of the directory.
    package internal(set) var generation: UInt64
    package internal(set) var ledger: LogUUID
    /// Which key-encryption key wraps the entries.
    package internal(set) var wrappedBy: LogUUID
    /// When that key came into use, nanoseconds since the epoch: it is due for rotation 90 days later.
    package internal(set) var wrappedSince: UInt64
    /// Sorted by `Entry.precedes`, ids unique, at most `entryCountMax`.
    package internal(set) var entries: [Entry]

    /// 84 months of seven years leave room for forks; the cap bounds what a decoder allocates.
    package static let entryCountMax = 4096

    /// An empty keyring, not yet written (generation 0).
    package init(ledger: LogUUID, key: KeyEncryptionKey, now: UInt64) {
        self.init(generation: 0, ledger: ledger, wrappedBy: key.id, wrappedSince: now, entries: [])
    }

    package init(
        generation: UInt64, ledger: LogUUID, wrappedBy: LogUUID, wrappedSince: UInt64, entries: [Entry]
    ) {
        self.generation = generation
        self.ledger = ledger
        self.wrappedBy = wrappedBy
        self.wrappedSince = wrappedSince
        self.entries = entries
    }

    /// The months that have a key, ascending.
    package var months: [UInt32] {
        let months = entries.filter { $0.kind == .month }.map(\.month)
        return months.indices.filter { $0 == 0 || months[$0 - 1] != months[$0] }.map { months[$0] }
    }

    package var hasSigningKey: Bool { entries.contains { $0.kind == .signing } }
}

// MARK: Unwrapping

extension Keyring {
    /// The month keys, for the log to work with.
    package func monthKeys(with key: KeyEncryptionKey) throws(LogStoreError) -> [MonthKey] {
        var keys: [MonthKey] = []
        for entry in entries where entry.kind == .month {
            let secret = try unwrap(entry, with: key)
            keys.append(MonthKey(month: entry.month, id: entry.id, created: entry.created, secret: secret))
        }
        return keys
    }

    /// The seed of the log's signing key; `nil` if it is kept apart from this keyring.
    package func signingSeed(with key: KeyEncryptionKey) throws(LogStoreError) -> SecretKey? {
        guard let entry = entries.first(where: { $0.kind == .signing }) else { return nil }
        return try unwrap(entry, with: key)
    }

    private func unwrap(_ entry: Entry, with key: KeyEncryptionKey) throws(LogStoreError) -> SecretKey {
        try requireKey(key)
        guard let secret = entry.wrapped.withRawSpan({ KeyWrap.unwrap($0, with: key.secret) }) else {
            throw .keyringDamaged(
                "generation \(generation): key \(entry.id) of \(entry.month) does not open with \(key)"
            )
        }
        return secret
    }

    /// The error for a key-encryption key that is not this keyring's names both.
    func requireKey(_ key: KeyEncryptionKey) throws(LogStoreError) {
        guard key.id == wrappedBy else {
            throw .wrongKey(
                "keyring generation \(generation) needs key-encryption key \(wrappedBy), given was \(key.id)")
        }
    }
}

// MARK: Changes

extension Keyring {
    /// With a fresh random key for `month`, which becomes the month's current one.
    package func addingMonth(
        _ month: UInt32, key: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        guard MonthKey.isMonth(month) else { throw .invalidRequest("\(month) is not a month (yyyymm)") }
        var created = platform.wallTime()
        // A clock set back must not make an older key current.
        if let last = entries.last(where: { $0.month == month }), last.created >= created {
            guard last.created < .max else { throw .invalidRequest("month \(month) can have no newer key") }
            created = last.created + 1
        }
        let secret = SecretKey(randomFrom: platform)
        return try adding(
            .month, month: month, created: created, id: platform.makeUUID(), secret: secret, key: key)
    }

    /// With the seed of the log's signing key, which must not be there yet.
    package func addingSigningKey(
        _ seed: SecretKey, key: KeyEncryptionKey, platform: some Platform
    ) throws(LogStoreError) -> Keyring {
        guard !hasSigningKey else { throw .invalidRequest("the keyring already holds a signing key") }
        return try adding(
            .signing, month: 0, created: platform.wallTime(), id: platform.makeUUID(), secret: seed, key: key)
    }

    /// Without the signing key, as a backup keeps it.
    package func withoutSigningKey() -> Keyring {
        var copy = self
        copy.entries.removeAll { $0.kind == .signing }
        return copy
    }

    /// The same keys for a ledger that continues this one from a fork.
    package func inherited(by ledger: LogUUID) -> Keyring {
        var copy = self
        copy.ledger = ledger
        return copy
    }

    /// Every key wrapped again, by `new` instead of `old`; ids, times and the keys themselves stay.
    package func rewrapped(
        from old: KeyEncryptionKey, to new: KeyEncryptionKey, now: UInt64
    ) throws(LogStoreError) -> Keyring {
        try requireKey(old)
        guard new.id != old.id else { throw .invalidRequest("rotation to the key-encryption key in use") }
        var copy = self
        copy.wrappedBy = new.id
        copy.wrappedSince = now
        copy.entries = []
        for entry in entries {
            let wrapped = KeyWrap.wrap(try unwrap(entry, with: old), with: new.secret)
            copy.entries.append(
                Entry(
                    kind: entry.kind, month: entry.month, created: entry.created, id: entry.id,
                    wrapped: wrapped))
        }
        return copy
    }

    private func adding(
        _ kind: Entry.Kind, month: UInt32, created: UInt64, id: LogUUID, secret: SecretKey,
        key: KeyEncryptionKey
    ) throws(LogStoreError) -> Keyring {
        try requireKey(key)
        guard entries.count < Self.entryCountMax else {
            throw .invalidRequest("the keyring holds \(entries.count) keys, its maximum")
        }
        invariant(!entries.contains { $0.id == id }, "key id \(id) was made twice")
        let entry = Entry(
            kind: kind, month: month, created: created, id: id,
            wrapped: KeyWrap.wrap(secret, with: key.secret))
        var copy = self
        copy.entries.append(entry)
        copy.entries.sort(by: Entry.precedes)
        return copy
    }
}
