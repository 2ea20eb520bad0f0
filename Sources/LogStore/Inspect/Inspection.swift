/// What stands in one file, field by field, whether it is whole or not: for people, for JSON, for tests.
package struct Inspection: Sendable, Equatable {
    package var file: StoragePath
    package var kind: Kind
    package var byteCount: UInt64
    package var parts: [Part] = []

    package enum Kind: String, Sendable {
        case superblock, watermark, wal, segment, snapshot, manifest, statement, checkpoint, scrub, tile,
            keyring, grant
        case quarantine, temporary, lock, signingKey, unknown
    }

    /// One structure in the file.
    package struct Part: Sendable, Equatable {
        package var name: String
        package var offset: UInt64
        package var byteCount: UInt64
        /// Why it is not valid; nil if it is.
        package var fault: String?
        package var fields: [Field] = []

        package init(_ name: String, at offset: UInt64, _ byteCount: UInt64, fault: String? = nil) {
            self.name = name
            self.offset = offset
            self.byteCount = byteCount
            self.fault = fault
        }

        package subscript(name: String) -> Value? { fields.first { $0.name == name }?.value }

        mutating func number(_ name: String, _ value: UInt64) {
            fields.append(Field(name: name, value: .number(value)))
        }
        mutating func text(_ name: String, _ value: some CustomStringConvertible) {
            fields.append(Field(name: name, value: .text(value.description)))
        }
        mutating func flag(_ name: String, _ value: Bool) {
            fields.append(Field(name: name, value: .flag(value)))
        }
    }

    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: Value
    }

    package enum Value: Sendable, Equatable {
        case number(UInt64)
        case text(String)
        case flag(Bool)
    }

    package init(file: StoragePath, kind: Kind, byteCount: UInt64) {
        self.file = file
        self.kind = kind
        self.byteCount = byteCount
    }

    /// Parts that are not valid.
    package var faults: [Damage] {
        parts.compactMap { part in
            part.fault.map { Damage(file: file, offset: part.offset, "\(part.name): \($0)") }
        }
    }
}

extension Inspection.Part {
    mutating func describe(_ header: FileHeader) {
        text("kind", "\(header.kind)")
        text("file", header.fileUUID)
        text("ledger", header.ledgerUUID)
        number("shard", UInt64(header.shard))
        text("month", Month(number: header.partition).map(\.description) ?? "none")
        number("first sequence", header.firstSequence)
        number("epoch", header.epoch)
        number("created", header.createdTime)
        text("previous file", header.previousFileUUID)
        text("root at first", header.rootAtFirst)
        text("month key", header.monthKeyID)
        flag("encrypted", header.isEncrypted)
        number("codec", UInt64(header.codec))
        number("alignment", UInt64(header.alignment))
        number("preallocated bytes", header.preallocatedBytes)
    }

    mutating func describe(_ superblock: Superblock) {
        number("sequence", superblock.sequence)
        text("ledger", superblock.ledger)
        text("node", superblock.node)
        number("shard", UInt64(superblock.shard))
        number("incarnation", superblock.incarnation)
        number("durable sequence", superblock.durableSequence)
        number("epoch", superblock.epoch)
        text("root", superblock.root)
        number("keyring generation", superblock.keyringGeneration)
        flag("clean shutdown", superblock.isClean)
        text("standing", "\(superblock.standing)")
        text("verifying key", LogIdentity(superblock).verifyingKey)
        number("months chained", UInt64(superblock.partitions.chainedCount))
        for entry in superblock.partitions.recent {
            text("month \(entry.month)", "generation \(entry.generation), PARTITION \(entry.hash)")
        }
    }

    mutating func describe(_ slot: WatermarkSlot) {
        number("counter", slot.counter)
        number("durable sequence", slot.durableSequence)
        text("file", slot.fileUUID)
        number("end offset", slot.endOffset)
        number("epoch", slot.epoch)
        text("root", slot.root)
        text("ledger", slot.ledger)
    }

    mutating func describe(_ frame: FrameHeader) {
        text("type", frame.kind == .data ? "data" : "idle marker")
        number("first sequence", frame.firstSequence)
        number("events", UInt64(frame.eventCount))
        number("durable sequence", frame.durableSequence)
        number("stored bytes", UInt64(frame.storedLength))
        number("raw bytes", UInt64(frame.rawLength))
        flag("encrypted", frame.isEncrypted)
        number("ordinal", frame.ordinal)
        number("wall time", frame.wallTime)
        text("root before", frame.rootBefore)
    }

    mutating func describe(_ tail: SegmentTail) {
        text("file", tail.fileUUID)
        text("ledger", tail.ledgerUUID)
        number("first sequence", tail.shape.firstSequence)
        number("last sequence", tail.shape.lastSequence)
        number("blocks", UInt64(tail.shape.blockCount))
        number("first time", tail.firstTime)
        number("last time", tail.lastTime)
        text("root before", tail.rootBefore)
        text("root after", tail.rootAfter)
        text("file hash", tail.fileHash)
        flag("encrypted", tail.isEncrypted)
        text("index", "\(hexadecimal(tail.indexIdentifier)) version \(tail.indexVersion)")
    }

    mutating func describe(_ entry: PartitionManifest.Entry) {
        text("file", entry.uuid)
        number("first sequence", entry.sequences.lowerBound)
        number("end sequence", entry.sequences.upperBound)
        number("first time", entry.firstTime)
        number("last time", entry.lastTime)
        number("bytes", entry.byteCount)
        text("file hash", entry.fileHash)
        text("root before", entry.rootBefore)
        text("root after", entry.rootAfter)
        flag("archived", entry.isArchived)
        flag("local", entry.isLocal)
        number("created", entry.createdTime)
    }
}
