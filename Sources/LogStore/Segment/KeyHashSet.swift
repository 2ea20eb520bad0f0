/// The distinct key hashes of one block: open addressing in memory that is kept from block to block.
///
/// Used by one thread at a time.
struct KeyHashSet: ~Copyable {
    /// Power of two, at most half full. Zero marks a free slot; the hash zero is kept apart.
    private var slots = [UInt64](repeating: 0, count: 1024)
    private var hasZero = false
    /// The hashes, in order of arrival.
    private(set) var elements: [UInt64] = []

    init() {}

    /// Forgets all hashes, keeps the memory.
    mutating func removeAll() {
        for index in slots.indices { slots[index] = 0 }
        elements.removeAll(keepingCapacity: true)
        hasZero = false
    }

    /// Adds a hash unless it is there.
    mutating func insert(_ hash: UInt64) {
        guard hash != 0 else {
            if !hasZero { elements.append(0) }
            hasZero = true
            return
        }
        guard place(hash) else { return }
        elements.append(hash)
        if elements.count * 2 > slots.count { enlarge() }
    }

    /// False if the hash was there.
    private mutating func place(_ hash: UInt64) -> Bool {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] == hash { return false }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = hash
        return true
    }

    private mutating func enlarge() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        for hash in elements where hash != 0 { _ = place(hash) }
    }
}

/// Every block's distinct hashes in a row, and how many distinct ones there are among them.
struct SegmentKeyHashes: ~Copyable {
    private(set) var elements: [UInt64] = []
    private var sample: [UInt64] = []
    /// What is sorted to count; up to here the count is exact.
    private static let sampleMax = 1 << 16

    init() {}

    mutating func removeAll() { elements.removeAll(keepingCapacity: true) }

    mutating func append(_ hashes: [UInt64]) { elements.append(contentsOf: hashes) }

    /// How many distinct hashes there are; of many, an estimate from those whose lowest bits are zero, as
    /// many bits as keep the sample small (good to about one per cent, never more than there are hashes).
    ///
    /// It only sizes a filter, and depends on nothing but the hashes.
    mutating func distinctCount() -> Int {
        var shift = 0
        while elements.count >> shift > Self.sampleMax { shift += 1 }
        let mask = (UInt64(1) << UInt64(shift)) - 1
        sample.removeAll(keepingCapacity: true)
        for hash in elements where hash & mask == 0 { sample.append(hash) }
        sample.sort()
        var distinct = 0
        for index in sample.indices where index == 0 || sample[index] != sample[index - 1] { distinct += 1 }
        return min(max(distinct, elements.isEmpty ? 0 : 1) << shift, elements.count)
    }
}
