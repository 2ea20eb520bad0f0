import Ledger
import Protocol
import Simulation
import Testing

@Suite struct FrameTests {
    private static let lengthMax = 1_000

    static func frame(_ type: MessageType, request: UInt64, body: [UInt8]) -> [UInt8] {
        var buffer = WireBuffer(capacity: 64)
        let start = buffer.beginFrame()
        buffer.put(body)
        buffer.endFrame(start, type, request: request)
        return buffer.array
    }

    private static func scan(_ bytes: [UInt8]) -> Result<FrameScan, FrameError> {
        do throws(FrameError) {
            return .success(try unsafe FrameScan.first(in: bytes.span.bytes, lengthMax: lengthMax))
        } catch { return .failure(error) }
    }

    @Test func `a frame is whole only with its last byte`() {
        for length in [0, 1, 7, 100] {
            let bytes = Self.frame(.ping, request: 9, body: [UInt8](repeating: 3, count: length))
            for count in 0..<bytes.count {
                let needed = count < MessageHeader.byteCount ? MessageHeader.byteCount : bytes.count
                #expect(Self.scan(Array(bytes[..<count])) == .success(.partial(needed: needed)))
            }
            guard case .success(.whole(let header)) = Self.scan(bytes + [1, 2, 3]) else {
                Issue.record("no frame of \(length) bytes")
                continue
            }
            #expect(header.type == .ping && header.request == 9 && Int(header.length) == length)
        }
    }

    @Test func `every flipped bit is found`() {
        let bytes = Self.frame(.commands, request: 77, body: Array(0..<40))
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                let expected: FrameError =
                    index < MessageHeader.byteCount ? .headerDamaged : .bodyDamaged(request: 77)
                #expect(Self.scan(damaged) == .failure(expected))
            }
        }
    }

    @Test func `a length is checked before anything waits for it`() {
        let long = Self.frame(.ping, request: 5, body: [UInt8](repeating: 0, count: Self.lengthMax + 1))
        #expect(Self.scan(Array(long[..<24])) == .failure(.tooLong(1_001, request: 5)))
        let most = Self.frame(.ping, request: 5, body: [UInt8](repeating: 0, count: Self.lengthMax))
        #expect(Self.scan(Array(most[..<24])) == .success(.partial(needed: 1_024)))
    }

    @Test func `types and flags nobody knows are told with the request`() {
        var buffer = WireBuffer()
        buffer.endFrame(buffer.beginFrame(), .ping, request: 6, flags: MessageFlags(rawValue: 2))
        #expect(Self.scan(buffer.array) == .failure(.unknownFlags(2, request: 6)))
        for number in 0...UInt16.max where MessageType(rawValue: number) == nil {
            var bytes = Self.frame(.ping, request: 6, body: [])
            bytes[4] = UInt8(number & 0xFF)
            bytes[5] = UInt8(number >> 8)
            Self.sealHeader(&bytes)
            #expect(Self.scan(bytes) == .failure(.unknownType(number, request: 6)))
        }
    }

    /// Gives a header that was changed its checksum.
    private static func sealHeader(_ bytes: inout [UInt8]) {
        let crc = unsafe WireChecksum.of(bytes.span.bytes.extracting(0..<20))
        for index in 0..<4 { bytes[20 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index)) }
    }

    @Test func `no bytes stop the process`() {
        var random = SeededRandom(seed: 21)
        let bytes = Self.frame(.commands, request: 1, body: Array(0..<60))
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0..<random.next() % 4 {
                damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 2 == 0 { Self.sealHeader(&damaged) }
            _ = Self.scan(Array(damaged.prefix(Int(random.next() % 90))))
        }
    }

    @Test func `a buffer grows without losing what is in it`() {
        var buffer = WireBuffer(capacity: 1)
        for number in 0..<1_000 as Range<UInt64> { buffer.put(number) }
        var cursor = WireCursor(buffer.bytes)
        var isEqual = true
        for number in 0..<1_000 as Range<UInt64> {
            do { isEqual = try cursor.u64("number") == number && isEqual } catch { isEqual = false }
        }
        #expect(isEqual)
    }
}

extension WireBuffer {
    /// A copy of the bytes.
    var array: [UInt8] {
        var cursor = WireCursor(bytes)
        do { return try cursor.array("all", count: count) } catch { return [] }
    }
}
