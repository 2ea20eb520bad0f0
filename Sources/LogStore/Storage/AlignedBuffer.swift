import Glibc

/// A block of memory whose address is a multiple of 4096, as `O_DIRECT` demands; zeroed at the start.
///
/// Owned by one value, used by one thread at a time.
@safe package struct AlignedBuffer: ~Copyable {
    // SAFETY throughout: `memory` is what `posix_memalign` gave, of this size, freed by `deinit` alone.
    private let memory: UnsafeMutableRawBufferPointer

    /// Address and length granularity of direct I/O.
    package static let alignment = 4096

    package init(byteCount: Int) {
        invariant(byteCount > 0, "an aligned buffer of \(byteCount) bytes")
        var address: UnsafeMutableRawPointer?
        let code = unsafe posix_memalign(&address, Self.alignment, byteCount)
        guard code == 0, let address = unsafe address else {
            invariantViolated("no memory for a buffer of \(byteCount) bytes")
        }
        unsafe memset(address, 0, byteCount)
        unsafe memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit { unsafe free(memory.baseAddress) }

    package var byteCount: Int { unsafe memory.count }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the memory lives as long as `self`, from which the span borrows.
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Copies all of `source` to `offset`.
    package mutating func copy(from source: RawSpan, at offset: Int) {
        var target = mutableBytes
        target.copy(from: source, at: offset)
    }

    package var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as above; the exclusive access to `self` makes the span the only one.
            let span = unsafe MutableRawSpan(_unsafeBytes: memory)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }
}

// The memory has one owner and goes wherever the owner goes.
extension AlignedBuffer: @unchecked Sendable {}
