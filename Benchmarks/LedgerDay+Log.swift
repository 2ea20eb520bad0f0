import Ledger
import LogStore
import Projections

extension EventBuffer {
    /// Puts events in place of what is in it.
    mutating func take(_ events: borrowing EventBatch) {
        removeAll()
        let bytes = events.bytes
        var offset = 0
        for _ in 0..<events.count {
            let header = EventHeader(reading: bytes, at: offset)
            let start = offset + EventHeader.byteCount
            offset = start + Int(header.payloadLength)
            let fits = append(
                type: header.type, schema: header.schema, flags: header.flags, time: header.time,
                payload: bytes.extracting(start..<offset))
            if !fits { fatalError("a group of \(events.count) events is too large") }
        }
    }
}
