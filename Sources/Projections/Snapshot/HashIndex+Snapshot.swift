import Ledger

extension HashIndex {
    /// What is in it, leaving nothing.
    mutating func take() -> HashIndex {
        var taken = HashIndex(seed: seed, pace: pace)
        swap(&taken, &self)
        return taken
    }
}

/// Fills a large index: entries are gathered, some million at a time, put in the order of their tags, which
/// is that of the buckets, and inserted so that memory is gone through from front to back.
///
/// Keys must differ: nobody looks whether one is there already.
struct IndexFiller: ~Copyable {
    private var index: HashIndex
    /// Tags in the upper half, row numbers in the lower.
    private var gathered: [UInt64] = []
    private var sorted: [UInt64] = []

    private static var gatheredMax: Int { 1 << 22 }
    private static var partBits: UInt64 { 11 }

    /// Fills `index`, which is empty.
    init(_ index: consuming HashIndex) { self.index = index }

    /// So many will be added, if that is known before the first.
    mutating func expect(_ count: Int) {
        // A tenth more, so that it does not grow with the first row after them.
        index.reserve(count + count / 10, isTouched: false)
        gathered.reserveCapacity(min(count, Self.gatheredMax))
    }

    @inline(__always)
    mutating func add<Key: IndexKey>(_ key: Key, _ number: RowNumber) {
        gathered.append(UInt64(index.tag(of: key)) << 32 | UInt64(number.raw))
        if gathered.count == Self.gatheredMax { flush() }
    }

    private mutating func flush() {
        let shift = 64 - Self.partBits
        var places = [Int](repeating: 0, count: 1 << Self.partBits + 1)
        for entry in gathered { places[Int(entry &>> shift) + 1] += 1 }
        for part in 1..<places.count { places[part] += places[part - 1] }
        if sorted.count < gathered.count { sorted = [UInt64](repeating: 0, count: gathered.count) }
        for entry in gathered {
            let part = Int(entry &>> shift)
            sorted[places[part]] = entry
            places[part] += 1
        }
        for place in 0..<gathered.count {
            let entry = sorted[place]
            index.insert(
                UInt32(truncatingIfNeeded: entry &>> 32), RowNumber(raw: UInt32(truncatingIfNeeded: entry)))
        }
        gathered.removeAll(keepingCapacity: true)
    }

    /// The index with everything in it.
    consuming func finish() -> HashIndex {
        flush()
        return index
    }
}
