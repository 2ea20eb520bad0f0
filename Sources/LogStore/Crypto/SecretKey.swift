internal import CHoldfastCrypto
import Glibc

/// A 256-bit key. One copy in memory, erased when the last reference goes, never printed.
///
/// Immutable after `init`, hence safe to share between threads.
@safe package final class SecretKey: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer

    package static let byteCount = 32

    /// Copies exactly 32 bytes; the caller erases its own copy.
    package init(copying bytes: RawSpan) {
        invariant(bytes.byteCount == Self.byteCount, "a key of \(bytes.byteCount) bytes")
        unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.byteCount, alignment: 16)
        unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
    }

    /// A fresh key from the platform's randomness.
    package convenience init(randomFrom platform: some Platform) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withMutableRawSpan { platform.fillRandom(&$0) }
        self.init(copying: bytes)
        SecretKey.erase(&bytes)
    }

    package convenience init(copying bytes: [UInt8]) {
        self.init(copying: unsafe bytes.span.bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(memory.baseAddress, memory.count)
        unsafe memory.deallocate()
    }

    /// Borrows the key's bytes; do not copy them out.
    package func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        // SAFETY: the memory lives as long as self, which is kept alive across the call.
        withExtendedLifetime(self) { body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))) }
    }

    /// Overwrites `bytes` in a way the optimiser keeps.
    package static func erase(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
