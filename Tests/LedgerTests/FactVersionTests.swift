import Ledger
import Testing

/// Older versions of facts, told with some that never were: they come in by the seam that released ones
/// stand in, and are read by the decoder that reads the log.
@Suite struct FactVersionTests {
    /// A capture that failed as its three versions say it: a number, a text, and whether more is to be done.
    private static let meaning: Fact = {
        var body = CaptureFailed()
        body.capture = CaptureID(raw: 0x0102_0304)
        body.responseCode = Text("51") ?? Text()
        return .captureFailed(body)
    }()

    /// An event with context and legs, and the fields of a version in place of today's.
    private static func bytes(_ body: some Fielded, version: UInt8) -> EventBytes {
        var bytes = EventBytes(event(.attemptNotFound(AttemptNotFound())))
        var writer = ByteWriter()
        var nothing = AttemptNotFound()
        nothing.visitFields(&writer)
        bytes.payload.removeLast(writer.bytes.count)
        writer.bytes = []
        var body = body
        body.visitFields(&writer)
        bytes.payload += writer.bytes
        bytes.type = FactType.captureFailed.rawValue
        bytes.schema = version
        return bytes
    }

    private static func event(_ fact: Fact) -> Event {
        var drawer = FieldDrawer(seed: 5)
        var event = Event(
            sequence: SequenceNumber(raw: 1), time: LedgerTime(nanoseconds: 1), fact: fact)
        event.context.merchant = MerchantID(raw: 5)
        event.context.key = Hash128(low: 1, high: 2)
        while event.legs.count == 0 { event.legs = drawer.legs() }
        return event
    }

    private static var first: CaptureFailedV1 {
        var body = CaptureFailedV1()
        (body.capture, body.code) = (CaptureID(raw: 0x0102_0304), 51)
        return body
    }

    private static func problem<Versions: FactVersions>(
        _ bytes: EventBytes, _ versions: Versions.Type
    ) -> String? {
        do throws(EventFormatError) {
            _ = try bytes.event(versions: versions)
            return nil
        } catch { return error.description }
    }

    @Test func `each version is read as the same event`() throws {
        let expected = Self.event(Self.meaning)
        guard case .captureFailed(let today) = Self.meaning else { return }
        let first = Self.bytes(Self.first, version: 1)
        let second = Self.bytes(Self.first.upcast, version: 2)
        let third = Self.bytes(today, version: 3)
        #expect(Set([first, second, third].map(\.payload.count)).count == 3)
        #expect(try first.event(versions: MadeUpVersions.self) == expected)
        #expect(try second.event(versions: MadeUpVersions.self) == expected)
        #expect(try third.event(versions: MadeUpVersions.self) == expected)
    }

    @Test func `a version that never was is refused`() {
        for version: UInt8 in [0, 4, 255] {
            #expect(
                Self.problem(Self.bytes(Self.first, version: version), MadeUpVersions.self)
                    == "captureFailed.schema: is \(version); what is known goes from 1 to 3")
        }
        // Released code knows one, and takes no older one's bytes for it.
        #expect(Self.problem(Self.bytes(Self.first, version: 1), ReleasedVersions.self) != nil)
        #expect(
            Self.problem(Self.bytes(Self.first, version: 2), ReleasedVersions.self)
                == "captureFailed.schema: is 2; what is known goes from 1 to 1")
    }

    @Test func `a version whose decoder was forgotten is refused`() {
        var bytes = EventBytes(Self.event(.captureUnknown(CaptureUnknown())))
        #expect(bytes.schema == 1)
        #expect(
            Self.problem(bytes, MadeUpVersions.self)
                == "captureUnknown.schema: is 1; what is known goes from 1 to 2")
        bytes.schema = 2
        #expect(Self.problem(bytes, MadeUpVersions.self) == nil)
    }

    @Test func `the fields of an older version are checked like any`() {
        let good = Self.bytes(Self.first, version: 1)
        var cut = good
        cut.payload.removeLast()
        let problem = Self.problem(cut, MadeUpVersions.self)
        #expect(problem?.hasPrefix("captureFailed.code: needs 1 bytes") == true)
        var long = good
        long.payload.append(0)
        #expect(Self.problem(long, MadeUpVersions.self) == "captureFailed: 1 bytes too many")
        var flagged = good
        flagged.flags = 0
        #expect(Self.problem(flagged, MadeUpVersions.self) != nil)
    }

    @Test(arguments: FactType.allCases)
    func `the decoders of released versions have no gap`(_ type: FactType) throws {
        #expect(type.schema >= 1)
        for version in 1..<type.schema {
            var empty = EmptyReader()
            #expect(ReleasedVersions.readOlder(version, of: type, from: &empty)?.type == type)
        }
    }
}

/// Versions that might have been: three of one fact, and two of another of which one was forgotten.
enum MadeUpVersions: FactVersions {
    static func newest(of type: FactType) -> UInt8 {
        switch type {
        case .captureFailed: 3
        case .captureUnknown: 2
        default: ReleasedVersions.newest(of: type)
        }
    }

    static func readOlder<Reader: FieldVisitor & ~Copyable & ~Escapable>(
        _ version: UInt8, of type: FactType, from reader: inout Reader
    ) throws(Reader.Failure) -> Fact? {
        switch (type, version) {
        case (.captureFailed, 1): .captureFailed(try CaptureFailedV1(from: &reader).upcast.upcast)
        case (.captureFailed, 2): .captureFailed(try CaptureFailedV2(from: &reader).upcast)
        default: nil
        }
    }
}

/// Made up: response codes were numbers once.
struct CaptureFailedV1: OlderBody {
    var capture: CaptureID = .none
    /// 0 … 99.
    var code: UInt8 = 0

    mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.field("code", &code)
    }

    var upcast: CaptureFailedV2 {
        var next = CaptureFailedV2()
        next.capture = capture
        for digit in [code / 10 % 10, code % 10] { _ = next.responseCode.append(0x30 + digit) }
        return next
    }
}

/// Made up: nothing was undone at acquirers once.
struct CaptureFailedV2: OlderBody {
    var capture: CaptureID = .none
    var responseCode = Text<4>()

    mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("capture", &capture)
        try visitor.text("responseCode", &responseCode)
    }

    var upcast: CaptureFailed {
        var next = CaptureFailed()
        (next.capture, next.responseCode) = (capture, responseCode)
        return next
    }
}

/// Writes fields as events have them; not with the codec's own writer.
private struct ByteWriter: FieldVisitor {
    var bytes: [UInt8] = []

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        for shift in stride(from: 0, to: Value.Bits.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.fieldBits >> Value.Bits(shift)))
        }
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        bytes.append(value.count)
        for index in 0..<Int(value.count) { bytes.append(value[index]) }
    }
}

/// Leaves every field empty.
private struct EmptyReader: FieldVisitor {
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {}
    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {}
}
