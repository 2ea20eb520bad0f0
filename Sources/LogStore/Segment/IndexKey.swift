/// Something events can be found by: a kind the caller numbers, and a value within the kind.
public struct IndexKey: Sendable, Hashable {
    /// What the value is (a payment id, a merchant, …); numbered by the caller's index, for ever.
    public let kind: UInt16
    /// The id itself, or a hash of it.
    public let value: UInt64

    /// A key with an integer id.
    public init(kind: UInt16, value: UInt64) {
        self.kind = kind
        self.value = value
    }

    /// A key whose id is bytes (an idempotency key, an external reference): its value is their XXH64.
    public init(kind: UInt16, bytes: RawSpan) {
        self.kind = kind
        value = XXH64.hash(bytes, seed: 0)
    }

    /// The 64 bits a filter of one file works with. Two rounds of murmur3's finaliser: every input bit
    /// reaches every output bit, and for one seed and kind no two values give the same hash.
    @inline(__always)
    package func hash(seed: KeySeed) -> UInt64 {
        mixed(mixed(value ^ seed.word) &+ UInt64(kind) &* 0x9E37_79B9_7F4A_7C15)
    }
}

/// Makes the key hashes of each file different, so that a false positive in one file is none in the next.
package struct KeySeed: Sendable, Equatable {
    package let word: UInt64

    package init(fileUUID: LogUUID) { word = mixed(fileUUID.high ^ mixed(fileUUID.low)) }
}

/// The 64-bit finaliser of MurmurHash3 (Austin Appleby, public domain): a bijection.
@inline(__always)
private func mixed(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ word &>> 33) &* 0xFF51_AFD7_ED55_8CCD
    word = (word ^ word &>> 33) &* 0xC4CE_B9FE_1A85_EC53
    return word ^ word &>> 33
}

/// XXH64 (Yann Collet; specification in github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
enum XXH64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        var offset = 0
        var hash = stripes(bytes, seed: seed, offset: &offset) &+ UInt64(bytes.byteCount)
        while offset &+ 8 <= bytes.byteCount {
            hash = rotated(hash ^ round(0, bytes.u64(offset)), 27) &* prime1 &+ prime4
            offset &+= 8
        }
        if offset &+ 4 <= bytes.byteCount {
            hash = rotated(hash ^ UInt64(bytes.u32(offset)) &* prime1, 23) &* prime2 &+ prime3
            offset &+= 4
        }
        while offset < bytes.byteCount {
            hash = rotated(hash ^ UInt64(bytes.u8(offset)) &* prime5, 11) &* prime1
            offset &+= 1
        }
        hash = (hash ^ hash &>> 33) &* prime2
        hash = (hash ^ hash &>> 29) &* prime3
        return hash ^ hash &>> 32
    }

    /// Whole stripes of 32 bytes in four lanes; moves `offset` behind them.
    private static func stripes(_ bytes: RawSpan, seed: UInt64, offset: inout Int) -> UInt64 {
        guard bytes.byteCount >= 32 else { return seed &+ prime5 }
        var (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
        while offset &+ 32 <= bytes.byteCount {
            a = round(a, bytes.u64(offset))
            b = round(b, bytes.u64(offset &+ 8))
            c = round(c, bytes.u64(offset &+ 16))
            d = round(d, bytes.u64(offset &+ 24))
            offset &+= 32
        }
        var hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
        hash = (hash ^ round(0, a)) &* prime1 &+ prime4
        hash = (hash ^ round(0, b)) &* prime1 &+ prime4
        hash = (hash ^ round(0, c)) &* prime1 &+ prime4
        return (hash ^ round(0, d)) &* prime1 &+ prime4
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word &<< count | word &>> (64 &- count)
    }
}
