internal import CHoldfastSystem
internal import Glibc
internal import Synchronization

/// A descriptor that closes itself.
final class LinuxDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}

/// A file of `LinuxStorage`: positioned reads and writes, `fdatasync`, `fallocate`, `ftruncate`.
///
/// Any thread may call it; the kernel orders what overlaps.
public final class LinuxFile: StorageFile {
    /// The path it was opened under.
    public let path: StoragePath
    let descriptor: LinuxDescriptor
    public var descriptorNumber: Int32? { descriptor.number }
    private let mode: OpenMode
    /// The descriptor really has `O_DIRECT`; otherwise mode `.readDirect` drops cached pages before it reads.
    let bypassesCache: Bool
    /// `O_DSYNC`: a write that returned is durable, so that only size changes still need a sync call.
    let syncsOnWrite: Bool
    /// Whether `sync` has work that `O_DSYNC` did not do. True at first: another handle may have written.
    private let needsSyncCall = Atomic<Bool>(true)

    init(
        path: StoragePath, descriptor: LinuxDescriptor, mode: OpenMode, bypassesCache: Bool,
        syncsOnWrite: Bool
    ) {
        self.path = path
        self.descriptor = descriptor
        self.mode = mode
        self.bypassesCache = bypassesCache
        self.syncsOnWrite = syncsOnWrite
    }

    /// fstat.
    public func size() throws(StorageError) -> UInt64 {
        var status = stat()
        // SAFETY: `status` is a place for the answer.
        guard unsafe fstat(descriptor.number, &status) == 0 else { throw failure(.size, errno) }
        return UInt64(clamping: status.st_size)
    }

    /// pread until the buffer is full or the file ends.
    public func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int {
        if mode.isDirect, !DirectAccess.isAligned(&target, at: offset) {
            throw failure(.read, offset, EINVAL)
        }
        let byteCount = target.byteCount
        let start = try position(offset, byteCount, .read)
        if mode == .readDirect, !bypassesCache { dropCachedPages(start, byteCount) }
        var done = 0
        while done < byteCount {
            let got = readOnce(into: &target, from: done, at: start)
            if got == -EINTR { continue }
            if got < 0 { throw failure(.read, offset + UInt64(done), Int32(-got)) }
            done += got
            // A direct read ends short only at the end of the file; going on from there would be misaligned.
            if got == 0 || (bypassesCache && done % AlignedBuffer.alignment != 0) { break }
        }
        return done
    }

    /// pwrite until all is written. With `O_DSYNC` the bytes are durable on return.
    public func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
        guard mode.isWritable else { throw failure(.write, offset, EBADF) }
        if mode.isDirect, !DirectAccess.isAligned(bytes, at: offset) { throw failure(.write, offset, EINVAL) }
        let start = try position(offset, bytes.byteCount, .write)
        if !syncsOnWrite { needsSyncCall.store(true, ordering: .releasing) }
        var done = 0
        while done < bytes.byteCount {
            let written = writeOnce(bytes, from: done, at: start)
            if written == -EINTR { continue }
            if written < 0 { throw failure(.write, offset + UInt64(done), Int32(-written)) }
            // write(2) promises progress for a positive count; a file system that makes none has no room.
            if written == 0 { throw failure(.write, offset + UInt64(done), ENOSPC) }
            done += written
        }
    }

    /// fdatasync, which includes the size; nothing to do if `O_DSYNC` has done it all.
    public func sync() throws(StorageError) {
        // Cleared before the call: a write that races with it sets it again and is synced by its own caller.
        if syncsOnWrite, !needsSyncCall.exchange(false, ordering: .acquiringAndReleasing) { return }
        while fdatasync(descriptor.number) != 0 {
            let code = errno
            if code == EINTR { continue }
            needsSyncCall.store(true, ordering: .releasing)
            throw failure(.sync, code)
        }
    }

    /// fallocate from 0; never shrinks.
    public func allocate(_ size: UInt64) throws(StorageError) {
        guard mode.isWritable else { throw failure(.allocate, EBADF) }
        guard let length = Int(exactly: size) else { throw failure(.allocate, EFBIG) }
        if length == 0 { return }
        needsSyncCall.store(true, ordering: .releasing)
        let code = holdfast_fallocate(descriptor.number, 0, Int64(length))
        if code != 0 { throw failure(.allocate, code) }
    }

    /// ftruncate.
    public func truncate(to size: UInt64) throws(StorageError) {
        guard mode.isWritable else { throw failure(.truncate, EBADF) }
        guard let length = Int(exactly: size) else { throw failure(.truncate, EFBIG) }
        needsSyncCall.store(true, ordering: .releasing)
        while ftruncate(descriptor.number, length) != 0 {
            let code = errno
            if code != EINTR { throw failure(.truncate, code) }
        }
    }

    // MARK: Details

    /// One pread(2): bytes read, or a negative errno.
    private func readOnce(into target: inout MutableRawSpan, from done: Int, at start: Int) -> Int {
        unsafe target.withUnsafeMutableBytes { buffer in
            guard let address = buffer.baseAddress else { return 0 }
            // SAFETY: `done` is below the count, so the range stays inside the span.
            let got = unsafe pread(
                descriptor.number, address + done, buffer.count - done, start + done)
            return got < 0 ? -Int(errno) : got
        }
    }

    /// One pwrite(2): bytes written, or a negative errno.
    private func writeOnce(_ bytes: RawSpan, from done: Int, at start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let address = buffer.baseAddress else { return 0 }
            // SAFETY: as above.
            let written = unsafe pwrite(
                descriptor.number, address + done, buffer.count - done, start + done)
            return written < 0 ? -Int(errno) : written
        }
    }

    /// Best effort: a file system without `O_DIRECT` keeps nothing the device does not have, or is in memory.
    private func dropCachedPages(_ start: Int, _ byteCount: Int) {
        _ = posix_fadvise(descriptor.number, start, byteCount, POSIX_FADV_DONTNEED)
    }

    /// The offset as the kernel takes it; the end must be representable too.
    private func position(
        _ offset: UInt64, _ byteCount: Int, _ operation: StorageError.Operation
    ) throws(StorageError) -> Int {
        guard let start = Int(exactly: offset), start <= Int.max - byteCount else {
            throw failure(operation, offset, EFBIG)
        }
        return start
    }

    private func failure(_ operation: StorageError.Operation, _ code: Int32) -> StorageError {
        StorageError(operation, path, code: code)
    }

    private func failure(_ operation: StorageError.Operation, _ offset: UInt64, _ code: Int32) -> StorageError
    {
        StorageError(operation, path, offset: offset, code: code)
    }
}
