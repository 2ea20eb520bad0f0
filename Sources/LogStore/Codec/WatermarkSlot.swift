/// What is proved durable, written every 100 ms at most: one of two 4096-byte slots, used alternately.
///
///     0    8  magic "HFWMARK1"
///     8    4  CRC-32C of all 4096 bytes with this field zero
///     12   4  format version, 1
///     16   8  counter: +1 each writing; the durable sequence never decreases with it
///     24   8  durable sequence (count)
///     32  16  UUID of the write-ahead file that holds its end
///     48   8  end offset in that file
///     56   8  epoch
///     64  32  Merkle root at the durable sequence
///     96  16  ledger UUID
///     112  …  zero
package struct WatermarkSlot: Sendable, Equatable {
    package var counter: UInt64
    package var durableSequence: UInt64
    package var fileUUID: LogUUID
    package var endOffset: UInt64
    package var epoch: UInt64
    package var root: Hash256
    package var ledger: LogUUID

    package static let byteCount = 4096
    package static let slotCount = 2
    private static let magic: UInt64 = 0x314B_5241_4D57_4648  // "HFWMARK1"

    package init(
        counter: UInt64, durableSequence: UInt64, fileUUID: LogUUID, endOffset: UInt64, epoch: UInt64,
        root: Hash256, ledger: LogUUID
    ) {
        self.counter = counter
        self.durableSequence = durableSequence
        self.fileUUID = fileUUID
        self.endOffset = endOffset
        self.epoch = epoch
        self.root = root
        self.ledger = ledger
    }

    /// The whole file: this slot and, counted one higher, the same once more.
    package var inBothSlots: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount * Self.slotCount)
        bytes.withMutableRawSpan { span in
            for number in 0..<UInt64(Self.slotCount) {
                var slot = self
                slot.counter += number
                let start = Int(slot.counter % UInt64(Self.slotCount)) * Self.byteCount
                var page = span._mutatingExtracting(start..<start + Self.byteCount)
                slot.encode(into: &page)
            }
        }
        return bytes
    }

    package func encode(into span: inout MutableRawSpan) {
        span.zero(0..<Self.byteCount)
        span.set(Self.magic, at: 0)
        span.set(UInt32(1), at: 12)
        span.set(counter, at: 16)
        span.set(durableSequence, at: 24)
        fileUUID.write(to: &span, at: 32)
        span.set(endOffset, at: 48)
        span.set(epoch, at: 56)
        root.write(to: &span, at: 64)
        ledger.write(to: &span, at: 96)
        span.set(ChecksummedPage.crc(of: span.bytes, crcOffset: 8), at: 8)
    }

    package init(decoding span: RawSpan) throws(DecodingFailure) {
        guard span.byteCount == Self.byteCount else {
            throw DecodingFailure("watermark slot of \(span.byteCount) bytes")
        }
        guard span.u64(0) == Self.magic else { throw DecodingFailure("no watermark magic") }
        let crc = ChecksummedPage.crc(of: span, crcOffset: 8)
        guard span.u32(8) == crc else {
            throw DecodingFailure("watermark CRC is \(span.u32(8)), computed \(crc)")
        }
        guard span.u32(12) == 1 else { throw DecodingFailure("watermark version \(span.u32(12))") }
        guard span.extracting(112..<Self.byteCount).isZero else {
            throw DecodingFailure("watermark bytes from 112 on are not zero")
        }
        try CounterBound.check(span.u64(16), "watermark counter")
        try CounterBound.check(span.u64(24), "durable sequence")
        try CounterBound.check(span.u64(56), "watermark epoch")
        guard span.u64(16) > 0 else { throw DecodingFailure("watermark counter is 0") }
        self.init(
            counter: span.u64(16), durableSequence: span.u64(24), fileUUID: LogUUID(reading: span, at: 32),
            endOffset: span.u64(48), epoch: span.u64(56), root: Hash256(reading: span, at: 64),
            ledger: LogUUID(reading: span, at: 96))
    }
}
