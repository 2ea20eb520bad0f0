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
/// At 6 entries a bucket on average growing begins; each insertion then moves about 16 entries (at most 15
/// and one home), so that it is finished when the homes not moved yet have 6.4 of 7 slots in use. Fewer would
/// let them fill up. Insertion itself moves nothing, removal
/// at most 32. Memory is taken as it is touched and given back in pieces of 2 MiB on the way.
///
/// Bytes an entry: 10.7 just before growing, 13.4 just after, never both sizes at once; 11 to 13 at 10
/// million. A search reads 1.1 buckets on average, adjacent ones, and a wrong row with chance
/// 7 · homes / 2^32: 0.3 % at 10 million.
///
/// Where entries lie depends on history and seed, and nothing that leaves here does: look-ups by key only.
public struct HashIndex: ~Copyable {
    @usableFromInline var settled: IndexBuckets
    @usableFromInline var growing = IndexBuckets(homeCount: 0)
    /// Homes of `settled` below this have moved to `growing`; 0 while nothing grows.
    @usableFromInline var grown = 0
    @usableFromInline let seed: UInt64
    @usableFromInline var entryCount = 0
    @usableFromInline var movedCount: UInt64 = 0

    @inlinable static var entriesPerHomeMax: Int { 6 }
    static var homesAtFirst: Int { 16 }

    /// An empty index. `seed`: see `IndexKey`; need not be the same on two machines.
    public init(seed: UInt64 = 0) {
        self.seed = seed
        settled = IndexBuckets(homeCount: Self.homesAtFirst)
    }

    /// Takes memory for so many entries now, if there are none yet; growing begins beyond.
    public mutating func reserve(_ count: Int) {
        guard entryCount == 0, !isGrowing, count > Self.entriesPerHomeMax * settled.homeCount else { return }
        settled = IndexBuckets(homeCount: count / Self.entriesPerHomeMax + 1)
        settled.touch()
    }

    /// Entries in it.
    @inlinable public var count: Int { entryCount }
    /// Entries that changed their place since the beginning.
    @inlinable public var slotsMoved: UInt64 { movedCount }
    /// Bytes taken from the system.
    public var byteCount: Int { settled.byteCount + growing.byteCount }

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
        if isGrowing || count > Self.entriesPerHomeMax * settled.homeCount { grow() }
    }

    /// Removes the entry of `key`, which must be that of `number`. Does not read the row.
    @inlinable public mutating func remove<Key: IndexKey>(_ key: Key, _ number: RowNumber) {
        let tag = tag(of: key)
        let moved =
            settled.home(of: tag) < grown ? growing.remove(tag, number) : settled.remove(tag, number)
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

    /// One step of growing: 16 entries or 32 homes, whichever comes first, whole homes.
    @usableFromInline @inline(never)
    mutating func grow() {
        if !isGrowing {
            growing = IndexBuckets(homeCount: settled.homeCount + settled.homeCount / 4)
        }
        var moved = 0
        let end = min(grown + 32, settled.homeCount)
        while moved < 16 && grown < end {
            moved += settled.moveEntries(ofHome: grown, to: &growing)
            grown += 1
        }
        movedCount += UInt64(moved)
        settled.discard(before: grown)
        if grown == settled.homeCount { finishGrowing() }
    }

    private mutating func finishGrowing() {
        swap(&settled, &growing)
        growing = IndexBuckets(homeCount: 0)
        grown = 0
    }
}
