package import LogStore

/// The bytes that a script handed to `append`, by sequence, kept apart from the log: what it stores and reads
/// back must be these. Only the log's own acts are taken from the log itself.
package struct CallersEvents {
    private var given: [UInt64: [UInt8]] = [:]

    package init() {}

    package mutating func give(_ group: borrowing EventBuffer, at sequences: Range<UInt64>) {
        var cursor = EventRun(
            unchecked: group.bytes, count: group.count, firstSequence: sequences.lowerBound
        ).makeCursor()
        while let event = cursor.next() { given[event.sequence] = event.bytes.array() }
    }

    /// The event that must stand at `sequence`, where the log has `found`.
    ///
    /// - Throws: if the caller gave others, or gave none and this is no act of the log.
    package func expected(at sequence: UInt64, found: [UInt8]) throws(LogStoreError) -> [UInt8] {
        if let own = given[sequence] {
            if own != found { throw .invalidRequest("event \(sequence) is not the one the caller gave") }
            return own
        }
        let type = found.withRawSpan { EventHeader(reading: $0, at: 0).type }
        guard type >= EventHeader.reservedTypeMin else {
            throw .invalidRequest("event \(sequence) of type \(type) was given by nobody")
        }
        return found
    }

    /// Everything given from `sequence` on without a gap, durable or not.
    package func following(_ sequence: UInt64) -> [[UInt8]] {
        var events: [[UInt8]] = []
        while let event = given[sequence + UInt64(events.count)] { events.append(event) }
        return events
    }
}
