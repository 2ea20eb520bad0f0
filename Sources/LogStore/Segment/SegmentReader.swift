/// Reads and decodes the blocks of sealed segments; one per reading thread, reused from file to file.
package struct SegmentReader<File: StorageFile>: ~Copyable {
    private var segment: SegmentFile<File>?
    private var cipher: AEADCipher?
    private var decoder = BlockDecoder()
    private var window: AlignedBuffer
    private var windowOffset: UInt64 = 0
    private var windowCount = 0

    /// - Parameter windowBytes: how much is read at a time; a larger block is read whole.
    package init(windowBytes: Int) { window = AlignedBuffer(byteCount: windowBytes) }

    /// Goes on in another file.
    package mutating func open(_ segment: SegmentFile<File>) {
        if self.segment === segment { return }
        self.segment = segment
        cipher = segment.dataKey.map { AEADCipher(key: $0) }
        windowCount = 0
    }

    /// The events of the block last read.
    package var run: EventRun {
        @_lifetime(borrow self)
        borrowing get { decoder.run }
    }

    /// Reads block `number` of the open segment; afterwards `run` holds its events.
    package mutating func readBlock(_ number: Int) throws(LogStoreError) {
        guard let segment else { invariantViolated("no segment is open") }
        guard segment.hasBlocks else {
            throw .notReadable(
                sequence: segment.tail.shape.sequences(ofBlock: number).lowerBound,
                reason: "segment \(segment.header.fileUUID) is only in the archive")
        }
        let place = segment.footer.blocks.places[number]
        guard try fill(segment, from: place.fileOffset, count: place.byteCount) else {
            throw .damaged(
                Damage(file: segment.path, offset: place.fileOffset, "the file ends inside the block"))
        }
        let start = Int(place.fileOffset - windowOffset)
        let expected = segment.tail.shape.sequences(ofBlock: number)
        do throws(DecodingFailure) {
            try Self.decode(
                window, start..<start + place.byteCount, place, expected.lowerBound, segment, cipher, &decoder
            )
            guard decoder.run.count == expected.count else {
                throw DecodingFailure("block of \(decoder.run.count) events, expected \(expected.count)")
            }
        } catch { throw .damaged(error.damage(in: segment.path, at: place.fileOffset)) }
    }

    private static func decode(
        _ window: borrowing AlignedBuffer, _ range: Range<Int>, _ place: BlockIndex.Place,
        _ firstSequence: UInt64, _ segment: SegmentFile<File>, _ cipher: AEADCipher?,
        _ decoder: inout BlockDecoder
    ) throws(DecodingFailure) {
        try decoder.decode(
            window.bytes.extracting(range), expecting: firstSequence, fileUUID: segment.header.fileUUID,
            fileOffset: place.fileOffset, cipher: cipher)
    }

    private mutating func fill(
        _ segment: SegmentFile<File>, from offset: UInt64, count: Int
    ) throws(LogStoreError) -> Bool {
        if offset >= windowOffset, offset + UInt64(count) <= windowOffset + UInt64(windowCount) {
            return true
        }
        // Whole pages, so that the file may be open past the page cache.
        let page = UInt64(AlignedBuffer.alignment)
        let start = offset / page * page
        let needed = Int((offset + UInt64(count) + page - 1) / page * page - start)
        if window.byteCount < needed { window = AlignedBuffer(byteCount: needed) }
        windowCount = 0
        windowCount = try Self.read(segment.file, at: start, needing: needed, into: &window)
        windowOffset = start
        return offset + UInt64(count) <= start + UInt64(windowCount)
    }

    private static func read(
        _ file: File, at offset: UInt64, needing count: Int, into window: inout AlignedBuffer
    ) throws(LogStoreError) -> Int {
        do { return try file.read(into: &window, at: offset, needing: count) } catch {
            // A read error in a sealed file is treated like a checksum failure: the rest is still served.
            if error.code == ErrorNumber.inputOutput {
                throw .damaged(Damage(file: file.path, offset: offset, "\(error)"))
            }
            throw .storage(error)
        }
    }
}
