import LogStore

/// Events that follow from a seed and their own number, so that whoever knows the seed can check every byte.
///
///     0   8  number          0, 1, 2 … through all lives of the log
///     8   8  amount
///     16  8  seed
///     24  …  filler          length and bytes follow from seed and number
struct NumberedEvents: Sendable {
    static let type: UInt16 = 1
    private static let headBytes = 24

    let seed: UInt64

    /// Mostly 24 to 191 bytes; one in 512 is 4 to 20 KiB.
    private func byteCount(_ mixed: UInt64) -> Int {
        let isLarge = mixed >> 32 & 511 == 0
        return isLarge ? 4096 + Int(mixed % 16384) : Self.headBytes + Int(mixed % 168)
    }

    /// Fills `payload` with the payload of event `number`.
    func fill(_ payload: inout [UInt8], number: UInt64) {
        var state = seed ^ number &* 0x9E37_79B9_7F4A_7C15
        let mixed = Self.mix(&state)
        let count = byteCount(mixed)
        payload.removeAll(keepingCapacity: true)
        for word in [number, 100 + number % 1000, seed] { Self.append(word, to: &payload) }
        while payload.count < count { Self.append(Self.mix(&state), to: &payload) }
        payload.removeLast(payload.count - count)
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    /// SplitMix64.
    static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// Reads a log and expects each numbered event once, in order, with its own bytes, without a gap in the
/// sequences.
struct EventCheck {
    private let events: NumberedEvents
    /// Sequence after the last event seen.
    private(set) var sequence: UInt64
    /// Numbered events seen; the number the next one must have.
    private(set) var count: UInt64
    /// What is wrong, if anything; the first thing only.
    private(set) var fault: String?
    private var payload: [UInt8] = []

    init(events: NumberedEvents, from sequence: UInt64, count: UInt64) {
        self.events = events
        self.sequence = sequence
        self.count = count
    }

    /// Reads to the end of what is readable.
    mutating func read<Disk: Storage>(_ source: LogSource<Disk>) throws(LogStoreError) {
        var reader = LogReader(source: source, from: sequence, windowBytes: 256 << 10)
        while fault == nil, try reader.next() { take(reader.run) }
    }

    private mutating func take(_ run: borrowing EventRun) {
        var cursor = run.makeCursor()
        while fault == nil, let event = cursor.next() {
            guard event.sequence == sequence else {
                fault = "sequence \(event.sequence) follows \(sequence) events"
                return
            }
            sequence += 1
            if event.header.type == NumberedEvents.type { check(event) }
        }
    }

    private mutating func check(_ event: borrowing EventView) {
        events.fill(&payload, number: count)
        let found = event.payload
        let isEqual = payload.withRawSpan { $0.equals(found) }
        if !isEqual {
            let number = found.byteCount >= 8 ? "\(found.u64(0))" : "none"
            fault = "sequence \(event.sequence) holds event \(number), expected event \(count) with its bytes"
        }
        count += 1
    }
}
