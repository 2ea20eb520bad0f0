public import Invariants
public import Ledger

/// What an index points into: it keeps 32 bits of a key's hash and asks the rows for the key itself.
public protocol IndexedRows: ~Copyable {
    associatedtype Key: IndexKey
    /// The key of the row at `number`, which the index got from its owner.
    func key(at number: RowNumber) -> Key
}

/// What an index can be of.
public protocol IndexKey: Equatable, BitwiseCopyable, Sendable {
    /// 64 bits, of which the index uses the upper 32. Where outsiders choose keys, it must be infeasible
    /// without the seed to find keys whose upper bits agree.
    func indexHash(seed: UInt64) -> UInt64
}

/// Most are ids, minted by us from sequences; some are made up of what outsiders chose (bank accounts, cards,
/// references of acquirers), who do not know the seed. The finalizer of SplitMix64 (Steele, Lea, Flood 2014;
/// variant 13 of David Stafford).
extension UInt64: IndexKey {
    @inlinable @inline(__always)
    public func indexHash(seed: UInt64) -> UInt64 {
        var mixed = self ^ seed
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

/// Hashes of what callers chose. Anybody can make hashes that agree in 32 bits, so both halves are multiplied
/// after the seed, which outsiders do not know, has been mixed in.
extension Hash128: IndexKey {
    @inlinable @inline(__always)
    public func indexHash(seed: UInt64) -> UInt64 {
        let left = low ^ seed.indexHash(seed: 0x9E37_79B9_7F4A_7C15)
        let product = left.multipliedFullWidth(by: (high ^ seed) | 1)
        return (product.high ^ product.low).indexHash(seed: high)
    }
}

/// From keys to row numbers: 64-byte buckets of seven slots, growing a little with each insertion.
///
/// A slot holds the upper 32 bits of the hash, its *tag*, and the row number. The tag alone says where an
/// entry is at home, for any number of homes, so growing never reads a row. Homes are in the order of tags;
/// therefore a larger set of buckets is filled from front to back while the smaller is emptied from front to
/// back, and each key is in exactly one of the two: which, `grown` tells.
///
///     settled  [ · · · · · | 5 6 7 8 9 ]      homes below `grown` have moved
///     growing  [ 0 1 2 3 4 5 6 | · · · · · ]   25 % more buckets
///
/// At 5.5 entries a home on average growing begins. Each insertion then moves a home, or two (at most 15
/// entries and one home more), to be finished when the homes not moved yet have 6.3 of 7 slots in use: the
/// later a growth ends, the less each insertion has to move. Insertion itself moves nothing, removal at most
/// 32. Memory is taken as it is touched and given back in pieces of 2 MiB on the way.
///
/// All indexes of one state share a `GrowthPace`: what a turn has moved already is not there for others, who
/// wait for another insertion and then catch up. That must not go on until what has not moved fills up. So an
/// index that could only just be finished at 6.4 slots of 7 by 16 entries an insertion moves those, whatever
/// the turn has moved: it then breaks the limit of the turn, and never itself. No ordinary life gets there:
/// it takes turns that add eight rows and more to growing indexes, for as long as the smallest of them grows.
///
/// Bytes an entry: 11.6 just before growing, 12.7 just after, on the way of both sizes together something in
/// between. A search reads 1.1 buckets on average, adjacent ones, and a wrong row with chance
/// 7 · homes / 2^32: 0.3 % at 10 million.
///
/// Where entries lie depends on history and seed, and nothing that leaves here does: look-ups by key only.
public struct HashIndex: ~Copyable {
    @usableFromInline var settled: IndexBuckets
    @usableFromInline var growing = IndexBuckets(homeCount: 0)
    /// Homes of `settled` below this have moved to `growing`; 0 while nothing grows.
    @usableFromInline var grown = 0
    @usableFromInline let seed: UInt64
    /// Shared with the other indexes of a state; nil for an index on its own.
    @usableFromInline let pace: GrowthPace?
    @usableFromInline var entryCount = 0
    @usableFromInline var movedCount: UInt64 = 0

    /// Entries with which growing begins, as a share of the homes: 11/2.
    @inlinable static func entriesMax(homes: Int) -> Int { homes * 11 / 2 }
    static var homesAtFirst: Int { 16 }
    /// Entries that a step moves, or one home more.
    private static var entriesPerStep: Int { 16 }

    /// An empty index. `seed`: see `IndexKey`; need not be the same on two machines.
    public init(seed: UInt64 = 0, pace: GrowthPace? = nil) {
        self.seed = seed
        self.pace = pace
        settled = IndexBuckets(homeCount: Self.homesAtFirst)
    }

    /// Makes room for so many entries, if there are none yet; growing begins beyond.
    ///
    /// - Parameter isTouched: whether the pages are taken now, so that no insertion waits for one.
    public mutating func reserve(_ count: Int, isTouched: Bool = true) {
        guard entryCount == 0, !isGrowing, count > Self.entriesMax(homes: settled.homeCount) else { return }
        settled = IndexBuckets(homeCount: count * 2 / 11 + 1)
        if isTouched { settled.touch() }
    }

    /// Entries in it.
    @inlinable public var count: Int { entryCount }
    /// Entries that changed their place since the beginning.
    @inlinable public var slotsMoved: UInt64 { movedCount }
    /// Bytes taken from the system.
    public var byteCount: Int {
        guard isGrowing else { return settled.byteCount }
        return settled.byteCount + growing.byteCount(filledTo: grown * growing.homeCount / settled.homeCount)
    }

    /// Whether two sizes exist at the moment.
    @inlinable public var isGrowing: Bool { growing.homeCount > 0 }

    /// The row that has this key.
    @inlinable @inline(__always)
    public func find<Rows: IndexedRows & ~Copyable>(
        _ key: Rows.Key, in rows: borrowing Rows
    ) -> RowNumber? {
        find(key, tag: tag(of: key), in: rows)
    }

    /// Asks for the bucket of a key, without waiting.
    @inlinable @inline(__always)
    public func prefetch<Key: IndexKey>(_ key: Key) {
        let tag = tag(of: key)
        if settled.home(of: tag) < grown { growing.prefetch(tag) } else { settled.prefetch(tag) }
    }

    /// The row that probably has this key, if one does: for hints.
    @inlinable @inline(__always)
    func candidate<Key: IndexKey>(_ key: Key) -> RowNumber? {
        let tag = tag(of: key)
        return settled.home(of: tag) < grown ? growing.candidate(tag) : settled.candidate(tag)
    }

    /// Adds the row at `number` under its key, which no other has.
    @inlinable public mutating func insert<Rows: IndexedRows & ~Copyable>(
        _ key: Rows.Key, _ number: RowNumber, in rows: borrowing Rows
    ) {
        let tag = tag(of: key)
        invariant(find(key, tag: tag, in: rows) == nil, "key \(key) is in the index already")
        insert(tag, number)
    }

    /// Makes the row at `number` that of its key; returns the one that was until now.
    @inlinable public mutating func put<Rows: IndexedRows & ~Copyable>(
        _ key: Rows.Key, _ number: RowNumber, in rows: borrowing Rows
    ) -> RowNumber? {
        let tag = tag(of: key)
        let old = find(key, tag: tag, in: rows)
        if let old { remove(key, old) }
        insert(tag, number)
        return old
    }

    @inlinable mutating func insert(_ tag: UInt32, _ number: RowNumber) {
        if settled.home(of: tag) < grown {
            growing.insert(tag, number)
        } else {
            settled.insert(tag, number)
        }
        entryCount += 1
        if isGrowing || count > Self.entriesMax(homes: settled.homeCount) { grow() }
    }

    /// Removes the entry of `key`, which must be that of `number`. Does not read the row.
    @inlinable public mutating func remove<Key: IndexKey>(_ key: Key, _ number: RowNumber) {
        let tag = tag(of: key)
        let moved =
            settled.home(of: tag) < grown
            ? growing.remove(tag, number, pace) : settled.remove(tag, number, pace)
        movedCount += UInt64(truncatingIfNeeded: moved)
        entryCount -= 1
    }

    @inlinable @inline(__always)
    func tag<Key: IndexKey>(of key: Key) -> UInt32 {
        UInt32(truncatingIfNeeded: key.indexHash(seed: seed) &>> 32)
    }

    @inlinable @inline(__always)
    func find<Rows: IndexedRows & ~Copyable>(
        _ key: Rows.Key, tag: UInt32, in rows: borrowing Rows
    ) -> RowNumber? {
        settled.home(of: tag) < grown
            ? growing.find(key, tag: tag, in: rows) : settled.find(key, tag: tag, in: rows)
    }

    /// Homes that should have moved by now, for growing to end at 6.3 entries a home; at most all.
    private var homesDue: Int {
        // As much of them as entries have come of those from 5.5 to 6.3 a home.
        min(settled.homeCount, (2 * count - 11 * settled.homeCount) * 5 / 8)
    }

    /// Whether what is left must be moved from now on with every insertion, 16 entries or 2.5 homes each, to
    /// be finished at 6.4 entries a home. A small index may have 64 more: its spare buckets hold them.
    private var isPressed: Bool {
        5 * count + 2 * (settled.homeCount - grown) > 32 * settled.homeCount + 5 * 64
    }

    /// One step of growing, whole homes: what is due, and one at least, if the turn has room for it.
    @usableFromInline @inline(never)
    mutating func grow() {
        if !isGrowing {
            growing = IndexBuckets(homeCount: settled.homeCount + settled.homeCount / 4)
        }
        let isPressed = isPressed
        let room = isPressed ? Int.max : pace?.roomForGrowth ?? .max
        let due = isPressed ? settled.homeCount : max(grown + 1, homesDue)
        let end = min(grown + 32, due)
        var moved = 0
        while moved < Self.entriesPerStep, grown < end, moved + settled.entryCount(ofHome: grown) <= room {
            moved += settled.moveEntries(ofHome: grown, to: &growing)
            grown += 1
        }
        movedCount += UInt64(moved)
        pace?.spend(moved)
        settled.discard(before: grown)
        if grown == settled.homeCount { finishGrowing() }
    }

    private mutating func finishGrowing() {
        swap(&settled, &growing)
        growing = IndexBuckets(homeCount: 0)
        grown = 0
    }
}
