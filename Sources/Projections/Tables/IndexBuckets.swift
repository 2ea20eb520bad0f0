public import CHoldfastMemory
public import Invariants

// SAFETY throughout: an `IndexBucket` is made by the subscript of `IndexBuckets` alone, which checks that
// there is such a bucket, so its 16 words exist and are initialized, if only to zeros; slots are below 7 by
// `count`.
// It is used while its owner is held.

/// One cache line of the index: seven slots of a 32-bit tag and a 32-bit row number.
///
///     word   0 … 6   tags
///            7       overflow: entries at home here or before that lie in a later bucket
///            8 … 14  row numbers
///            15      slots in use, the first ones
///
/// Points into `IndexBuckets`, and is used before that changes.
@usableFromInline @unsafe struct IndexBucket {
    @inlinable static var slotCount: Int { 7 }

    @usableFromInline let words: UnsafeMutablePointer<UInt32>

    @inlinable @inline(__always)
    init(words: UnsafeMutablePointer<UInt32>) { unsafe self.words = words }

    @inlinable var overflow: UInt32 {
        @inline(__always) get { unsafe words[7] }
        @inline(__always) nonmutating set { unsafe words[7] = newValue }
    }

    @inlinable var count: Int {
        @inline(__always) get { unsafe Int(words[15]) }
        @inline(__always) nonmutating set { unsafe words[15] = UInt32(truncatingIfNeeded: newValue) }
    }

    @inlinable var isFull: Bool { unsafe count == Self.slotCount }

    @inlinable @inline(__always)
    func tag(at slot: Int) -> UInt32 { unsafe words[slot] }

    @inlinable @inline(__always)
    func number(at slot: Int) -> RowNumber { unsafe RowNumber(raw: words[8 + slot]) }

    /// A bit for each slot in use that has this tag.
    ///
    /// All seven are compared, without a branch: a loop that stops at the right one is mispredicted half the
    /// time, and that on data which just came from memory. The eighth word, the overflow, is compared too and
    /// left out by the count.
    @inlinable @inline(__always)
    func slots(tagged tag: UInt32) -> UInt32 {
        unsafe holdfast_equal_words(words, tag) & ((1 &<< UInt32(truncatingIfNeeded: count)) &- 1)
    }

    /// Puts an entry into a bucket that is not full.
    @inlinable @inline(__always)
    func add(_ tag: UInt32, _ number: RowNumber) {
        let slot = unsafe count
        unsafe words[slot] = tag
        unsafe words[8 + slot] = number.raw
        unsafe count = slot + 1
    }

    /// Takes an entry out; the last one takes its slot.
    @inlinable @inline(__always)
    func remove(at slot: Int) {
        let last = unsafe count - 1
        unsafe words[slot] = words[last]
        unsafe words[8 + slot] = words[8 + last]
        unsafe count = last
    }
}

/// The buckets of an index of one size. A home is `tag · homeCount / 2^32`, so homes are in the order of tags
/// and any count of homes will do.
///
/// An entry lies in the first bucket from its home that had room. A bucket counts the entries that passed it
/// by: where that is 0 a search ends, without tombstones.
///
/// Memory is one stretch of zeros, and zeros are empty buckets: its pages are taken when they are first
/// touched and, while growing empties buckets from front to back, given back in pieces of 2 MiB. So neither
/// the start nor the end of growing is a long step. The last entries may pass the last home, so there are
/// `spareCount` buckets more. With the load kept below 6.4 of 7 and 64 entries, the chance that so many are
/// needed is that of a queue of 384 waiting, or of as many more than expected in a small index: below 10^-28.
@safe @usableFromInline struct IndexBuckets: ~Copyable {
    @inlinable static var spareCount: Int { 64 }
    @inlinable static var bytesPerBucket: Int { 64 }

    @usableFromInline let start: UnsafeMutableRawPointer
    @usableFromInline let homeCount: Int
    /// Buckets, the spare ones included; 0 if there are no homes.
    @usableFromInline let bucketCount: Int
    /// 0 once others give the memory back.
    @usableFromInline var byteCapacity: Int
    /// Buckets before have been given back.
    @usableFromInline var firstBucket = 0

