import CHoldfastLZ4
import LogStore

/// A stream in the LZ4 frame format, as `lz4 -d` reads it, with a checksum over the contents.
///
/// Used by one thread.
@safe final class LZ4FrameWriter {
    private let context: OpaquePointer
    private var preferences = LZ4F_preferences_t()
    private let pieceBytesMax: Int

    /// - Parameter pieceBytesMax: bytes given to one `compress` at most; more are compressed in several
    /// pieces.
    init(pieceBytesMax: Int) throws {
        self.pieceBytesMax = pieceBytesMax
        var made: OpaquePointer?
        let code = unsafe LZ4F_createCompressionContext(&made, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(code) == 0, let made = unsafe made else {
            throw CommandFailure(.internalError, "liblz4 makes no compression context")
        }
        unsafe context = made
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        preferences.frameInfo.blockSizeID = LZ4F_max256KB
    }

    deinit { unsafe _ = LZ4F_freeCompressionContext(context) }

    /// The frame's header.
    func begin() throws -> [UInt8] {
        try unsafe output(capacity: 64) { target, capacity in
            unsafe LZ4F_compressBegin(context, target, capacity, &preferences)
        }
    }

    func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let count = min(pieceBytesMax, bytes.count - start)
            result += try unsafe output(capacity: LZ4F_compressBound(count, &preferences)) {
                target, capacity in
                // SAFETY: `count` bytes lie in the array from `start` on.
                unsafe bytes.withUnsafeBytes { source in
                    unsafe LZ4F_compressUpdate(
                        context, target, capacity, source.baseAddress.map { unsafe $0 + start }, count, nil)
                }
            }
            start += count
        }
        return result
    }

    /// What is left, and the frame's end.
    func end() throws -> [UInt8] {
        try unsafe output(capacity: LZ4F_compressBound(0, &preferences)) { target, capacity in
            unsafe LZ4F_compressEnd(context, target, capacity, nil)
        }
    }

    private func output(
        capacity: Int, _ fill: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: capacity)
        // SAFETY: liblz4 writes at most `capacity` bytes, the array's length.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe fill($0.baseAddress, $0.count) }
        guard LZ4F_isError(count) == 0 else { throw CommandFailure(.internalError, "liblz4 cannot compress") }
        bytes.removeLast(capacity - count)
        return bytes
    }
}
