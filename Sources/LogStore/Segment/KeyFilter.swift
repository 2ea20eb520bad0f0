/// A split-block Bloom filter over 64-bit key hashes: the construction of Apache Parquet
/// (github.com/apache/parquet-format, BloomFilter.md; after Putze, Sanders, Singler, "Cache-, Hash- and
/// Space-Efficient Bloom Filters", 2007).
///
///     bucket 32 bytes = 8 words of 32 bits; as many buckets as the number of distinct keys asks for
///
/// The high half of a hash chooses the bucket by multiply-shift, the low half one bit in each of its words,
/// so a key touches one cache line. A key that was added is always found; one that was not, rarely.
package enum KeyFilter {
    package static let bucketByteCount = 32

    /// Bits a distinct key for at most 1 % false positives in the filter of a block …
    package static let blockBitsPerKey = 12
    /// … and at most 0.5 % in that of a segment.
    package static let segmentBitsPerKey = 13

    /// Buckets for `keys` distinct keys; none for no keys.
    package static func bucketCount(keys: Int, bitsPerKey: Int) -> Int { (keys * bitsPerKey + 255) / 256 }

    /// Adds a key to the `bucketCount` buckets at `offset`.
    @inline(__always)
    package static func insert(
        _ hash: UInt64, into filter: inout MutableRawSpan, at offset: Int, bucketCount: Int
    ) {
        let bucket = offset &+ position(hash, bucketCount: bucketCount)
        let low = UInt32(truncatingIfNeeded: hash)
        set(pair(low, 0x47B6_137B, 0x4497_4D91), in: &filter, at: bucket)
        set(pair(low, 0x8824_AD5B, 0xA2B7_289D), in: &filter, at: bucket &+ 8)
        set(pair(low, 0x7054_95C7, 0x2DF1_424B), in: &filter, at: bucket &+ 16)
        set(pair(low, 0x9EFC_4947, 0x5C6B_FB31), in: &filter, at: bucket &+ 24)
    }

    @inline(__always)
    private static func set(_ bits: UInt64, in filter: inout MutableRawSpan, at offset: Int) {
        let word = filter.bytes.u64(offset)
        filter.set(word | bits, at: offset)
    }

    /// Whether the key may have been added to the `bucketCount` buckets at `offset`; false is certain.
    @inline(__always)
    package static func mayContain(
        _ hash: UInt64, in filter: RawSpan, at offset: Int, bucketCount: Int
    ) -> Bool {
        guard bucketCount > 0 else { return false }
        let bucket = offset &+ position(hash, bucketCount: bucketCount)
        let low = UInt32(truncatingIfNeeded: hash)
        let missing =
            ~filter.u64(bucket) & pair(low, 0x47B6_137B, 0x4497_4D91)
            | ~filter.u64(bucket &+ 8) & pair(low, 0x8824_AD5B, 0xA2B7_289D)
            | ~filter.u64(bucket &+ 16) & pair(low, 0x7054_95C7, 0x2DF1_424B)
            | ~filter.u64(bucket &+ 24) & pair(low, 0x9EFC_4947, 0x5C6B_FB31)
        return missing == 0
    }

    /// Byte position of the hash's bucket. `bucketCount` is below 2^32, so the product fits 64 bits.
    @inline(__always)
    private static func position(_ hash: UInt64, bucketCount: Int) -> Int {
        let product = (hash &>> 32) &* UInt64(truncatingIfNeeded: bucketCount)
        return Int(truncatingIfNeeded: product &>> 32) &* bucketByteCount
    }

    /// One bit in each of two neighbouring words.
    @inline(__always)
    private static func pair(_ low: UInt32, _ first: UInt32, _ second: UInt32) -> UInt64 {
        1 &<< UInt64((low &* first) &>> 27) | 1 &<< (UInt64((low &* second) &>> 27) &+ 32)
    }
}
