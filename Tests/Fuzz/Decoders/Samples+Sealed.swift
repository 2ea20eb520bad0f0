import LogStore

extension Samples {
    /// Every third event has a key and an amount.
    struct Index: EventIndex {
        static let identifier: UInt64 = 0x6675_7A7A
        static let version: UInt32 = 1

        func describe(_ event: borrowing EventView, into facts: inout EventFacts) {
            guard event.payload.byteCount == 3 else { return }
            facts.addKey(kind: 1, value: event.sequence)
            facts.addTotal(currency: 978, amount: 100)
        }
    }

    static func columns(_ count: Int) throws -> [UInt8] {
        var shuffle = ColumnShuffle()
        var columns: [UInt8] = []
        let length = try withRun(count, firstSequence: 0) { shuffle.shuffle($0, into: &columns) }
        return Array(columns.prefix(length))
    }

    static func block(
        _ codec: BlockHeader.Codec, count: Int, encrypted: Bool = false, firstSequence: UInt64 = 0,
        fileOffset: UInt64 = 4096
    ) throws(DecodingFailure) -> [UInt8] {
        var encoder = BlockEncoder(codec: codec)
        let cipher = encrypted ? AEADCipher(key: secret) : nil
        var block: [UInt8] = []
        try withRun(count, firstSequence: firstSequence) { run in
            block = [UInt8](
                repeating: 0, count: BlockEncoder.blockByteCountMax(rawByteCount: run.bytes.byteCount))
            let length = block.withMutableRawSpan {
                encoder.encode(
                    run: run, ordinal: 1, fileUUID: fileUUID, fileOffset: fileOffset, cipher: cipher,
                    into: &$0)
            }
            block.removeLast(block.count - length)
        }
        return block
    }

    /// The tree before the sample segment, of `size` leaves.
    static func tree(_ size: UInt64) -> MerkleFrontier {
        var frontier = MerkleFrontier()
        for number in 0..<size { frontier.append(leaf: Hash256(words: (number, 0, 0, 0))) }
        return frontier
    }

    static func frontier(_ size: Int) -> [UInt8] {
        let frontier = tree(UInt64(size))
        var bytes = [UInt8](repeating: 0, count: frontier.encodedByteCount)
        bytes.withMutableRawSpan { frontier.write(to: &$0, at: 0) }
        return bytes
    }

    static func controlTotals(_ rows: Int) -> [UInt8] {
        var totals = ControlTotals()
        for row in 0..<rows {
            totals.countEvent(time: november + UInt64(row))
            totals.add(type: UInt16(row / 2), currency: UInt16(row % 2 * 978), amount: Int64(row) * -1000)
        }
        var bytes = [UInt8](repeating: 0, count: totals.encodedByteCount)
        bytes.withMutableRawSpan { totals.encode(into: &$0) }
        return bytes
    }

    /// A segment of 266 events from sequence 250: the end of one tile, and the whole next but 2 events over.
    static func segment(encrypted: Bool) throws(DecodingFailure) -> (footer: [UInt8], tail: SegmentTail) {
        let cipher = encrypted ? AEADCipher(key: secret) : nil
        var builder = SegmentFooterBuilder(index: Index())
        builder.begin(fileUUID: fileUUID, frontier: tree(250))
        let bytes = events(266)
        let all = split(bytes)
        for range in [0..<6, 6..<262, 262..<266] {
            let part = all[range].flatMap { $0 }
            try part.withRawSpan { (span) throws(DecodingFailure) in
                let run = try EventRun(
                    validating: span, count: range.count, firstSequence: 250 + UInt64(range.lowerBound))
                builder.add(run, blockByteCount: 64 + span.byteCount / 2)
            }
        }
        let source = SegmentProvenance.Source(fileUUID: uuid(1), firstSequence: 250, lastSequence: 515)
        var sections: [UInt8] = []
        let table = builder.encodeSections(
            provenance: SegmentProvenance(sealerVersion: 1, sources: [source]), cipher: cipher,
            into: &sections)
        var tail = builder.makeTail(
            sections: table, ledgerUUID: ledger, fileHash: hash(15), isEncrypted: encrypted)
        var end = [UInt8](repeating: 0, count: SegmentTail.byteCount)
        end.withMutableRawSpan { tail.encode(into: &$0) { _ in [UInt8](repeating: 0x5A, count: 64) } }
        return (sections + end, tail)
    }

    /// Some sections of the sample segment, then its tail.
    static func section(_ kinds: [SegmentSection.Kind]) throws(DecodingFailure) -> [UInt8] {
        let (footer, tail) = try segment(encrypted: false)
        let plain = kinds.flatMap { kind in
            let section = tail.section(kind)
            let start = Int(section.fileOffset - tail.sectionsOffset)
            return Array(footer[start..<start + section.storedByteCount])
        }
        return plain + footer.suffix(SegmentTail.byteCount)
    }
}
