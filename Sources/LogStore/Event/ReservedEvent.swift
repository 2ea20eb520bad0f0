/// LogStore's own acts, as events of reserved types: they have a sequence and a leaf, so neither sealing nor
/// an operator can make them vanish.
///
/// Payloads are fixed-size and little-endian; the layouts stand at the cases. Schema version 1.
package enum ReservedEvent: Sendable, Equatable {
    /// The first event of every process: incarnation 8 · epoch 8 · recovered sequence 8 · root there 32 ·
    /// operator decided 1 · count of cuts 1 · zero 6 · cuts of 72 bytes each (`RecordedCut`).
    case epochStart(EpochStart)
    /// The last event of an orderly end: incarnation 8.
    case cleanEnd(incarnation: UInt64)
    /// A new keyring generation is in force: generation 8 · KEK id 16.
    case keyringWritten(generation: UInt64, keyID: LogUUID)
    /// A segment is listed: month 4 · zero 4 · UUID 16 · first sequence 8 · end sequence 8 · file SHA-256 32
    /// · root after 32.
    case segmentSealed(SealedRange)
    /// A checkpoint was signed: tree size 8 · root 32.
    case checkpointSigned(size: UInt64, root: Hash256)
    /// A month was closed: month 4 · zero 4 · end sequence 8 · root 32 · SHA-256 of CLOSE 32.
    case monthClosed(month: Month, endSequence: UInt64, root: Hash256, statement: Hash256)
    /// Local copies of a month's segments were given up after the archive confirmed them: month 4 · count 4 ·
    /// manifest generation 8.
    case monthEvicted(month: Month, segmentCount: UInt32, generation: UInt64)
    /// The events before this one are another ledger's, restored; this ledger goes on from them alone: parent
    /// UUID 16 · size 8, which is the event's own sequence · root there 32.
    case forked(parent: LogUUID, TreePoint)

    package struct EpochStart: Sendable, Equatable {
        package var incarnation: UInt64
        package var epoch: UInt64
        package var recoveredSequence: UInt64
        package var root: Hash256
        package var isOperatorDecision: Bool
        package var cuts: [RecordedCut]

        package init(
            incarnation: UInt64, epoch: UInt64, recoveredSequence: UInt64, root: Hash256,
            isOperatorDecision: Bool, cuts: [RecordedCut]
        ) {
            self.incarnation = incarnation
            self.epoch = epoch
            self.recoveredSequence = recoveredSequence
            self.root = root
            self.isOperatorDecision = isOperatorDecision
            self.cuts = cuts
        }
    }

    /// Bytes that recovery did not accept: file UUID 16 · offset 8 · length 8 · SHA-256 32 · first sequence
    /// that would have followed 8.
    package struct RecordedCut: Sendable, Equatable {
        package var fileUUID: LogUUID
        package var offset: UInt64
        package var length: UInt64
        package var hash: Hash256
        package var sequence: UInt64
        package static let byteCount = 72

        package init(fileUUID: LogUUID, offset: UInt64, length: UInt64, hash: Hash256, sequence: UInt64) {
            self.fileUUID = fileUUID
            self.offset = offset
            self.length = length
            self.hash = hash
            self.sequence = sequence
        }
    }

    package struct SealedRange: Sendable, Equatable {
        package var month: Month
        package var uuid: LogUUID
        package var sequences: Range<UInt64>
        package var fileHash: Hash256
        package var rootAfter: Hash256

        package init(
            month: Month, uuid: LogUUID, sequences: Range<UInt64>, fileHash: Hash256, rootAfter: Hash256
        ) {
            self.month = month
            self.uuid = uuid
            self.sequences = sequences
            self.fileHash = fileHash
            self.rootAfter = rootAfter
        }
    }

    package static let schema: UInt8 = 1
    /// An epoch start names at most this many cuts; recovery finds at most one per file since the last one.
    package static let cutsMax = 64

    /// The event's type number.
    package var type: UInt16 {
        switch self {
        case .epochStart: 0xFF01
        case .cleanEnd: 0xFF02
        case .keyringWritten: 0xFF03
        case .segmentSealed: 0xFF04
        case .checkpointSigned: 0xFF05
        case .monthClosed: 0xFF06
        case .monthEvicted: 0xFF07
        case .forked: 0xFF08
        }
    }

    package var payload: [UInt8] {
        var out = ByteWriter()
        switch self {
        case .epochStart(let start):
            out.u64(start.incarnation)
            out.u64(start.epoch)
            out.u64(start.recoveredSequence)
            out.hash(start.root)
            out.u8(start.isOperatorDecision ? 1 : 0)
            out.u8(UInt8(start.cuts.count))
            out.zeros(6)
            for cut in start.cuts {
                out.uuid(cut.fileUUID)
                out.u64(cut.offset)
                out.u64(cut.length)
                out.hash(cut.hash)
                out.u64(cut.sequence)
            }
        case .cleanEnd(let incarnation):
            out.u64(incarnation)
        case .keyringWritten(let generation, let keyID):
            out.u64(generation)
            out.uuid(keyID)
        case .segmentSealed(let range):
            out.u32(range.month.number)
            out.zeros(4)
            out.uuid(range.uuid)
            out.u64(range.sequences.lowerBound)
            out.u64(range.sequences.upperBound)
            out.hash(range.fileHash)
            out.hash(range.rootAfter)
        case .checkpointSigned(let size, let root):
            out.u64(size)
            out.hash(root)
        case .monthClosed(let month, let endSequence, let root, let statement):
            out.u32(month.number)
            out.zeros(4)
            out.u64(endSequence)
            out.hash(root)
            out.hash(statement)
        case .monthEvicted(let month, let segmentCount, let generation):
            out.u32(month.number)
            out.u32(segmentCount)
            out.u64(generation)
        case .forked(let parent, let point):
            out.uuid(parent)
            out.u64(point.size)
            out.hash(point.root)
        }
        return out.bytes
    }

    /// Decodes an event of a reserved type; nil for the caller's own types.
    package init?(_ event: borrowing EventView) throws(DecodingFailure) {
        let header = event.header
        guard header.type >= EventHeader.reservedTypeMin else { return nil }
        guard header.schema == Self.schema else {
            throw DecodingFailure("reserved event \(header.type) has schema \(header.schema)")
        }
        var input = ByteReader(event.payload, "reserved event \(header.type)")
        self = try Self.decode(type: header.type, from: &input)
        try input.expectEnd()
    }

    private static func decode(
        type: UInt16, from input: inout ByteReader
    ) throws(DecodingFailure) -> ReservedEvent {
        switch type {
        case 0xFF01: return .epochStart(try decodeEpochStart(from: &input))
        case 0xFF02: return .cleanEnd(incarnation: try input.u64())
        case 0xFF03: return .keyringWritten(generation: try input.u64(), keyID: try input.uuid())
        case 0xFF04:
            let month = try input.month()
            try input.zeros(4)
            let uuid = try input.uuid()
            let first = try input.u64()
            let end = try input.u64()
            guard first < end else { throw DecodingFailure("sealed range \(first)..<\(end)") }
            return .segmentSealed(
                SealedRange(
                    month: month, uuid: uuid, sequences: first..<end, fileHash: try input.hash(),
                    rootAfter: try input.hash()))
        case 0xFF05: return .checkpointSigned(size: try input.u64(), root: try input.hash())
        case 0xFF06:
            let month = try input.month()
            try input.zeros(4)
            return .monthClosed(
                month: month, endSequence: try input.u64(), root: try input.hash(),
                statement: try input.hash())
        case 0xFF07:
            return .monthEvicted(
                month: try input.month(), segmentCount: try input.u32(), generation: try input.u64())
        case 0xFF08:
            return .forked(
                parent: try input.uuid(), TreePoint(size: try input.u64(), root: try input.hash()))
        default: throw DecodingFailure("unknown reserved event type \(type)")
        }
    }

    private static func decodeEpochStart(
        from input: inout ByteReader
    ) throws(DecodingFailure) -> EpochStart {
        var start = EpochStart(
            incarnation: try input.u64(), epoch: try input.u64(), recoveredSequence: try input.u64(),
            root: try input.hash(), isOperatorDecision: false, cuts: [])
        let decision = try input.u8()
        guard decision <= 1 else { throw DecodingFailure("epoch start with decision \(decision)") }
        start.isOperatorDecision = decision == 1
        let count = Int(try input.u8())
        guard count <= cutsMax else { throw DecodingFailure("epoch start with \(count) cuts") }
        try input.zeros(6)
        for _ in 0..<count {
            start.cuts.append(
                RecordedCut(
                    fileUUID: try input.uuid(), offset: try input.u64(), length: try input.u64(),
                    hash: try input.hash(), sequence: try input.u64()))
        }
        return start
    }
}