    init(homeCount: Int) {
        invariant(homeCount >= 0 && homeCount < 1 << 30, "an index of \(homeCount) buckets")
        self.homeCount = homeCount
        // As many entries as there may be fit into as many buckets again, wherever they are at home.
        bucketCount = homeCount + min(homeCount, Self.spareCount)
        let used = max(Self.bytesPerBucket, bucketCount * Self.bytesPerBucket)
        byteCapacity = used < Memory.step ? used : (used + Memory.step - 1) / Memory.step * Memory.step
        // SAFETY: a fresh stretch, bound to words of 32 bits for its life; freed in `deinit`.
        unsafe start = Memory.make(byteCapacity)
        unsafe start.bindMemory(
            to: UInt32.self, capacity: byteCapacity / MemoryLayout<UInt32>.stride)
    }

    @inlinable deinit {
        // SAFETY: made in `init`; words are trivial.
        if byteCapacity > 0 { unsafe holdfast_memory_free(start, byteCapacity) }
    }

    /// Bytes taken from the system: of a stretch that is not being filled.
    var byteCount: Int {
        let used = Memory.touched(bucketCount * Self.bytesPerBucket, of: byteCapacity)
        return used - firstBucket * Self.bytesPerBucket
    }

    /// The same while it is being filled, home by home, as far as `home` by now.
    func byteCount(filledTo home: Int) -> Int {
        let buckets = min(bucketCount, home + Self.spareCount)
        return Memory.touched(buckets * Self.bytesPerBucket, of: byteCapacity)
    }

    /// Below `homeCount`.
    @inlinable @inline(__always)
    func home(of tag: UInt32) -> Int {
        // Neither factor exceeds 32 bits.
        Int(truncatingIfNeeded: (UInt64(tag) &* UInt64(truncatingIfNeeded: homeCount)) &>> 32)
    }

    @inlinable @inline(__always)
    subscript(index: Int) -> IndexBucket {
        @inline(__always) get {
            if UInt(bitPattern: index) >= UInt(bitPattern: bucketCount) {
                Memory.stopNoBucket(index, of: bucketCount)
            }
            // SAFETY: the bucket lies in the stretch, which is bound to words.
            return unsafe IndexBucket(
                words: (start + index * Self.bytesPerBucket).assumingMemoryBound(to: UInt32.self))
        }
    }

    /// The entry of a key, if it is here.
    @inlinable @inline(__always)
    func find<Rows: IndexedRows & ~Copyable>(
        _ key: Rows.Key, tag: UInt32, in rows: borrowing Rows
    ) -> RowNumber? {
        var index = home(of: tag)
        while true {
            let bucket = unsafe self[index]
            var matches = unsafe bucket.slots(tagged: tag)
            while matches != 0 {
                let number = unsafe bucket.number(at: matches.trailingZeroBitCount)
                if rows.key(at: number) == key { return number }
                matches &= matches &- 1
            }
            // An overflow means that there is a later bucket.
            if unsafe bucket.overflow == 0 { return nil }
            index += 1
        }
    }

    /// Adds an entry; nothing moves.
    @inlinable mutating func insert(_ tag: UInt32, _ number: RowNumber) {
        var index = home(of: tag)
        while true {
            let bucket = unsafe self[index]
            if unsafe !bucket.isFull {
                unsafe bucket.add(tag, number)
                return
            }
            unsafe bucket.overflow += 1
            index += 1
        }
    }

    /// Removes an entry and fills the gap with entries that had passed it by. Returns how many moved.
    @inlinable mutating func remove(_ tag: UInt32, _ number: RowNumber, _ pace: GrowthPace?) -> Int {
        var index = home(of: tag)
        while true {
            let bucket = unsafe self[index]
            var matches = unsafe bucket.slots(tagged: tag)
            while matches != 0 {
                let slot = matches.trailingZeroBitCount
                if unsafe bucket.number(at: slot) == number {
                    unsafe bucket.remove(at: slot)
                    return unsafe bucket.overflow == 0 ? 0 : pullBack(to: index, pace)
                }
                matches &= matches &- 1
            }
            invariant(unsafe bucket.overflow > 0, "row \(number.raw) is not in the index")
            unsafe bucket.overflow -= 1
            index += 1
        }
    }

