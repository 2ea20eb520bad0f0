/// Walks a sealed segment without its key: block headers, checksums over stored bytes, section checksums.
///
/// The tail is believed: its signature and its place in the manifest were checked.
package struct SealedWalk<File: StorageFile> {
    package let file: File
    package let tail: SegmentTail

    package init(file: File, tail: SegmentTail) {
        self.file = file
        self.tail = tail
    }

    /// One block as its header describes it.
    package struct Block: Sendable {
        package var offset: UInt64
        package var header: BlockHeader
        /// Why its stored bytes are not the ones that were written; nil if they are.
        package var fault: String?
    }

    /// Every damage with the half-open sequences it concerns; nil where those are the whole segment's.
    package func faults(checksSections: Bool) throws(LogStoreError) -> [(Damage, Range<UInt64>?)] {
        var faults: [(Damage, Range<UInt64>?)] = []
        if let stop = try forEachBlock({ block in
            guard let fault = block.fault else { return }
            let first = block.header.firstSequence
            faults.append(
                (
                    Damage(file: file.path, offset: block.offset, fault),
                    first..<first + UInt64(block.header.eventCount)
                ))
        }) {
            faults.append(stop)
        }
        guard checksSections else { return faults }
        for section in tail.sections {
            let crc = try checksum(at: section.fileOffset, section.storedByteCount)
            if crc != section.checksum {
                faults.append(
                    (
                        Damage(
                            file: file.path, offset: section.fileOffset,
                            "CRC of section \(section.kind) is \(section.checksum), its bytes give \(crc)"),
                        nil
                    ))
            }
        }
        return faults
    }

    /// Visits the blocks in order; answers why it could not go on, if so.
    package func forEachBlock(
        _ body: (Block) -> Void
    ) throws(LogStoreError) -> (Damage, Range<UInt64>?)? {
        var offset = UInt64(FileHeader.byteCount)
        for number in 0..<tail.shape.blockCount {
            let expected = tail.shape.sequences(ofBlock: number)
            let rest = expected.lowerBound..<tail.shape.lastSequence + 1
            let bytes = try blockHeader(at: offset)
            let header: BlockHeader
            do throws(DecodingFailure) {
                header = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                    let header = try BlockHeader(decoding: span)
                    guard header.firstSequence == expected.lowerBound, header.eventCount == expected.count,
                        header.ordinal == UInt64(number + 1), header.isEncrypted == tail.isEncrypted,
                        tail.sectionsOffset - offset >= UInt64(header.blockByteCount)
                    else {
                        throw DecodingFailure(
                            "block header of another place: sequence \(header.firstSequence)")
                    }
                    return header
                }
            } catch { return (error.damage(in: file.path, at: offset), rest) }
            let crc = try checksum(at: offset + UInt64(BlockHeader.byteCount), header.storedByteCount)
            let fault =
                crc == header.bodyChecksum
                ? nil : "block body CRC is \(header.bodyChecksum), its bytes give \(crc)"
            body(Block(offset: offset, header: header, fault: fault))
            offset += UInt64(header.blockByteCount)
        }
        guard offset == tail.sectionsOffset else {
            return (
                Damage(file: file.path, offset: offset, "bytes between the last block and the footer"), nil
            )
        }
        return nil
    }

    private func blockHeader(at offset: UInt64) throws(LogStoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        try FilePieces.forEach(of: file, in: offset..<offset + UInt64(BlockHeader.byteCount)) {
            (piece) throws(LogStoreError) in
            bytes += piece.array()
        }
        guard bytes.count == BlockHeader.byteCount else { throw endsInside(offset + UInt64(bytes.count)) }
        return bytes
    }

    private func checksum(at offset: UInt64, _ count: Int) throws(LogStoreError) -> UInt32 {
        let (crc, found) = try FilePieces.checksum(of: file, in: offset..<offset + UInt64(count))
        guard found == UInt64(count) else { throw endsInside(offset + found) }
        return crc
    }

    private func endsInside(_ offset: UInt64) -> LogStoreError {
        .damaged(Damage(file: file.path, offset: offset, "the file ends here"))
    }
}
