public import Ledger

/// The hash of one row for its table's digest, version 1.
///
/// For the words w₀, w₁ … of a row, in pairs (a missing last one is 0), with keys that are the multiples of
/// the golden ratio 2^64/φ from table + 1 times on, one a pair:
///
///     products = Σ (a + key) · (b + key') mod 2^128        key' = the halves of key exchanged, inverted
///     sums     = Σ a · (key | 1) + b · (key' | 1) mod 2^64
///
/// finished by the last steps of MurmurHash3_x64_128 (Austin Appleby, public domain), which spread every bit
/// of the two over all of the result. The first sum is the NH of UMAC (RFC 4418) with fixed keys: two rows
/// agree in it with a chance of some 2^-64 each, and differ again in the second. No step waits for the one
/// before, so that twelve words cost some 10 ns where a chain costs 40: hashing was a fifth of a command.
///
/// It detects that two states diverged. It resists no forger: that is the Merkle tree's part. Whatever
/// changes a result here is a new version beside this one.
public struct RowHasher: Sendable {
    /// Named in digest events.
    @inlinable public static var version: UInt8 { 1 }

    @usableFromInline var products: UInt128 = 0
    @usableFromInline var sums: UInt64 = 0
    /// Of the next pair.
    @usableFromInline var key: UInt64
    /// The word that waits for its partner; meaningful if `wordCount` is odd.
    @usableFromInline var waiting: UInt64 = 0
    @usableFromInline var wordCount: UInt64 = 0

    /// 2^64 divided by the golden ratio: its multiples are spread evenly.
    @inlinable static var golden: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    /// A hasher for one row of this table.
    @inlinable @inline(__always)
    public init(table: TableNumber) { key = Self.golden &* (UInt64(table.raw) &+ 1) }

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
    mutating func absorb(_ first: UInt64, _ second: UInt64) {
        let other = ~(key &<< 32 | key &>> 32)
        let product = (first &+ key).multipliedFullWidth(by: second &+ other)
        products &+= UInt128(product.high) &<< 64 | UInt128(product.low)
        sums &+= first &* (key | 1) &+ second &* (other | 1)
        key &+= Self.golden
    }

    /// The hash of what was taken.
    @inlinable @inline(__always)
    public consuming func finish() -> UInt128 {
        if wordCount & 1 == 1 { absorb(waiting, 0) }
        var first = UInt64(truncatingIfNeeded: products) ^ sums
        var second = UInt64(truncatingIfNeeded: products &>> 64) ^ (sums &<< 32 | sums &>> 32)
        // The key tells table and pairs, the count the last word's being there.
        first ^= key
        second ^= wordCount &* 8
        first &+= second
        second &+= first
        first = Self.finalized(first)
        second = Self.finalized(second)
        first &+= second
        second &+= first
        return UInt128(second) << 64 | UInt128(first)
    }

    /// The same, as a hash that fields have.
    consuming func finishHash() -> Hash128 {
        let sum = finish()
        return Hash128(low: UInt64(truncatingIfNeeded: sum), high: UInt64(truncatingIfNeeded: sum >> 64))
    }

    @inlinable @inline(__always)
    static func finalized(_ word: UInt64) -> UInt64 {
        var mixed = (word ^ (word &>> 33)) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ (mixed &>> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return mixed ^ (mixed &>> 33)
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

    /// Exchanges a row's hash that was counted in.
    @inlinable @inline(__always)
    mutating func replace(_ old: UInt128, with new: UInt128) { sum = sum &- old &+ new }

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
