public import Ledger

/// The hash of one row for its table's digest, version 1.
///
/// MurmurHash3_x64_128 (Austin Appleby, public domain; constants and steps are those of the published
/// `MurmurHash3.cpp`) over the row's words, each as eight little-endian bytes, seeded with the table's
/// number. Why this one: every pair of words goes through a bijection of the whole 128-bit state, so two rows
/// that differ in one such pair alone never collide; multiplications lie beside the chain of the state, not
/// in it, so 64 bytes cost some 8 ns; and anybody has an implementation to check ours with.
///
/// It detects that two states diverged. It resists no forger: that is the Merkle tree's part. Whatever
/// changes a result here is a new version beside this one.
public struct RowHasher: Sendable {
    /// Named in digest events.
    @inlinable public static var version: UInt8 { 1 }

    @usableFromInline var first: UInt64
    @usableFromInline var second: UInt64
    /// The word that waits for its partner; meaningful if `wordCount` is odd.
    @usableFromInline var waiting: UInt64 = 0
    @usableFromInline var wordCount: UInt64 = 0

    /// A hasher for one row of this table.
    @inlinable @inline(__always)
    public init(table: TableNumber) {
        first = UInt64(table.raw)
        second = UInt64(table.raw)
    }

    /// Takes one word. Small fields are best packed several to a word by the row.
    @inlinable @inline(__always)
    public mutating func combine(_ word: UInt64) {
        if wordCount & 1 == 0 { waiting = word } else { absorb(waiting, word) }
        wordCount &+= 1
    }

    /// Takes a signed number: its two's complement.
    @inlinable @inline(__always)
    public mutating func combine(_ word: Int64) { combine(UInt64(bitPattern: word)) }

    /// Takes two words, the lower first.
    @inlinable @inline(__always)
    public mutating func combine(_ hash: Hash128) {
        combine(hash.low)
        combine(hash.high)
    }

    @inlinable @inline(__always)
    public mutating func combine<Kind>(_ id: Identifier<Kind>) { combine(id.raw) }

    @inlinable @inline(__always)
    public mutating func combine(_ time: LedgerTime) { combine(time.nanoseconds) }

    // Arithmetic wraps throughout: that is the algorithm.

    @inlinable @inline(__always)
    mutating func absorb(_ low: UInt64, _ high: UInt64) {
        first = Self.rotated(first ^ Self.scrambledLow(low), 27) &+ second
        first = first &* 5 &+ 0x52dc_e729
        second = Self.rotated(second ^ Self.scrambledHigh(high), 31) &+ first
        second = second &* 5 &+ 0x3849_5ab5
    }

    /// The hash of what was taken.
    @inlinable @inline(__always)
    public consuming func finish() -> UInt128 {
        if wordCount & 1 == 1 { first ^= Self.scrambledLow(waiting) }
        first ^= wordCount &* 8
        second ^= wordCount &* 8
        first &+= second
        second &+= first
        first = Self.finalized(first)
        second = Self.finalized(second)
        first &+= second
        second &+= first
        return UInt128(second) << 64 | UInt128(first)
    }

    @inlinable @inline(__always)
    static func scrambledLow(_ word: UInt64) -> UInt64 {
        rotated(word &* 0x87c3_7b91_1142_53d5, 31) &* 0x4cf5_ad43_2745_937f
    }

    @inlinable @inline(__always)
    static func scrambledHigh(_ word: UInt64) -> UInt64 {
        rotated(word &* 0x4cf5_ad43_2745_937f, 33) &* 0x87c3_7b91_1142_53d5
    }

    @inlinable @inline(__always)
    static func finalized(_ word: UInt64) -> UInt64 {
        var mixed = (word ^ (word &>> 33)) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ (mixed &>> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return mixed ^ (mixed &>> 33)
    }

    @inlinable @inline(__always)
    static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word &<< count | word &>> (64 &- count)
    }
}

/// What a table holds, in 24 bytes: equal on two machines if their rows are, and otherwise different but for
/// a chance of 2^-128, whatever the order rows came in.
public struct TableDigest: Equatable, Sendable, BitwiseCopyable {
    public var rowCount: UInt64 = 0
    /// The sum of the rows' hashes modulo 2^128.
    public var sum: UInt128 = 0

    /// The digest of an empty table.
    @inlinable public init() {}

    /// Counts a row in.
    @inlinable @inline(__always)
    public mutating func add<Row: TableRow>(_ row: Row) {
        rowCount += 1
        sum &+= Self.hash(of: row)
    }

    /// Counts a row out that was counted in.
    @inlinable @inline(__always)
    public mutating func subtract<Row: TableRow>(_ row: Row) {
        rowCount -= 1
        sum &-= Self.hash(of: row)
    }

    /// Exchanges a row that was counted in.
    @inlinable @inline(__always)
    public mutating func replace<Row: TableRow>(_ old: Row, with new: Row) {
        sum = sum &- Self.hash(of: old) &+ Self.hash(of: new)
    }

    /// Of these rows and those of another.
    public func adding(_ other: Self) -> Self {
        var both = self
        both.rowCount += other.rowCount
        both.sum &+= other.sum
        return both
    }

    /// Of these rows without those of another, which are among them.
    public func subtracting(_ other: Self) -> Self {
        var rest = self
        rest.rowCount -= other.rowCount
        rest.sum &-= other.sum
        return rest
    }

    /// The hash of one row, version 1.
    @inlinable @inline(__always)
    public static func hash<Row: TableRow>(of row: Row) -> UInt128 {
        var hasher = RowHasher(table: Row.table)
        row.digest(into: &hasher)
        return hasher.finish()
    }
}
