import Invariants

// SAFETY throughout: buckets are read through the checked subscript of `IndexBuckets`, and not kept.

/// Whole-structure checks, for tests and campaigns: they read everything.
extension HashIndex {
    /// Stops the process if an entry lies where a search would miss it, or a counter is wrong.
    public func checkInvariants() {
        invariant(
            settled.entryCount() + growing.entryCount() == count, "the index has lost count of \(count)")
        settled.checkInvariants(homes: grown..<settled.homeCount)
        let movedEnd = isGrowing ? grown * growing.homeCount / settled.homeCount : 0
        growing.checkInvariants(homes: 0..<movedEnd + 1)
    }

    /// How many buckets behind its home an entry lies, on average and at most.
    public func distances() -> (mean: Double, max: Int) {
        var (sum, most) = (0, 0)
        settled.forEachEntry { home, bucket in
            sum += bucket - home
            most = max(most, bucket - home)
        }
        growing.forEachEntry { home, bucket in
            sum += bucket - home
            most = max(most, bucket - home)
        }
        return (Double(sum) / Double(max(1, count)), most)
    }
}

extension IndexBuckets {
    func entryCount() -> Int {
        var count = 0
        forEachEntry { _, _ in count += 1 }
        return count
    }

    /// Calls `body` with the home and the bucket of each entry.
    func forEachEntry(_ body: (_ home: Int, _ bucket: Int) -> Void) {
        for index in firstBucket..<bucketCount {
            let bucket = unsafe self[index]
            for slot in unsafe 0..<bucket.count { unsafe body(home(of: bucket.tag(at: slot)), index) }
        }
    }

    /// Every entry is at home in `homes`, not before its home, and counted by each bucket it passed.
    func checkInvariants(homes: Range<Int>) {
        guard bucketCount > 0 else { return }
        var passed = [UInt32](repeating: 0, count: bucketCount)
        forEachEntry { home, bucket in
            invariant(homes.contains(home), "an entry of home \(home) outside \(homes)")
            invariant(home <= bucket, "an entry of home \(home) in bucket \(bucket)")
            for index in home..<bucket { passed[index] += 1 }
        }
        for index in homes where index < bucketCount {
            let overflow = unsafe self[index].overflow
            invariant(overflow == passed[index], "bucket \(index) counts \(overflow), not \(passed[index])")
        }
        for index in homes.upperBound..<max(homes.upperBound, bucketCount) {
            let overflow = unsafe self[index].overflow
            invariant(overflow == passed[index], "bucket \(index) counts \(overflow), not \(passed[index])")
        }
    }
}
