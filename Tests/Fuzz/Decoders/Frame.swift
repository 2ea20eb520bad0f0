import LogStore
import Protocol

/// One frame, copied.
struct Frame {
    let header: MessageHeader
    let body: [UInt8]

    /// The first of some bytes; nil if they begin with none.
    init?(first bytes: ArraySlice<UInt8>) {
        let bytes = Array(bytes)
        let scan = bytes.withRawSpan { try? FrameScan.first(in: $0, lengthMax: 1 << 20) }
        guard case .whole(let header)? = scan else { return nil }
        self.header = header
        body = Array(bytes[MessageHeader.byteCount..<MessageHeader.byteCount + Int(header.length)])
    }

    /// As it is written.
    var bytes: [UInt8] {
        var out = WireBuffer()
        let start = out.beginFrame()
        out.put(body)
        out.endFrame(start, header.type, request: header.request, flags: header.flags)
        return out.copied
    }
}

extension WireBuffer {
    var copied: [UInt8] {
        var copy: [UInt8] = []
        withBytes(0..<count) { bytes in
            copy = [UInt8](repeating: 0, count: bytes.byteCount)
            copy.withMutableRawSpan { $0.copy(from: bytes, at: 0) }
        }
        return copy
    }
}

extension Repair {
    /// Lengths, known types and checksums of frames that follow each other.
    static func frames(_ bytes: inout [UInt8]) {
        var offset = 0
        while bytes.count - offset >= MessageHeader.byteCount {
            let start = offset + MessageHeader.byteCount
            let length = min(u32(bytes, offset), bytes.count - start)
            set(UInt32(length), at: offset, in: &bytes)
            let types = MessageType.allCases
            let type = UInt16(truncatingIfNeeded: u32(bytes, offset + 4))
            if MessageType(rawValue: type) == nil {
                set(types[Int(type) % types.count].rawValue, at: offset + 4, in: &bytes)
            }
            set(UInt16(bytes[offset + 6] & 1), at: offset + 6, in: &bytes)
            crc(&bytes, of: start..<start + length, at: offset + 16)
            crc(&bytes, of: offset..<offset + 20, at: offset + 20)
            offset = start + length
        }
    }
}
