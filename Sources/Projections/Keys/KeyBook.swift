import Invariants
import Ledger

/// Which idempotency keys have been used, by what, and what became of it.
///
/// A key whose outcome is open is a row of `pending`. At the final outcome it moves to the end of `recent`,
/// which therefore is in the order of final outcomes, and stays there for `keySpan`, to the end of a whole
/// hour. A whole hour's keys are forgotten at once, by moving `firstLive`; their rows leave the memory later,
/// a few with every event, or earlier, when a machine has little (`spill`): the digest does not look at
/// memory.
///
///     recent   [ · · · gone · · · | hour 7 | hour 8 | hour 9 · · ]
///                                 ▲ firstLive
///
/// 24 bytes a recent key, and 11.6 to 12.7 for its index entry.
struct KeyBook: ~Copyable {
    var recent = RecentKeys()
    var recentIndex: HashIndex
    var pending: PendingKeys
    var pendingIndex: HashIndex
    /// Hours with keys, oldest first; those before `firstLive` are forgotten.
    var hours: [Hour] = []
    var firstLive = 0
    /// The sum over all rows that have left the memory.
    var dropped = TableDigest()

    private(set) var journal: Journal?

    /// The keys whose outcome became final in one hour of log time.
    struct Hour {
        let number: UInt64
        let firstPosition: UInt64
        /// The sum over all rows before them, ever.
        let before: TableDigest
    }

    struct Journal {
        var hours: [Hour]
        var firstLive: Int
        /// The one key a request may have, if its outcome is open.
        var added: (hash: KeyHash, number: RowNumber)?
        /// Keys whose outcome the request made final.
        var finished: [(hash: KeyHash, number: RowNumber)] = []
    }

    /// A key that was found.
    struct Entry: Equatable {
        /// The event that used it first.
        let sequence: SequenceNumber
        let fingerprint: UInt32
        let outcome: KeyOutcome
    }

    /// - Parameters:
    ///   - seed: of the index: unknown outside, and different on each machine if it likes.
    ///   - pace: of the state it belongs to.
    init(seed: UInt64, pace: GrowthPace?) {
        recentIndex = HashIndex(seed: seed, pace: pace)
        pendingIndex = HashIndex(seed: seed, pace: pace)
        pending = PendingKeys(rows: Table(seed: seed, pace: pace))
    }

    /// Takes memory for the index of so many recent keys now, if there are none yet.
    mutating func reserve(_ count: Int, isTouched: Bool = true) {
        recentIndex.reserve(count, isTouched: isTouched)
    }

    // MARK: Looking

    /// Keys in memory that have not been forgotten, pending ones included.
    var count: Int {
        let first = max(firstLivePosition, recent.rows.firstPosition)
        return Int(truncatingIfNeeded: recent.rows.endPosition - first) + pending.rows.count
    }

    /// Asks for the memory that `find` or `add` will look at, without waiting.
    func prefetch(_ hash: Hash128) { recentIndex.prefetch(KeyHash(hash)) }

    /// Whether keys have left the memory that are not forgotten.
    var hasAged: Bool { recent.rows.firstPosition > firstLivePosition }

    /// A key that is in memory, or `aged` if it is that key and not forgotten.
    func find(_ hash: Hash128, _ aged: AgedKey? = nil) -> Entry? {
        let hash = KeyHash(hash)
        if let number = recentIndex.find(hash, in: recent) {
            let position = recent.rows.position(of: number)
            if position >= firstLivePosition {
                let row = recent.rows[position]
                return Entry(sequence: row.sequence, fingerprint: row.fingerprint, outcome: row.outcome)
            }
        }
        if let number = pendingIndex.find(hash, in: pending) {
            let row = pending.rows[number]
            return Entry(sequence: row.sequence, fingerprint: row.fingerprint, outcome: .pending)
        }
        guard let aged, aged.hash == hash, isLive(aged) else { return nil }
        return Entry(
            sequence: aged.row.sequence, fingerprint: aged.row.fingerprint, outcome: aged.row.outcome)
    }

    /// Whether a key that left the memory is not forgotten.
    func isLive(_ aged: AgedKey) -> Bool { firstLiveHour.map { aged.hour >= $0 } ?? false }

    /// The oldest hour whose keys are not forgotten, since the epoch; nil if none has any.
    var firstLiveHour: UInt64? { firstLive < hours.count ? hours[firstLive].number : nil }

    /// Of the keys that have not been forgotten, in memory or not.
    var recentDigest: TableDigest { everAppended.subtracting(firstLiveBefore) }
    var pendingDigest: TableDigest { pending.rows.digest }

    /// Bytes taken from the system.
    var byteCount: Int {
        recent.rows.byteCount + recentIndex.byteCount + pending.rows.rowByteCount
            + pending.rows.indexByteCount + pendingIndex.byteCount
    }

    private var everAppended: TableDigest { recent.rows.digest.adding(dropped) }
    var firstLivePosition: UInt64 {
        firstLive < hours.count ? hours[firstLive].firstPosition : recent.rows.endPosition
    }
    var firstLiveBefore: TableDigest {
        firstLive < hours.count ? hours[firstLive].before : everAppended
    }

    // MARK: Changing

    /// A key whose outcome is final already.
    mutating func add(
        _ hash: Hash128, fingerprint: UInt64, at event: SequenceNumber, _ outcome: KeyOutcome,
        time: LedgerTime
    ) {
        append(
            KeyRow(KeyHash(hash), fingerprint: KeyRow.fold(fingerprint), sequence: event, outcome), time)
    }

