import CHoldfastMemory

/// The memory of tables that are gone, given back to the system a piece at a time: unmapping a gigabyte at
/// once takes longer than whole commits do.
@safe struct RetiredMemory: ~Copyable {
    /// Mapped, that long, and ours alone: see `take`.
    @safe private struct Stretch {
        let start: UnsafeMutableRawPointer
        var byteCount: Int
    }

    private var stretches: [Stretch] = []

    /// Whether nothing is left.
    var isEmpty: Bool { stretches.isEmpty }

    /// Bytes of address space not given back yet.
    var byteCount: Int { stretches.reduce(0) { $0 + $1.byteCount } }

    deinit {
        // SAFETY: what is in the list is ours, and nobody else frees it.
        for stretch in stretches { unsafe holdfast_memory_free(stretch.start, stretch.byteCount) }
    }

    // SAFETY: unsafe for the caller: the stretch was made by `Memory`, is that long, and nobody uses or frees
    // it any more.
    @unsafe mutating func take(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        if byteCount < Memory.step {
            unsafe holdfast_memory_free(start, byteCount)
        } else {
            unsafe stretches.append(Stretch(start: start, byteCount: byteCount))
        }
    }

    /// Gives 2 MiB back, or what is left of a stretch.
    mutating func giveBackPiece() {
        guard let last = stretches.indices.last else { return }
        // From the end, down to a multiple of large pages.
        let kept = (stretches[last].byteCount - 1) / Memory.largePage * Memory.largePage
        let piece = stretches[last].byteCount - kept
        // SAFETY: the end of a mapping that is ours, whole pages, and from here on not counted as ours.
        unsafe holdfast_memory_free(stretches[last].start + kept, piece)
        stretches[last].byteCount = kept
        if kept == 0 { stretches.removeLast() }
    }
}

extension Table {
    /// Ends the table; its memory is given back by and by.
    consuming func retire(into memory: inout RetiredMemory) { parts.retire(into: &memory) }
}

extension TableParts {
    mutating func retire(into memory: inout RetiredMemory) {
        rows.retire(into: &memory)
        index.retire(into: &memory)
    }
}

extension RowStore {
    mutating func retire(into memory: inout RetiredMemory) {
        rows.retire(into: &memory)
        alive.retire(into: &memory)
    }
}

extension HashIndex {
    mutating func retire(into memory: inout RetiredMemory) {
        settled.retire(into: &memory)
        growing.retire(into: &memory)
    }
}

extension Region {
    /// The list must not be used any more.
    mutating func retire(into memory: inout RetiredMemory) {
        // SAFETY: with no bytes of its own it frees none.
        unsafe memory.take(start, byteCapacity)
        byteCapacity = 0
    }
}

extension IndexBuckets {
    /// The buckets must not be used any more.
    mutating func retire(into memory: inout RetiredMemory) {
        // SAFETY: with no bytes of its own it frees none.
        unsafe memory.take(start, byteCapacity)
        byteCapacity = 0
    }
}

// The memory has one owner and goes wherever the owner goes.
extension RetiredMemory: @unchecked Sendable {}
