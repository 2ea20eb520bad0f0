/// Finds where a log may be cut without parting what was appended together.
///
/// Frames keep a group whole, but hold many, and are gone once they are sealed; blocks know nothing of
/// groups. What stays is time: events of one group follow each other by a nanosecond, as every caller whose
/// groups must not be parted writes them. So an event that comes later than that begins a group, and the
/// log's own acts are groups by themselves. Groups that follow each other as closely as their events count
/// as one: a cut may then come earlier than it would have to, never inside a group.
struct GroupEdges<Disk: Storage> {
    let source: LogSource<Disk>

    /// The last such place at or before `sequence`.
    func last(upTo sequence: UInt64) throws(LogStoreError) -> UInt64 {
        if sequence >= source.readableEnd { return source.readableEnd }
        // Mostly the place is close; a group is at most a frame.
        var reach: UInt64 = 1024
        while true {
            let start = sequence - min(sequence, reach)
            if let edge = try lastEdge(from: start, upTo: sequence) { return edge }
            if start == 0 { return 0 }
            reach *= 16
        }
    }

    private func lastEdge(from start: UInt64, upTo sequence: UInt64) throws(LogStoreError) -> UInt64? {
        var reader = LogReader(source: source, from: start, windowBytes: 1 << 20)
        var edge: UInt64? = start == 0 ? 0 : nil
        var previous: EventHeader?
        while reader.position <= sequence, try reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next(), event.sequence <= sequence {
                if let previous, Self.isEdge(between: previous, event.header) { edge = event.sequence }
                previous = event.header
            }
        }
        return edge
    }

    static func isEdge(between event: EventHeader, _ next: EventHeader) -> Bool {
        max(event.type, next.type) >= EventHeader.reservedTypeMin || next.time - event.time > 1
    }

    /// Count of events whose time is not after `time`.
    func count(upTo time: UInt64) throws(LogStoreError) -> UInt64 {
        let entries = source.catalog.manifests.flatMap(\.entries)
        let start = entries.first { $0.lastTime > time }?.sequences.lowerBound ?? source.catalog.sealedEnd
        var reader = LogReader(source: source, from: start, windowBytes: 1 << 20)
        while try reader.next() {
            var cursor = reader.run.makeCursor()
            while let event = cursor.next() {
                if event.header.time > time { return event.sequence }
            }
        }
        return source.readableEnd
    }
}
