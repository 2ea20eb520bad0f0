internal import LogStore

/// One content a sector had since the last sync.
struct SectorVersion: Sendable {
    let bytes: [UInt8]
    /// Where the written bytes of this sector end in the file: if a crash keeps the version, the file reaches
    /// at least so far. 0 for zeros made by a truncation, which prove no size.
    let end: Int
    /// Index of the operation that wrote it.
    let operation: Int
}

/// A sector whose content after a crash is open: durable (option 0) or `versions[option - 1]`.
struct PendingSector: Sendable {
    let sector: Int
    var versions: [SectorVersion] = []
    /// The option a running process sees.
    var liveOption = 0
    /// A failed sync marked its page clean: it is never written again by itself, and a later sync that
    /// succeeds says nothing about it.
    var isAbandoned = false
}

/// A file (inode): what a running process sees, what the device keeps for certain, and what is open between.
struct SimulatedFileState: Sendable {
    private(set) var live = PagedBytes()
    private(set) var durable = PagedBytes()
    /// Ascending by sector.
    private(set) var pendingSectors: [PendingSector] = []
    /// Sizes since the last sync, in order, without repetition and without the durable size.
    private(set) var pendingSizes: [Int] = []
    /// Sectors the last sync changed, with the bytes they had before: for the campaign of lost writes.
    private(set) var lastSynced: [(sector: Int, before: [UInt8])] = []
    /// A name leads here (live); an unlinked file takes no space in the account.
    var isLinked = true
    /// The slot may be reused by another file.
    var isFree = false

    var hasPendingData: Bool { !pendingSectors.isEmpty || !pendingSizes.isEmpty }

    /// What a read past the page cache returns: dirty pages are flushed first, abandoned ones are not.
    var deviceView: PagedBytes {
        var view = live
        for pending in pendingSectors where pending.isAbandoned {
            view.setSector(pending.sector, from: durable)
        }
        return view
    }

    mutating func write(_ bytes: RawSpan, at offset: Int, operation: Int) {
        if bytes.byteCount == 0 { return }
        let oldCount = live.byteCount
        live.write(bytes, at: offset)
        if live.byteCount > oldCount { grew(from: oldCount, operation) }
        let last = (offset + bytes.byteCount - 1) / PagedBytes.sectorByteCount
        for sector in offset / PagedBytes.sectorByteCount...last {
            let end = min(live.byteCount, (sector + 1) * PagedBytes.sectorByteCount)
            note(sector, end: end, operation)
        }
    }

    mutating func resize(to size: Int, operation: Int) {
        let oldCount = live.byteCount
        if size == oldCount { return }
        live.resize(to: size)
        if size > oldCount { return grew(from: oldCount, operation) }
        noteSize()
        // Whole durable sectors beyond the new end need no choice of their own: the size decides. Those
        // already open, and the one cut in two, now show zeros.
        if size % PagedBytes.sectorByteCount != 0 {
            note(size / PagedBytes.sectorByteCount, end: 0, operation)
        }
        for pending in pendingSectors where pending.sector * PagedBytes.sectorByteCount >= size {
            note(pending.sector, end: 0, operation)
        }
    }

    /// Everything visible becomes durable, except what an earlier failed sync abandoned.
    mutating func sync() {
        let abandoned = pendingSectors.filter { $0.isAbandoned }
        lastSynced = pendingSectors.filter { $0.liveOption != 0 && !$0.isAbandoned }
            .map { ($0.sector, durable.sector($0.sector)) }
        var synced = live
        for pending in abandoned { synced.setSector(pending.sector, from: durable) }
        durable = synced
        pendingSectors = abandoned
        pendingSizes = []
    }

    /// A sync that failed with EIO: the pages are clean from now on, but nobody knows which reached the
    /// device.
    mutating func abandonPendingSectors() {
        for index in pendingSectors.indices { pendingSectors[index].isAbandoned = true }
    }

    /// A file a crash left: `option` of each pending sector, and at least `size` bytes.
    func afterCrash(size: Int, option: (Int) -> Int) -> SimulatedFileState {
        var content = durable
        var kept = size
        for (index, pending) in pendingSectors.enumerated() {
            let chosen = option(index)
            if chosen == 0 { continue }
            let version = pending.versions[chosen - 1]
            content.setSector(pending.sector, version.bytes)
            kept = max(kept, version.end)
        }
        if content.byteCount != kept { content.resize(to: kept) }
        return SimulatedFileState(content: content)
    }

    /// The size after a crash that keeps `size` in the inode and these options.
    func sizeAfterCrash(size: Int, option: (Int) -> Int) -> Int {
        var kept = size
        for (index, pending) in pendingSectors.enumerated() {
            let chosen = option(index)
            if chosen > 0 { kept = max(kept, pending.versions[chosen - 1].end) }
        }
        return kept
    }

    /// Damage by rot or a stranger: below every bookkeeping.
    mutating func damage(_ change: (inout PagedBytes) -> Void) {
        change(&live)
        change(&durable)
    }

    init() {}

    init(content: PagedBytes) {
        live = content
        durable = content
    }

    // MARK: Bookkeeping

    /// The part between the old and the new end shows zeros now; where the durable file has bytes there (it
    /// was cut and grows again), a crash may show either.
    private mutating func grew(from oldCount: Int, _ operation: Int) {
        noteSize()
        let end = min(live.byteCount, durable.byteCount)
        if oldCount >= end { return }
        for sector in oldCount / PagedBytes.sectorByteCount...(end - 1) / PagedBytes.sectorByteCount {
            note(sector, end: 0, operation)
        }
    }

    private mutating func noteSize() {
        let size = live.byteCount
        if size != durable.byteCount, !pendingSizes.contains(size) { pendingSizes.append(size) }
    }

    /// Records what the sector shows now as one of the contents a crash may keep.
    private mutating func note(_ sector: Int, end: Int, _ operation: Int) {
        let isDurable = live.sectorEquals(sector, of: durable)
        var index = pendingSectors.count
        // Most writes go past everything pending; look from the end.
        while index > 0, pendingSectors[index - 1].sector >= sector { index -= 1 }
        let exists = index < pendingSectors.count && pendingSectors[index].sector == sector
        if !exists {
            if isDurable { return }
            pendingSectors.insert(PendingSector(sector: sector), at: index)
        }
        pendingSectors[index].isAbandoned = false
        if isDurable {
            pendingSectors[index].liveOption = 0
        } else if let known = pendingSectors[index].versions.firstIndex(where: {
            // A version that proves a size the file no longer has is not what is visible now.
            $0.end >= end && $0.end <= live.byteCount && live.sectorEquals(sector, $0.bytes)
        }) {
            pendingSectors[index].liveOption = known + 1
        } else {
            let version = SectorVersion(bytes: live.sector(sector), end: end, operation: operation)
            pendingSectors[index].versions.append(version)
            pendingSectors[index].liveOption = pendingSectors[index].versions.count
        }
    }
}

extension PagedBytes {
    /// Replaces a sector, growing the file to hold all of it.
    mutating func setSector(_ index: Int, _ bytes: [UInt8]) {
        bytes.withRawSpan { write($0, at: index * Self.sectorByteCount) }
    }

    /// Takes a sector from another file without changing the size.
    mutating func setSector(_ index: Int, from other: PagedBytes) {
        let count = byteCount
        setSector(index, other.sector(index))
        if byteCount != count { resize(to: count) }
    }
}
