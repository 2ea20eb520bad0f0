import CHoldfastLZ4
import Foundation
import Testing

/// What `lz4 -d` does: liblz4's frame decompressor over a whole file.
enum LZ4Frames {
    static func decompress(_ packed: [UInt8]) throws -> [UInt8] {
        var made: OpaquePointer?
        let code = unsafe LZ4F_createDecompressionContext(&made, UInt32(LZ4F_VERSION))
        #expect(LZ4F_isError(code) == 0)
        guard let context = unsafe made else { throw POSIXError(.ENOMEM) }
        defer { unsafe _ = LZ4F_freeDecompressionContext(context) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var offset = 0
        // 0 once the frame, checksum included, is complete.
        var hint = 1
        while hint != 0 {
            var target = piece.count
            var source = packed.count - offset
            // SAFETY: both counts are what the arrays have from these pointers on.
            hint = unsafe piece.withUnsafeMutableBytes { piece in
                unsafe packed.withUnsafeBytes { packed in
                    unsafe LZ4F_decompress(
                        context, piece.baseAddress, &target, packed.baseAddress.map { unsafe $0 + offset },
                        &source, nil)
                }
            }
            try #require(LZ4F_isError(hint) == 0)
            try #require(hint == 0 || target > 0 || source > 0)
            result += piece[..<target]
            offset += source
        }
        try #require(offset == packed.count)
        return result
    }
}