    /// Moves an entry from behind into the gap in a bucket that others had passed by, then one into the gap
    /// that leaves, and so on. Stopping at any point is correct, so it stops at 32, or where the turn does.
    @usableFromInline @inline(never)
    mutating func pullBack(to gap: Int, _ pace: GrowthPace?) -> Int {
        var gap = gap
        var moved = 0
        let most = min(32, pace?.roomForGaps ?? 32)
        while moved < most, unsafe self[gap].overflow > 0 {
            let (index, slot) = firstEntry(after: gap)
            let source = unsafe self[index]
            unsafe self[gap].add(source.tag(at: slot), source.number(at: slot))
            unsafe source.remove(at: slot)
            for passed in gap..<index { unsafe self[passed].overflow -= 1 }
            gap = index
            moved += 1
        }
        pace?.spend(moved)
        return moved
    }

    /// The nearest entry behind bucket `gap` that is at home there or before. There must be one.
    private func firstEntry(after gap: Int) -> (index: Int, slot: Int) {
        var index = gap + 1
        while true {
            let bucket = unsafe self[index]
            for slot in unsafe 0..<bucket.count where unsafe home(of: bucket.tag(at: slot)) <= gap {
                return (index, slot)
            }
            index += 1
        }
    }

    /// Takes the memory of all buckets now.
    mutating func touch() {
        // SAFETY: the stretch is that long.
        unsafe holdfast_memory_touch(start, bucketCount * Self.bytesPerBucket)
    }

    /// Gives back the memory of buckets before `bucket`, which are empty for good.
    mutating func discard(before bucket: Int) {
        // Whole large pages: one that is emptied in part waits for the rest.
        let bucketsPerPage = Memory.largePage / Self.bytesPerBucket
        let end = bucket / bucketsPerPage * bucketsPerPage
        guard end > firstBucket else { return }
        // SAFETY: inside the stretch.
        unsafe holdfast_memory_discard(
            start, firstBucket * Self.bytesPerBucket, end * Self.bytesPerBucket)
        firstBucket = end
    }

    /// Asks for the memory of the bucket a tag is at home in.
    @inlinable @inline(__always)
    func prefetch(_ tag: UInt32) {
        // SAFETY: a hint; nothing is read.
        unsafe holdfast_prefetch(start + home(of: tag) * Self.bytesPerBucket)
    }

    /// The first row listed under this tag at home, whose key may be another.
    @inlinable @inline(__always)
    func candidate(_ tag: UInt32) -> RowNumber? {
        let bucket = unsafe self[home(of: tag)]
        let matches = unsafe bucket.slots(tagged: tag)
        return matches == 0 ? nil : unsafe bucket.number(at: matches.trailingZeroBitCount)
    }

    /// Entries at home in bucket `home`, if none of an earlier home is left.
    func entryCount(ofHome home: Int) -> Int { unsafe self[home].count + Int(self[home].overflow) }

    /// Moves all entries at home in bucket `home` to `target`. No entry of an earlier home may be left.
    /// Returns how many there were.
    mutating func moveEntries(ofHome home: Int, to target: inout IndexBuckets) -> Int {
        // With the earlier homes gone, those that passed this bucket by are all at home in it.
        var remaining = unsafe Int(self[home].overflow)
        unsafe self[home].overflow = 0
        var moved = takeEntries(ofHome: home, in: home, to: &target)
        var index = home
        while remaining > 0 {
            index += 1
            let found = takeEntries(ofHome: home, in: index, to: &target)
            remaining -= found
            moved += found
            // What is still missing passed this bucket by too.
            unsafe self[index].overflow -= UInt32(remaining)
        }
        return moved
    }

    private func takeEntries(ofHome home: Int, in index: Int, to target: inout IndexBuckets) -> Int {
        let bucket = unsafe self[index]
        var found = 0
        // Backwards, since the last entry takes the place of one that leaves.
        for slot in unsafe (0..<bucket.count).reversed()
        where unsafe self.home(of: bucket.tag(at: slot)) == home {
            unsafe target.insert(bucket.tag(at: slot), bucket.number(at: slot))
            unsafe bucket.remove(at: slot)
            found += 1
        }
        return found
    }
}
