package import Ledger
package import LogStore

/// A log to replay: one that runs, or one opened for reading only. Shared by any number of readers.
package struct ReplayLog<P: Platform>: Sendable {
    let platform: P
    let paths: ShardPaths
    /// Where events are read.
    let source: LogSource<P.Disk>
    /// The ledger it is the log of.
    package let ledger: LogUUID
    /// With what its files, and snapshots beside them, are sealed and opened.
    let encryption: LogEncryption

    /// A log opened for reading only. Damage ends a replay where it lies, not before.
    package init(_ log: ReadOnlyLog<P>) {
        platform = log.platform
        paths = log.paths
        source = log.source
        ledger = log.superblock.ledger
        encryption = log.encryption
    }

    /// A running log: what is durable is replayed.
    package init<Index: EventIndex>(_ log: LogStore<P, Index>) {
        platform = log.parts.platform
        paths = log.parts.paths
        source = log.parts.source
        ledger = log.parts.superblocks.value.ledger
        encryption = log.parts.keys.encryption
    }

    /// Count of events that may be believed.
    package var readableEnd: UInt64 { source.readableEnd }

    /// The shard whose events these are.
    package var shard: Shard { Shard(number: UInt16(truncatingIfNeeded: paths.shard)) }

    /// An event of the ledger; nil if it is one of the log's own acts, which take sequences and say nothing
    /// about payments.
    @inline(__always)
    func event(_ view: borrowing EventView) throws(ReplayError) -> Event? {
        let header = view.header
        if header.type >= EventHeader.reservedTypeMin { return nil }
        do throws(EventFormatError) {
            return try Event(
                sequence: SequenceNumber(raw: view.sequence), time: LedgerTime(nanoseconds: header.time),
                type: header.type, schema: header.schema, flags: header.flags, payload: view.payload)
        } catch {
            throw .undecodable(error, .init(sequence: view.sequence, file: file(of: view.sequence)))
        }
    }

    /// Where what leaves the memory is kept: under the key of the month of the last event.
    func atticHome() throws(LogStoreError) -> AtticHome<P> {
        var time = platform.wallTime()
        if readableEnd > 0 {
            var reader = LogReader(source: source, from: readableEnd - 1, windowBytes: 64 << 10)
            guard try reader.next() else {
                throw .notReadable(sequence: readableEnd - 1, reason: "the log ends before it")
            }
            var cursor = reader.run.makeCursor()
            guard let view = cursor.next() else { invariantViolated("a run without events") }
            time = view.header.time
        }
        return AtticHome(
            platform: platform, directory: paths.attic, ledger: ledger, encryption: encryption,
            month: Month(containing: time).number)
    }

    /// Which file holds an event, as far as is known.
    package func file(of sequence: UInt64) -> StoragePath? {
        switch source.catalog.locate(sequence) {
        case .segment(let entry, let month):
            entry.isLocal ? paths.segment(month, entry.sequences) : paths.stub(month, entry.sequences)
        case .wal(let record): record.path
        case nil: nil
        }
    }
}
