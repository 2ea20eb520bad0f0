/// Finds the events that carry a key: filters rule out segments and blocks, the rest is read and asked.
///
/// The answer is exact: filters only save reading. Used by one thread; catch-up work, not for the hot path.
package struct KeySearch<Disk: Storage, Index: EventIndex>: ~Copyable {
    private let source: LogSource<Disk>
    private let index: Index
    private var reader: LogReader<Disk>

    package init(source: LogSource<Disk>, index: Index) {
        self.source = source
        self.index = index
        reader = LogReader(source: source, from: 0, windowBytes: 256 << 10)
    }

    /// What a search read, to show what the filters are worth.
    package struct Found: Sendable, Equatable {
        /// Ascending.
        package var sequences: [UInt64] = []
        package var blocksRead = 0
        package var blocksSkipped = 0
    }

    /// The sequences in `range` whose events carry `key`, at most `limit`.
    package mutating func sequences(
        of key: IndexKey, in range: Range<UInt64>, limit: Int
    ) throws(LogStoreError) -> Found {
        var found = Found()
        let end = min(range.upperBound, source.readableEnd)
        var position = range.lowerBound
        while position < end, found.sequences.count < limit {
            guard let next = try candidate(from: position, to: end, key, &found) else { break }
            reader.seek(to: next)
            guard try reader.next() else { break }
            found.blocksRead += 1
            position = reader.position
            collect(key, below: end, limit, &found)
        }
        return found
    }

    private mutating func collect(_ key: IndexKey, below end: UInt64, _ limit: Int, _ found: inout Found) {
        var facts = EventFacts()
        var cursor = reader.run.makeCursor()
        while let event = cursor.next(), event.sequence < end, found.sequences.count < limit {
            guard event.header.type < EventHeader.reservedTypeMin else { continue }
            facts.removeAll()
            index.describe(event, into: &facts)
            if (0..<facts.keyCount).contains(where: { facts.key($0) == key }) {
                found.sequences.append(event.sequence)
            }
        }
    }

    /// The first sequence from `position` on whose block may hold the key; nil if none below `end`.
    private func candidate(
        from position: UInt64, to end: UInt64, _ key: IndexKey, _ found: inout Found
    ) throws(LogStoreError) -> UInt64? {
        var position = position
        while position < end {
            guard case .segment(let entry, let month) = source.catalog.locate(position) else {
                return position
            }
            let segment = try source.segments.open(entry, month)
            guard segment.tail.indexIdentifier == Index.identifier, segment.tail.indexVersion == Index.version
            else { return position }
            let filters = segment.footer.filters
            let hash = filters.hash(key)
            let shape = segment.tail.shape
            let block = shape.blockNumber(of: position)
            if filters.segmentMayContain(hash) {
                for number in block..<shape.blockCount {
                    if filters.blockMayContain(hash, block: number) {
                        return max(position, shape.sequences(ofBlock: number).lowerBound)
                    }
                    found.blocksSkipped += 1
                }
            } else {
                found.blocksSkipped += shape.blockCount - block
            }
            position = entry.sequences.upperBound
        }
        return nil
    }
}
