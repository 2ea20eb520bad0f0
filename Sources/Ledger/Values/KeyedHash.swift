/// SipHash-2-4 (Aumasson and Bernstein, 2012): what idempotency keys and requests are stored as. Without the
/// secret nobody can tell a key from its hash, nor find two that collide.
public enum KeyedHash {
    /// The hash of a key as its merchant chose it: 1 to 255 bytes. Never `none`.
    @inline(__always)
    public static func ofKey(_ key: RawSpan, of merchant: MerchantID, secret: Hash128) -> Hash128 {
        var hash = SipHash(secret, is128: true)
        hash.append(Purpose.key.rawValue)
        hash.append(merchant.raw)
        hash.append(key)
        let (low, high) = hash.finish128(byteCount: 16 &+ key.byteCount)
        return low == 0 && high == 0 ? Hash128(low: 1, high: 0) : Hash128(low: low, high: high)
    }

    /// The hash of a request's bytes as they were sent, merchant and operation included.
    @inline(__always)
    public static func ofRequest(_ bytes: RawSpan, of merchant: MerchantID, secret: Hash128) -> UInt64 {
        var hash = SipHash(secret, is128: false)
        hash.append(Purpose.request.rawValue)
        hash.append(merchant.raw)
        hash.append(bytes)
        return hash.finish64(byteCount: 16 &+ bytes.byteCount)
    }

    /// First word of what is hashed: two uses of one secret never meet.
    private enum Purpose: UInt64 {
        case key = 1
        case request = 2
    }
}

/// The state of SipHash-2-4. Words first, then one run of bytes, then the end.
package struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// The bytes that fill no word yet, in the low end.
    private var tail: UInt64 = 0

    @inline(__always)
    package init(_ secret: Hash128, is128: Bool) {
        v0 = secret.low ^ 0x736F_6D65_7073_6575
        v1 = secret.high ^ 0x646F_7261_6E64_6F6D ^ (is128 ? 0xEE : 0)
        v2 = secret.low ^ 0x6C79_6765_6E65_7261
        v3 = secret.high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    package mutating func append(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// All bytes there are; nothing but the end may follow.
    @inline(__always)
    package mutating func append(_ bytes: RawSpan) {
        var offset = 0
        while offset &+ 8 <= bytes.byteCount {
            // SAFETY: bounds are checked by the condition; integers have no invalid bit patterns.
            append(
                UInt64(
                    littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset &+= 8
        }
        var shift: UInt64 = 0
        while offset < bytes.byteCount {
            tail |= UInt64(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)) << shift
            shift &+= 8
            offset &+= 1
        }
    }

    @inline(__always)
    package mutating func finish64(byteCount: Int) -> UInt64 {
        append(tail | UInt64(truncatingIfNeeded: byteCount) << 56)
        v2 ^= 0xFF
        return finalWord()
    }

    @inline(__always)
    package mutating func finish128(byteCount: Int) -> (low: UInt64, high: UInt64) {
        append(tail | UInt64(truncatingIfNeeded: byteCount) << 56)
        v2 ^= 0xEE
        let low = finalWord()
        v1 ^= 0xDD
        return (low, finalWord())
    }

    @inline(__always)
    private mutating func finalWord() -> UInt64 {
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 = v2 &+ v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 = v0 &+ v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 = v2 &+ v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }
}
