import Projections
import Simulation
import Testing

/// The hash once more, after its description, in whole numbers of 128 bits.
private enum SlowHash {
    private static let word: UInt128 = 1 << 64

    static func hash(_ words: [UInt64], table: UInt32) -> UInt128 {
        var (products, sums): (UInt128, UInt128) = (0, 0)
        var multiple = UInt128(table) + 1
        for start in stride(from: 0, to: words.count, by: 2) {
            let key = multiple * 0x9E37_79B9_7F4A_7C15 % word
            let other = word - 1 - (key % (1 << 32) * (1 << 32) + key / (1 << 32))
            let first = UInt128(words[start])
            let second = start + 1 < words.count ? UInt128(words[start + 1]) : 0
            products &+= (first + key) % word * ((second + other) % word)
            sums = (sums + first &* (key / 2 * 2 + 1) % word + second &* (other / 2 * 2 + 1) % word) % word
            multiple += 1
        }
        let exchanged = sums % (1 << 32) * (1 << 32) + sums / (1 << 32)
        var first = products % word ^ sums ^ multiple * 0x9E37_79B9_7F4A_7C15 % word
        var second = products / word ^ exchanged ^ UInt128(words.count * 8)
        first = (first + second) % word
        second = (second + first) % word
        first = finished(first)
        second = finished(second)
        first = (first + second) % word
        second = (second + first) % word
        return second * word + first
    }

    private static func finished(_ number: UInt128) -> UInt128 {
        var number = number
        for factor: UInt128 in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            number = (number ^ number / (1 << 33)) * factor % word
        }
        return number ^ number / (1 << 33)
    }
}

@Suite struct RowHasherTests {
    private func hash(_ words: [UInt64], table: UInt32 = 0) -> UInt128 {
        var hasher = RowHasher(table: TableNumber(raw: table))
        for word in words { hasher.combine(word) }
        return hasher.finish()
    }

    @Test func `the hash of a row is what its description says`() {
        var random = SeededRandom(seed: 3)
        for round in 0..<200 {
            let words = (0..<round % 20).map { _ in random.next() >> UInt64(random.below(64)) }
            let table = UInt32(truncatingIfNeeded: random.next())
            let expected = SlowHash.hash(words, table: table)
            #expect(hash(words, table: table) == expected)
        }
    }

    @Test func `version 1 gives these values for ever`() {
        #expect(RowHasher.version == 1)
        // Of a program in another language.
        #expect(hash([]) == 0xd5e1_34d4_ee01_8cbe_3940_cde3_4956_5dd4)
        #expect(hash([1], table: 1) == 0xd922_3528_89f7_32ae_3544_f21a_6204_715d)
        #expect(hash([1, 2, 3], table: 7) == 0xd74b_87c6_0dc3_8944_fef2_ade9_ed85_6d73)
        #expect(hash(Array(0..<8), table: 900) == 0xd4e4_c948_bcad_7cfe_5373_c2be_499a_1269)
        let digest = TableDigest(recomputedFrom: [SmallRow(id: 1, amount: -1), SmallRow(id: 2, amount: 5)])
        #expect(digest.rowCount == 2)
        #expect(digest.sum == 0x64be_2a15_5a2d_467d_ac5e_faa3_9ba0_ade4)
    }

    @Test func `every input bit flips every output bit about half the time`() {
        let samples = 60 * scale
        let bound = 6.5 * 0.5 / Double(samples).squareRoot()
        var random = SeededRandom(seed: 9)
        var flips = [Int](repeating: 0, count: 512 * 128)
        for sample in 0..<samples {
            // Small numbers as rows have them, and large ones.
            var words = (0..<8).map { _ in random.next() >> (sample % 2 == 0 ? 0 : 40) }
            let base = hash(words, table: 5)
            for bit in 0..<512 {
                words[bit / 64] ^= 1 << UInt64(bit % 64)
                var difference = hash(words, table: 5) ^ base
                words[bit / 64] ^= 1 << UInt64(bit % 64)
                while difference != 0 {
                    flips[bit * 128 + difference.trailingZeroBitCount] += 1
                    difference &= difference - 1
                }
            }
        }
        let worst = flips.map { abs(Double($0) / Double(samples) - 0.5) }.max() ?? 1
        #expect(worst < bound, "\(worst)")
    }

    @Test func `order, count and table of words matter`() {
        let hashes: [UInt128] = [
            hash([1, 2, 3, 4]), hash([2, 1, 3, 4]), hash([3, 4, 1, 2]), hash([1, 2, 3]),
            hash([1, 2, 3, 4, 0]),
            hash([1, 2, 3, 4, 0, 0]), hash([1, 2, 3, 4], table: 1), hash([0]), hash([0, 0]), hash([0, 0, 0]),
        ]
        #expect(Set(hashes).count == hashes.count)
    }
}
