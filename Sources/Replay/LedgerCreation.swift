package import Ledger
package import LogStore

/// Makes a ledger of a log: its first event that is not the log's own says that it is one.
///
///     create the log ─▶ open it (epoch start) ─▶ append `ledgerOpened` ─▶ durable, closed
///
/// A crash at any point leaves no log, a log without a ledger, or a ledger. The first two are made one by
/// doing it again; a server that starts on the second finds `opening` to be nil, and may `complete` it.
package enum LedgerCreation<P: Platform> {
    /// Makes a log in the platform's directory if it has none, and a ledger of it.
    ///
    /// - Parameters:
    ///   - options: of the log; with a key-encryption key everything is encrypted, for good.
    ///   - isTest: whether the ledger's clock may be driven by hand, for good.
    /// - Throws: `exists` if there is a ledger already: then no event of one was added.
    package static func run(
        platform: P, options: LogOptions, isTest: Bool
    ) throws(LedgerCreationError) -> CreatedLedger {
        try refuseUnopened(platform, options)
        let log = try onLog { () throws(LogStoreError) in
            try LogStore.open(platform: platform, options: options, index: NoIndex())
        }
        // A crash may have left an opening that only recovery believes.
        try refuseLedger(in: ReplayLog(log))
        return try onLog { () throws(LogStoreError) in
            let created = try complete(log, isTest: isTest)
            try log.close()
            return created
        }
    }

    /// The opening of a log's ledger, as far as the log may be believed; nil if it has none yet.
    package static func opening(of log: ReplayLog<P>) throws(ReplayError) -> Event? {
        var reader = LogReader(source: log.source, from: 0, windowBytes: 64 << 10)
        while true {
            let position = reader.position
            do throws(LogStoreError) {
                guard try reader.next() else { return nil }
            } catch { throw .log(error, sequence: position) }
            var cursor = reader.run.makeCursor()
            while let view = cursor.next() {
                guard let event = try log.event(view) else { continue }
                guard case .ledgerOpened = event.fact else {
                    throw .misfit(
                        "a ledger begins with its opening, this is \(event.fact.type)",
                        .init(sequence: view.sequence, file: log.file(of: view.sequence)))
                }
                return event
            }
        }
    }

    /// Makes a ledger of an open log that has none; appended, and durable once the log says so. Called by the
    /// thread that appends, before anything else is.
    package static func complete<Index: EventIndex>(
        _ log: LogStore<P, Index>, isTest: Bool
    ) throws(LogStoreError) -> CreatedLedger {
        let parts = log.parts
        let superblock = parts.superblocks.value
        var fact = LedgerOpened()
        fact.ledger = Hash128(superblock.ledger)
        fact.shard = UInt16(truncatingIfNeeded: parts.paths.shard)
        fact.isTest = isTest
        fact.idCipherKey = random(parts.platform)
        fact.keySecret = random(parts.platform)
        let (next, last) = log.position
        let event = Event(
            sequence: SequenceNumber(raw: next),
            time: LedgerTime(nanoseconds: max(parts.clockTime, last + 1)), fact: .ledgerOpened(fact))
        let sequences = try log.appendWaiting(EventBuffer(of: event))
        invariant(sequences.lowerBound == next, "the opening went to \(sequences), not to \(next)")
        return CreatedLedger(
            ledger: superblock.ledger, sequence: next, time: event.time, isTest: isTest,
            isEncrypted: superblock.isEncrypted, verifier: LogIdentity(superblock).verifyingKey)
    }

    /// Looks before anything is touched: what is a ledger already is not even opened.
    private static func refuseUnopened(
        _ platform: P, _ options: LogOptions
    ) throws(LedgerCreationError) {
        let log = try onLog { () throws(LogStoreError) -> ReadOnlyLog<P>? in
            let superblock = ShardPaths(shard: options.shard).superblock
            guard try onDisk({ () throws(StorageError) in try platform.disk.exists(superblock) }) else {
                return nil
            }
            return try ReadOnlyLog(
                platform: platform, shard: options.shard,
                keys: options.keyEncryptionKey.map { .keyEncryptionKey($0) } ?? .none,
                geometry: options.geometry)
        }
        if let log { try refuseLedger(in: ReplayLog(log)) }
    }

    private static func refuseLedger(in log: ReplayLog<P>) throws(LedgerCreationError) {
        let found: Event?
        do throws(ReplayError) { found = try opening(of: log) } catch { throw .unreadable(error) }
        if let found { throw .exists(log.ledger, sequence: found.sequence.raw) }
    }

    private static func onLog<Result>(
        _ work: () throws(LogStoreError) -> Result
    ) throws(LedgerCreationError) -> Result {
        do { return try work() } catch { throw .log(error) }
    }

    private static func random(_ platform: P) -> Hash128 {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withMutableRawSpan { span in platform.fillRandom(&span) }
        return Hash128(LogUUID(bytes: bytes))
    }
}

/// A ledger that has just been made.
package struct CreatedLedger: Sendable {
    package let ledger: LogUUID
    /// Of its opening.
    package let sequence: UInt64
    package let time: LedgerTime
    /// Whether its clock may be driven by hand.
    package let isTest: Bool
    package let isEncrypted: Bool
    /// With which auditors check it.
    package let verifier: NoteVerifyingKey
}

/// Why no ledger was made.
package enum LedgerCreationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is one already; nothing was changed.
    case exists(LogUUID, sequence: UInt64)
    /// The log that is there does not say whether it is a ledger's; nothing was changed.
    case unreadable(ReplayError)
    /// The log cannot be made, opened or written. Doing it again completes what was begun.
    case log(LogStoreError)

    package var description: String {
        switch self {
        case .exists(let ledger, let sequence):
            "there is a ledger already: \(ledger), opened by event \(sequence)"
        case .unreadable(let error): "the log that is there already is of no ledger: \(error)"
        case .log(let error): "\(error)"
        }
    }
}

extension Hash128 {
    /// The same 128 bits, which read alike in hexadecimal.
    package init(_ uuid: LogUUID) { self.init(low: uuid.low, high: uuid.high) }
}

extension EventBuffer {
    /// A group of one event, encoded as the log holds it.
    init(of event: Event) {
        var batch = EventBatch(capacity: 1)
        batch.append(event)
        self.init(capacity: batch.byteCount)
        let bytes = batch.bytes
        let header = EventHeader(reading: bytes, at: 0)
        let fits = append(
            type: header.type, schema: header.schema, flags: header.flags, time: header.time,
            payload: bytes.extracting(EventHeader.byteCount..<bytes.byteCount))
        invariant(fits, "a buffer made for one event of \(bytes.byteCount) bytes")
    }
}
