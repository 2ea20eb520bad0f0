import Invariants
import Ledger

/// The risk windows of cards and merchants, forgotten when they have been quiet for long.
///
/// Two generations: rows touched in the running period of 32 days, and rows last touched in the one before.
/// A touch takes a row along into the running one. When a period ends the older generation is forgotten as a
/// whole, so that what is kept follows from the events alone, on every machine alike, and costs no list of
/// ages: a row is remembered for 32 to 64 days after its latest payment.
struct RiskWindows: ~Copyable {
    var running: Table<RiskRow>
    var before: Table<RiskRow>
    /// Forgotten, latest first; there until no request can be undone that forgot them. A request's events
    /// lie nanoseconds apart, so that it ends three periods at most: two of silence before it, and one.
    private var gone: Table<RiskRow>
    private var gone2: Table<RiskRow>
    private var gone3: Table<RiskRow>
    /// Of the indexes: a card's fingerprint comes from outside.
    private let seed: UInt64
    private let pace: GrowthPace?
    /// Of generations that are forgotten.
    private var retired = RetiredMemory()
    /// Number of the period that runs.
    var period: UInt64 = 0
    /// While a request may be undone: how many periods it ended, and the one it began in.
    private var open: (turns: Int, period: UInt64)?

    init(seed: UInt64, pace: GrowthPace?) {
        self.seed = seed
        self.pace = pace
        running = Table(seed: seed, pace: pace)
        before = Table(seed: seed, pace: pace)
        gone = Table(seed: seed, pace: pace)
        gone2 = Table(seed: seed, pace: pace)
        gone3 = Table(seed: seed, pace: pace)
    }

    /// Takes memory for so many rows of the running period now.
    mutating func reserve(_ count: Int) { running.reserve(count) }
    /// Makes its index that large.
    mutating func reserveIndex(_ count: Int) { running.reserveIndex(count) }

    static var periodLength: LedgerSpan { .days(32) }

    /// Rows that are remembered.
    var count: Int { running.count + before.count }
    var digest: TableDigest { running.digest.adding(before.digest) }
    /// Bytes taken from the system.
    var byteCount: Int {
        running.rowByteCount + running.indexByteCount + before.rowByteCount + before.indexByteCount
            + retired.byteCount
    }

    /// What is known of a subject; nothing if it has been quiet for long.
    func row(_ key: UInt64) -> RiskRow? {
        if let number = running.find(key) { return running[number] }
        return before.find(key).map { before[$0] }
    }

    /// Asks for the memory of a row: in two steps, as with tables.
    func prefetchBucket(_ key: UInt64) { running.prefetchBucket(key) }
    func prefetchRow(_ key: UInt64) { running.prefetchRow(key) }

    mutating func count(_ key: UInt64, _ counted: RiskRow.Counted, at time: LedgerTime) {
        if let number = running.find(key) {
            running.modify(number) { $0.count(counted, at: time) }
            return
        }
        var row = RiskRow(key: key)
        if let old = before.find(key) {
            row = before[old]
            before.remove(old)
        }
        row.count(counted, at: time)
        running.insert(row)
    }

    /// Forgets what is too old at `time`, that of an event. The memory of a generation that is forgotten is
    /// given back by the events that follow, 2 MiB each.
    mutating func forget(at time: LedgerTime) {
        if !retired.isEmpty { retired.giveBackPiece() }
        let now = time.nanoseconds / Self.periodLength.nanoseconds
        guard now > period else { return }
        if open == nil { free() }
        // After a longer silence both generations are too old.
        for _ in 0..<min(2, now - period) { turn() }
        period = now
        if open == nil { free() }
    }

    /// A new generation begins: every table takes the next place, and an empty one the first.
    private mutating func turn() {
        invariant(gone3.count == 0, "a request ends more than three periods")
        swap(&gone3, &gone2)
        swap(&gone2, &gone)
        swap(&gone, &before)
        swap(&before, &running)
        if open != nil { open?.turns += 1 }
    }

    private mutating func turnBack() {
        swap(&running, &before)
        swap(&before, &gone)
        swap(&gone, &gone2)
        swap(&gone2, &gone3)
    }

    private mutating func free() {
        if gone.count > 0 { Self.retire(&gone, Table(seed: seed, pace: pace), &retired) }
        if gone2.count > 0 { Self.retire(&gone2, Table(seed: seed, pace: pace), &retired) }
        if gone3.count > 0 { Self.retire(&gone3, Table(seed: seed, pace: pace), &retired) }
    }

    private static func retire(
        _ table: inout Table<RiskRow>, _ next: consuming Table<RiskRow>, _ memory: inout RetiredMemory
    ) {
        swap(&table, &next)
        next.retire(into: &memory)
    }
}

extension RiskWindows: Journaled {
    mutating func openJournal() {
        free()
        open = (0, period)
        running.openJournal()
        before.openJournal()
        gone.openJournal()
        gone2.openJournal()
        gone3.openJournal()
    }

    mutating func commitJournal() {
        running.commitJournal()
        before.commitJournal()
        gone.commitJournal()
        gone2.commitJournal()
        gone3.commitJournal()
        open = nil
        free()
    }

    mutating func undoJournal() {
        guard let (turns, period) = open else { invariantViolated("no journal is open") }
        running.undoJournal()
        before.undoJournal()
        gone.undoJournal()
        gone2.undoJournal()
        gone3.undoJournal()
        for _ in 0..<turns { turnBack() }
        self.period = period
        open = nil
    }
}
