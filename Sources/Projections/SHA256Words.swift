package import Ledger

/// The SHA-256 (FIPS 180-4) of 64-bit words, taken one by one: the state of the hash after the full blocks,
/// and the words that do not fill one yet.
///
/// Our own, since the state may hold no reference to a library's context, is copied, undone and saved in a
/// snapshot; the tests compare it with OpenSSL's.
package struct SHA256Words: BitwiseCopyable, Sendable {
    private var words: InlineArray<8, UInt32> = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
        0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]
    private var block = InlineArray<8, UInt64>(repeating: 0)
    /// Words put in so far.
    private(set) var count: UInt64 = 0

    /// Of nothing yet.
    package init() {}

    /// Puts a word in: 8 bytes, little-endian.
    package mutating func append(_ number: UInt64) {
        block[Int(count & 7)] = number.byteSwapped
        count += 1
        if count & 7 == 0 { compress() }
    }

    /// The hash of everything put in.
    package var value: ContentHash {
        var last = self
        let bitCount = count * 64
        // Padding: a bit, zeros, and the length in the last 8 bytes of a block.
        last.block[Int(last.count & 7)] = 1 << 63
        if last.count & 7 == 7 {
            last.compress()
            for index in 0..<7 { last.block[index] = 0 }
        } else {
            for index in Int(last.count & 7) + 1..<7 { last.block[index] = 0 }
        }
        last.block[7] = bitCount
        last.compress()
        var hash = ContentHash()
        hash.first = Hash128(low: last.bytes(0), high: last.bytes(2))
        hash.second = Hash128(low: last.bytes(4), high: last.bytes(6))
        return hash
    }

    /// Eight bytes of the result, as an integer whose little-endian bytes they are.
    private func bytes(_ index: Int) -> UInt64 {
        (UInt64(words[index]) << 32 | UInt64(words[index + 1])).byteSwapped
    }

    @inline(__always)
    func digest(into hasher: inout RowHasher) {
        hasher.combine(count)
        for index in 0..<4 {
            hasher.combine(UInt64(words[2 * index]) << 32 | UInt64(words[2 * index + 1]))
        }
        for index in 0..<Int(count & 7) { hasher.combine(block[index]) }
    }

    private mutating func compress() {
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        for index in 0..<16 {
            let word = block[index >> 1]
            schedule[index] = UInt32(truncatingIfNeeded: index & 1 == 0 ? word >> 32 : word)
        }
        for index in 16..<64 {
            let (early, late) = (schedule[index - 15], schedule[index - 2])
            let first = Self.rotated(early, 7) ^ Self.rotated(early, 18) ^ early >> 3
            let second = Self.rotated(late, 17) ^ Self.rotated(late, 19) ^ late >> 10
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (words[0], words[1], words[2], words[3])
        var (e, f, g, h) = (words[4], words[5], words[6], words[7])
        for index in 0..<64 {
            let big = Self.rotated(e, 6) ^ Self.rotated(e, 11) ^ Self.rotated(e, 25)
            let first = h &+ big &+ ((e & f) ^ (~e & g)) &+ Self.constants[index] &+ schedule[index]
            let other = Self.rotated(a, 2) ^ Self.rotated(a, 13) ^ Self.rotated(a, 22)
            let second = other &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        words[0] &+= a
        words[1] &+= b
        words[2] &+= c
        words[3] &+= d
        words[4] &+= e
        words[5] &+= f
        words[6] &+= g
        words[7] &+= h
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: InlineArray<64, UInt32> = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4,
        0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7,
        0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC,
        0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351,
        0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E,
        0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585,
        0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F,
        0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7,
        0xC671_78F2,
    ]
}