    /// A key whose outcome is open.
    mutating func addPending(_ hash: Hash128, fingerprint: UInt64, at event: SequenceNumber) {
        let row = PendingKeyRow(KeyHash(hash), fingerprint: KeyRow.fold(fingerprint), sequence: event)
        let number = pending.rows.insert(row)
        pendingIndex.insert(row.hash, number, in: pending)
        invariant(journal?.added == nil, "a second key in one request")
        journal?.added = (row.hash, number)
    }

    /// The outcome of what `event` began is final now; nothing, if it had no key.
    mutating func finish(_ event: SequenceNumber, _ outcome: KeyOutcome, time: LedgerTime) {
        guard let number = pending.rows.find(event.raw) else { return }
        let row = pending.rows[number]
        pendingIndex.remove(row.hash, number)
        pending.rows.remove(number)
        journal?.finished.append((row.hash, number))
        append(KeyRow(row.hash, fingerprint: row.fingerprint, sequence: event, outcome), time)
    }

    private mutating func append(_ row: KeyRow, _ time: LedgerTime) {
        let hour = time.hourNumber
        if hours.last.map({ $0.number < hour }) ?? true {
            hours.append(
                Hour(number: hour, firstPosition: recent.rows.endPosition, before: everAppended))
        }
        let position = recent.rows.append(row)
        // A forgotten key that is still in memory gives its place in the index to the new one.
        if let old = recentIndex.put(row.hash, recent.rows.number(of: position), in: recent) {
            invariant(recent.rows.position(of: old) < firstLivePosition, "a key was used twice")
        }
    }

    /// Forgets the hours that ended `span` ago, and gives a few of their rows back.
    mutating func forget(at time: LedgerTime, span: LedgerSpan) {
        while firstLive < hours.count,
            LedgerTime(hourNumber: hours[firstLive].number + 1).adding(span) <= time
        {
            firstLive += 1
        }
        if firstLive > 0 { dropForgotten() }
    }

    /// Rows that leave the memory with one event: more than come, and few enough that nobody waits.
    private static var droppedPerEvent: Int { 4 }

    private mutating func dropForgotten() {
        // Undoing a request must find everything in its place.
        guard journal == nil else { return }
        let end = firstLivePosition
        for _ in 0..<Self.droppedPerEvent where recent.rows.firstPosition < end { dropOldest() }
        if recent.rows.firstPosition >= end {
            hours.removeFirst(firstLive)
            firstLive = 0
        }
    }

    /// Takes the oldest keys out of the memory, those not forgotten to the end of `aged`.
    ///
    /// - Returns: how many rows it took out.
    mutating func spill(atMost count: Int, into aged: inout [AgedKey]) -> Int {
        invariant(journal == nil, "keys leave the memory while a journal is open")
        var (taken, hour) = (0, 0)
        while taken < count, recent.rows.firstPosition < recent.rows.endPosition {
            let position = recent.rows.firstPosition
            if position >= firstLivePosition {
                while hour + 1 < hours.count, hours[hour + 1].firstPosition <= position { hour += 1 }
                aged.append(AgedKey(recent.rows[position], hour: hours[hour].number))
            }
            recentIndex.pace?.beginTurn()
            dropOldest()
            taken += 1
        }
        return taken
    }

    private mutating func dropOldest() {
        let position = recent.rows.firstPosition
        let (row, number) = (recent.rows[position], recent.rows.number(of: position))
        // The entry may be that of the same key used again.
        if recentIndex.find(row.hash, in: recent) == number { recentIndex.remove(row.hash, number) }
        let before = recent.rows.digest
        _ = recent.rows.dropFirst()
        dropped = dropped.adding(before.subtracting(recent.rows.digest))
    }
}

extension KeyBook: Journaled {
    mutating func openJournal() {
        invariant(journal == nil, "a journal is open already")
        recent.rows.openJournal()
        pending.rows.openJournal()
        journal = Journal(hours: hours, firstLive: firstLive)
    }

    mutating func commitJournal() {
        recent.rows.commitJournal()
        pending.rows.commitJournal()
        journal = nil
    }

    mutating func undoJournal() {
        guard let open = journal else { invariantViolated("no journal is open") }
        for position in recent.rows.appendedPositions.reversed() {
            recentIndex.remove(recent.rows[position].hash, recent.rows.number(of: position))
        }
        let isAddedGone = open.finished.contains { $0.hash == open.added?.hash }
        if let added = open.added, !isAddedGone { pendingIndex.remove(added.hash, added.number) }
        recent.rows.undoJournal()
        pending.rows.undoJournal()
        for old in open.finished where old.hash != open.added?.hash {
            pendingIndex.insert(old.hash, old.number, in: pending)
        }
        hours = open.hours
        firstLive = open.firstLive
        journal = nil
    }
}

/// Recent keys by their hash.
struct RecentKeys: ~Copyable, IndexedRows {
    var rows = Ring<KeyRow>()

    func key(at number: RowNumber) -> KeyHash { rows[rows.position(of: number)].hash }
}

/// Pending keys by their hash.
struct PendingKeys: ~Copyable, IndexedRows {
    var rows: Table<PendingKeyRow>

    func key(at number: RowNumber) -> KeyHash { rows[number].hash }
}
