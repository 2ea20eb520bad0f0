/// An opened sealed segment: header and tail checked, footer read when first asked for.
///
/// Immutable once open; shared by readers. What decrypts and decodes belongs to each reader
/// (`SegmentReader`).
package final class SegmentFile<File: StorageFile>: Sendable {
    package let file: File
    package let path: StoragePath
    package let header: FileHeader
    package let tail: SegmentTail
    package let footer: SegmentFooter
    /// nil if the file is not encrypted.
    package let dataKey: SecretKey?
    /// The blocks are here, not only header, footer and tail.
    package let hasBlocks: Bool

    /// Opens a segment, or the stub an evicted one leaves, and checks everything but its blocks: size,
    /// header, tail, signature, footer.
    ///
    /// - Parameter entry: what the manifest says of it, if it is listed.
    package init<Disk: Storage>(
        disk: Disk, path: StoragePath, entry: PartitionManifest.Entry?, ledger: LogUUID,
        verifyingKey: VerifyingKey, encryption: LogEncryption, mode: OpenMode = .read
    ) throws(LogStoreError) where Disk.File == File {
        self.path = path
        file = try onDisk { () throws(StorageError) in try disk.open(path, mode) }
        hasBlocks = entry?.isLocal ?? true
        tail = try Self.readTail(
            file, path, entry: entry, ledger: ledger, verifyingKey: verifyingKey, hasBlocks: hasBlocks)
        header = try Self.readHeader(file, path, tail)
        let header = header
        dataKey = try header.wrappedDataKey.withRawSpan { (wrapped) throws(LogStoreError) in
            try encryption.dataKey(monthKeyID: header.monthKeyID, wrapped: wrapped, file: path)
        }
        footer = try Self.readFooter(
            file, path, at: hasBlocks ? tail.sectionsOffset : UInt64(FileHeader.byteCount), tail, dataKey)
    }

    package var sequences: Range<UInt64> { tail.shape.firstSequence..<tail.shape.lastSequence + 1 }

    /// Size, tail and signature: what can be checked without keys, in one read.
    package static func readTail(
        _ file: File, _ path: StoragePath, entry: PartitionManifest.Entry?, ledger: LogUUID,
        verifyingKey: VerifyingKey, hasBlocks: Bool = true
    ) throws(LogStoreError) -> SegmentTail {
        let size = try onDisk { () throws(StorageError) in try file.size() }
        guard size >= UInt64(FileHeader.byteCount + SegmentTail.byteCount),
            !hasBlocks || entry.map({ $0.byteCount == size }) ?? true
        else {
            let expected = entry.map { "\($0.byteCount)" } ?? "more"
            throw .damaged(Damage(file: path, offset: 0, "\(size) bytes, expected \(expected)"))
        }
        let offset = size - UInt64(SegmentTail.byteCount)
        let bytes = try read(file, at: offset, SegmentTail.byteCount)
        do throws(DecodingFailure) {
            let tail = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try SegmentTail(decoding: span)
            }
            guard
                verifyingKey.isValid(
                    signature: tail.signature, of: Array(bytes[0..<SegmentTail.signedByteCount]))
            else { throw DecodingFailure("the signature of the segment tail is not valid") }
            let blocksMissing = hasBlocks ? 0 : tail.sectionsOffset - UInt64(FileHeader.byteCount)
            guard tail.tailOffset == offset + blocksMissing, tail.ledgerUUID == ledger else {
                throw DecodingFailure(
                    "the segment tail is of ledger \(tail.ledgerUUID) at \(tail.tailOffset)")
            }
            if let entry, let fault = tail.fault(against: entry) { throw DecodingFailure(fault) }
            return tail
        } catch { throw LogStoreError.damaged(error.damage(in: path, at: offset)) }
    }

    private static func readHeader(
        _ file: File, _ path: StoragePath, _ tail: SegmentTail
    ) throws(LogStoreError) -> FileHeader {
        let bytes = try read(file, at: 0, FileHeader.byteCount)
        do throws(DecodingFailure) {
            let header = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try FileHeader(decoding: span)
            }
            guard header.kind == .segment, header.fileUUID == tail.fileUUID,
                header.ledgerUUID == tail.ledgerUUID, header.firstSequence == tail.shape.firstSequence,
                header.rootAtFirst == tail.rootBefore, header.isEncrypted == tail.isEncrypted
            else { throw DecodingFailure("file header and segment tail disagree") }
            return header
        } catch { throw LogStoreError.damaged(error.damage(in: path, at: 0)) }
    }

    private static func readFooter(
        _ file: File, _ path: StoragePath, at offset: UInt64, _ tail: SegmentTail, _ dataKey: SecretKey?
    ) throws(LogStoreError) -> SegmentFooter {
        // Bounded by the file's size, which the tail's own offset was checked against; nothing cannot be
        // read.
        guard tail.tailOffset > tail.sectionsOffset else {
            throw .damaged(Damage(file: path, offset: offset, "the footer's sections are empty"))
        }
        let bytes = try read(file, at: offset, Int(tail.tailOffset - tail.sectionsOffset))
        do throws(DecodingFailure) {
            return try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try SegmentFooter(decoding: span, tail: tail, cipher: dataKey.map { AEADCipher(key: $0) })
            }
        } catch {
            if error.isAuthenticationFailure { throw LogStoreError.wrongKey("\(path): \(error)") }
            throw LogStoreError.damaged(error.damage(in: path, at: offset))
        }
    }

    private static func read(_ file: File, at offset: UInt64, _ count: Int) throws(LogStoreError) -> [UInt8] {
        // Whole pages, so that the file may be open past the page cache.
        let page = UInt64(AlignedBuffer.alignment)
        let start = offset / page * page
        let end = (offset + UInt64(count) + page - 1) / page * page
        var buffer = AlignedBuffer(byteCount: Int(end - start))
        var target = buffer.mutableBytes
        let got: Int
        do { got = try file.read(into: &target, at: start) } catch { throw .storage(error) }
        let wanted = Int(offset - start)..<Int(offset - start) + count
        guard got >= wanted.upperBound else {
            throw .damaged(Damage(file: file.path, offset: offset, "the file ends inside \(count) bytes"))
        }
        return buffer.bytes.extracting(wanted).array()
    }
}

extension SegmentTail {
    /// What contradicts the manifest's entry, if anything.
    func fault(against entry: PartitionManifest.Entry) -> String? {
        if fileUUID != entry.uuid { return "the segment is \(fileUUID), listed is \(entry.uuid)" }
        if shape.firstSequence != entry.sequences.lowerBound
            || shape.lastSequence + 1 != entry.sequences.upperBound
        {
            return
                "the segment holds \(shape.firstSequence)...\(shape.lastSequence), listed is \(entry.sequences)"
        }
        if rootBefore != entry.rootBefore || rootAfter != entry.rootAfter {
            return "the roots of the segment are not the listed ones"
        }
        if firstTime != entry.firstTime || lastTime != entry.lastTime {
            return "the times of the segment are not the listed ones"
        }
        return nil
    }
}
