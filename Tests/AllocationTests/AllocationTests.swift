import CHoldfastAllocations
import LogStore
import Simulation
import TestSupport
import Testing

/// An event costs no memory allocation on its way in or out.
///
/// Counted on the thread of the test, which takes every step itself, so other tests do not disturb.
@Suite(.enabled(if: holdfast_allocations_are_counted() == 1, "a sanitizer stands in for malloc"))
struct AllocationTests {
    private static let groups = 24
    /// What a frame or block of some hundred events may cost. Debug builds keep temporaries that the
    /// optimizer removes; a cost per event would still be many times this.
    private static let overheadMax: UInt64 = _isDebugAssertConfiguration() ? 12 : 0

    /// Allocations the calling thread makes in `body`.
    private static func count(_ body: () throws -> Void) rethrows -> UInt64 {
        let before = holdfast_allocations_of_thread()
        try body()
        return holdfast_allocations_of_thread() - before
    }

    private static func open(isEncrypted: Bool) throws -> LogStore<SimulatedPlatform, TestIndex> {
        var options = LogOptions()
        options.geometry = .tiny
        options.geometry.walBytes = 4 << 20
        options.geometry.frameBytesMax = 64 << 10
        options.geometry.segmentEventsMax = 1 << 16
        options.runsThreads = false
        if isEncrypted {
            options.keyEncryptionKey = try KeyEncryptionKey(
                text: String(repeating: "0123456789abcdef", count: 4))
        }
        let platform = SimulatedPlatform(
            disk: SimulatedStorage(),
            clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 1)
        return try LogStore.open(
            platform: platform, options: options, index: TestIndex(), time: TestEvents.november)
    }

    /// Groups of events made beforehand: making them is not what is counted.
    private struct Groups: ~Copyable {
        var events: TestEvents

        init(after log: LogStore<SimulatedPlatform, TestIndex>) {
            events = TestEvents(time: log.position.lastTime + 1)
        }

        /// Encodes a group and appends it; returns the allocations of appending.
        mutating func append(
            _ count: Int, to log: LogStore<SimulatedPlatform, TestIndex>
        ) throws -> UInt64 {
            events.make(count)
            return try AllocationTests.count { _ = try log.append(events.buffer) }
        }
    }

    @Test(arguments: [false, true])
    func `appending an event allocates nothing`(isEncrypted: Bool) throws {
        let log = try Self.open(isEncrypted: isEncrypted)
        var groups = Groups(after: log)
        for round in 0..<4 * Self.groups {
            let allocations = try groups.append(round.isMultiple(of: 2) ? 1 : 500, to: log)
            #expect(allocations == 0)
            while try log.parts.commit() {}
        }
    }

    @Test func `encoding an event allocates nothing`() {
        var group = EventBuffer(capacity: 64 << 10)
        let payload = [UInt8](repeating: 7, count: 50)
        let allocations = Self.count {
            for round in 0..<500 {
                _ = payload.withRawSpan {
                    group.append(type: 1, schema: 1, time: UInt64(round + 1), payload: $0)
                }
            }
        }
        #expect(group.count == 500)
        #expect(allocations == 0)
    }

    @Test(arguments: [false, true])
    func `sealing a frame and hashing its events allocates nothing`(isEncrypted: Bool) throws {
        // The simulated disk allocates by the page, so it stays out.
        let key = SecretKey(copying: [UInt8](repeating: 1, count: SecretKey.byteCount))
        let cipher = isEncrypted ? FrameCipher(key: key) : nil
        let tree = LogTree(frontier: MerkleFrontier(), completed: [])
        var frame = FrameBuffer(byteCount: 64 << 10)
        var ciphertext = FrameBuffer(byteCount: 64 << 10)
        var events = TestEvents()
        var (sequence, ordinal) = (UInt64(0), UInt64(1))
        for eventCount in [1000, 1000, 1, 600] {
            events.make(eventCount)
            let allocations = Self.count {
                frame.append(events.buffer.group, at: sequence)
                var header = Self.header(of: frame, ordinal: ordinal, isEncrypted: isEncrypted)
                if let cipher {
                    ciphertext.complete(&header, encrypting: frame, with: cipher)
                } else {
                    frame.complete(&header)
                }
                _ = tree.append(
                    EventRun(unchecked: frame.events, count: eventCount, firstSequence: sequence))
                frame.removeAll()
            }
            // The first two frames warm the tree's memory.
            if ordinal > 2 { #expect(allocations <= Self.overheadMax, "a frame of \(eventCount) events") }
            sequence += UInt64(eventCount)
            ordinal += 1
            tree.forget(below: sequence >> 8)
        }
    }

    private static func header(
        of frame: borrowing FrameBuffer, ordinal: UInt64, isEncrypted: Bool
    ) -> FrameHeader {
        let stored = frame.rawLength + (isEncrypted ? AEADCipher.tagByteCount : 0)
        return FrameHeader(
            kind: .data, isEncrypted: isEncrypted,
            totalLength: FrameHeader.totalLength(storedLength: stored), storedLength: stored,
            rawLength: frame.rawLength, bodyCRC: 0, eventCount: frame.eventCount,
            firstSequence: frame.firstSequence, durableSequence: 0, epoch: 1, ordinal: ordinal, wallTime: 1,
            fileOffset: 4096, previousTotalLength: 0,
            rootBefore: MerkleFrontier.emptyRoot, fileUUID: .zero)
    }

    @Test(arguments: [false, true])
    func `reading an event allocates nothing, and one planted allocation is found`(
        isEncrypted: Bool
    ) throws {
        let counted = try Self.read(isEncrypted: isEncrypted, plants: false)
        #expect(counted.allocations <= 2 * Self.overheadMax, "\(counted)")
        let planted = try Self.read(isEncrypted: isEncrypted, plants: true)
        #expect(planted.events == counted.events)
        #expect(planted.allocations - counted.allocations == planted.events, "\(planted)")
    }

    /// Reads the events of sealed blocks, the buffers warm.
    private static func read(
        isEncrypted: Bool, plants: Bool
    ) throws -> (allocations: UInt64, events: UInt64) {
        let key = SecretKey(copying: [UInt8](repeating: 1, count: SecretKey.byteCount))
        let cipher = isEncrypted ? AEADCipher(key: key) : nil
        var encoder = BlockEncoder()
        var decoder = BlockDecoder()
        var block = [UInt8](repeating: 0, count: 64 << 10)
        var events = TestEvents()
        events.make(256)
        let run = EventRun(unchecked: events.buffer.bytes, count: 256, firstSequence: 0)
        let length = block.withMutableRawSpan {
            encoder.encode(
                run: run, ordinal: 1, fileUUID: .zero, fileOffset: 4096, cipher: cipher, into: &$0)
        }
        var (allocations, read, bytes) = (UInt64(0), UInt64(0), 0)
        for round in 0..<3 {
            var frontier = MerkleFrontier()
            var completed: [Hash256] = []
            completed.reserveCapacity(4)
            let counted = try count {
                try block.withRawSpan { block in
                    try decoder.decode(
                        block.extracting(0..<length), expecting: 0, fileUUID: .zero, fileOffset: 4096,
                        cipher: cipher)
                }
                frontier.append(decoder.run, completed: &completed)
                var cursor = decoder.run.makeCursor()
                while let event = cursor.next() {
                    bytes += plants ? event.bytes.array().count : event.bytes.byteCount
                }
            }
            // The first round warms the decoder's memory.
            if round > 0 {
                allocations += counted
                read += 256
            }
        }
        invariant(bytes > 0, "nothing was read")
        return (allocations, read)
    }
}
