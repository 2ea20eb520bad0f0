package import LogStore

/// A stretch of the log, copied, so that subscriptions that are near each other share what was read once.
package struct EventWindow: Sendable {
    /// Sequences it holds; none before the first `append`.
    package private(set) var sequences: Range<UInt64> = 0..<0
    /// The events, one after the other; only the first `byteCount` are this window's.
    package private(set) var bytes: [UInt8] = []
    package private(set) var byteCount = 0
    /// Where every 64th event begins.
    private var marks: [Int] = []

    private static var eventsPerMark: Int { 64 }

    package init() {}

    /// Forgets what was there; the memory is used again.
    package mutating func removeAll() {
        sequences = 0..<0
        byteCount = 0
        marks.removeAll(keepingCapacity: true)
    }

    /// Adds the run that follows.
    package mutating func append(_ run: borrowing EventRun) {
        let start = byteCount
        if sequences.isEmpty { sequences = run.firstSequence..<run.firstSequence }
        invariant(run.firstSequence == sequences.upperBound, "a run at \(run.firstSequence) leaves a gap")
        var index = sequences.count
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            if index % Self.eventsPerMark == 0 { marks.append(byteCount) }
            index += 1
            byteCount += event.bytes.byteCount
        }
        if bytes.count < byteCount {
            bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
        }
        bytes.withMutableRawSpan { $0.copy(from: run.bytes, at: start) }
        sequences = sequences.lowerBound..<run.endSequence
    }

    /// Where the event at `sequence`, which is in the window, begins.
    package func offset(of sequence: UInt64) -> Int {
        let index = Int(sequence - sequences.lowerBound)
        var offset = marks[index / Self.eventsPerMark]
        bytes.withRawSpan { bytes in
            for _ in 0..<index % Self.eventsPerMark { offset += Self.byteCount(ofEventAt: offset, in: bytes) }
        }
        return offset
    }

    /// Of an event, header included.
    @inline(__always)
    package static func byteCount(ofEventAt offset: Int, in bytes: RawSpan) -> Int {
        EventHeader.byteCount &+ Int(bytes.u16(offset &+ 12))
    }
}
