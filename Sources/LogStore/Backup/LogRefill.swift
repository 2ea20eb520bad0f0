/// Appends events of one log to another, byte for byte, at the same sequences: what a restore writes anew.
///
/// The other log is opened as ever, but not begun: no epoch start comes between. Its frames, files and
/// segments are its own, under new file keys; the events, and so every leaf and root, are the same. Used by
/// one thread.
struct LogRefill<P: Platform, Index: EventIndex> {
    let parts: LogParts<P, Index>

    /// Opens the log of an unfinished restore.
    init(
        platform: P, shard: UInt32, key: KeyEncryptionKey?, geometry: LogGeometry, index: Index
    ) throws(LogStoreError) {
        var options = LogOptions()
        options.shard = shard
        options.keyEncryptionKey = key
        options.geometry = geometry
        options.createsIfMissing = false
        options.runsThreads = false
        options.standing = .unfinished
        geometry.validate()
        let opening = try LogOpening(platform: platform, options: options).run()
        parts = try LogParts(platform: platform, options: options, index: index, opening: opening)
        while try parts.prepare(mayUseReserve: true) != .ready {}
    }

    /// The tree of what was appended.
    var tree: TreePoint {
        let frontier = parts.tree.frontier
        return TreePoint(size: frontier.size, root: frontier.root)
    }

    /// Appends the events below `end` that are not here yet, and makes them durable.
    func append<Disk: Storage>(
        from source: LogSource<Disk>, upTo end: UInt64, _ progress: VerificationProgress
    ) throws(LogStoreError) {
        var reader = LogReader(
            source: source, from: parts.exchange.position.nextSequence, windowBytes: 1 << 20)
        while reader.position < end {
            guard try reader.next() else {
                throw .notReadable(sequence: reader.position, reason: "the backup ends before it")
            }
            try append(reader.run.prefix(below: end))
            progress.did(events: UInt64(reader.run.count))
        }
        while try parts.commit() {}
    }

    private func append(_ run: EventRun) throws(LogStoreError) {
        let bytes = run.bytes
        var start = 0
        while start < bytes.byteCount {
            let group = Self.group(bytes.extracting(start..<bytes.byteCount), parts.options.geometry)
            // As own acts, which these may be: they come back to their sequences in any case.
            _ = try parts.appendWithRoom(group, isOwnAct: true)
            start += group.bytes.byteCount
            while parts.exchange.isBacklogHigh, try parts.seal() {}
        }
    }

    /// As many of the events as one call takes: of one month, and not much at a time.
    @_lifetime(copy bytes)
    private static func group(_ bytes: RawSpan, _ geometry: LogGeometry) -> EncodedGroup {
        let bytesMax = min(geometry.groupBytesMax, 1 << 16)
        let first = EventHeader(reading: bytes, at: 0)
        let month = Month(containing: first.time)
        var (offset, count, last) = (0, 0, first.time)
        while offset < bytes.byteCount {
            let header = EventHeader(reading: bytes, at: offset)
            let end = offset + EventHeader.byteCount + Int(header.payloadLength)
            if count > 0, end > bytesMax || header.time >= month.end { break }
            (offset, count, last) = (end, count + 1, header.time)
        }
        return EncodedGroup(
            unchecked: bytes.extracting(0..<offset), count: count, firstTime: first.time, lastTime: last)
    }

    /// Says where the events before come from; this ledger's own begin behind it.
    func recordFork(of parent: LogUUID, at point: TreePoint) throws(LogStoreError) {
        let time = parts.exchange.position.lastTime + 1
        _ = try parts.append([.forked(parent: parent, point)], time: time)
        while try parts.commit() {}
    }

    /// Records the end, and gives the log its standing: from now on it is one.
    func finish(as standing: Superblock.Standing) throws(LogStoreError) {
        let point = parts.progress.lastPoint
        try parts.noteKeyring()
        try parts.superblocks.update {
            $0.durableSequence = point.sequence
            $0.root = point.root
            $0.epoch = point.epoch
            $0.isClean = false
            $0.standing = standing
        }
    }
}
