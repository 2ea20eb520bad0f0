internal import CHoldfastSystem
internal import Glibc

/// The real disk: one directory of a Linux file system.
///
/// Paths are resolved below a descriptor of the root taken at the start, so that a changed working directory
/// or a renamed parent moves nothing. Files are created 0600, directories 0700.
public struct LinuxStorage: Storage {
    /// How files in mode `.commit` become durable.
    public enum DurableWrites: Sendable {
        /// `direct` where the file system has it, else `syncCall`.
        case automatic
        /// Through the page cache and one `fdatasync` a commit.
        case syncCall
        /// `O_DIRECT | O_DSYNC`: the write itself waits for the device (15–30 % less than `syncCall` where it
        /// was measured, on ext4 over a virtual disk). Opening fails where it is not available.
        case direct
    }

    /// The directory everything is below.
    public let root: String
    // SAFETY throughout: the calls take a descriptor this keeps open, a string that lives as long as the
    // call, and the address of a variable for the answer.
    private let rootDescriptor: LinuxDescriptor
    private let durableWrites: DurableWrites

    /// Opens `root`, which must exist.
    public init(root: String, durableWrites: DurableWrites = .automatic) throws(StorageError) {
        let number = unsafe Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw StorageError(.open, StoragePath(root), code: errno) }
        self.root = root
        self.rootDescriptor = LinuxDescriptor(number)
        self.durableWrites = durableWrites
    }

    /// Opens or creates; see `OpenMode`. Opening a directory is EISDIR.
    public func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> LinuxFile {
        switch mode {
        case .read: return try file(path, mode, O_RDONLY)
        case .write: return try file(path, mode, O_RDWR)
        case .create: return try file(path, mode, O_RDWR | O_CREAT | O_EXCL)
        case .readDirect: return try openDirect(path, mode, O_RDONLY, Self.directFlag, mayFallBack: true)
        case .commit where durableWrites == .syncCall: return try file(path, mode, O_RDWR)
        case .commit:
            return try openDirect(
                path, mode, O_RDWR, Self.directFlag | O_DSYNC, mayFallBack: durableWrites == .automatic)
        }
    }

    /// Sorted by bytes; empty if the directory is missing.
    public func list(_ directory: StoragePath) throws(StorageError) -> [String] {
        let descriptor: LinuxDescriptor
        do throws(StorageError) {
            descriptor = try openDirectory(directory, .list)
        } catch {
            if error.code == ENOENT { return [] }
            throw error
        }
        let names = try names(in: descriptor, directory)
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// False also where a component on the way is missing or a file.
    public func exists(_ path: StoragePath) throws(StorageError) -> Bool {
        var status = stat()
        let result = unsafe fstatat(rootDescriptor.number, try relative(path, .exists), &status, 0)
        if result == 0 { return true }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return false }
        throw StorageError(.exists, path, code: code)
    }

    /// mkdir, 0700; an existing directory is fine, an existing file ENOTDIR.
    public func createDirectory(_ path: StoragePath) throws(StorageError) {
        if unsafe mkdirat(rootDescriptor.number, try relative(path, .createDirectory), 0o700) == 0 { return }
        let code = errno
        guard code == EEXIST else { throw StorageError(.createDirectory, path, code: code) }
        // Something of this name exists; it is fine only if it is a directory.
        _ = try openDirectory(path, .createDirectory)
    }

    /// rename(2): atomic, replacing; EXDEV across file systems.
    public func rename(_ source: StoragePath, to target: StoragePath) throws(StorageError) {
        let from = try relative(source, .rename)
        let to = try relative(target, .rename)
        guard unsafe renameat(rootDescriptor.number, from, rootDescriptor.number, to) == 0 else {
            throw StorageError(.rename, source, code: errno)
        }
    }

    /// unlink, or rmdir for an empty directory.
    public func remove(_ path: StoragePath) throws(StorageError) {
        let name = try relative(path, .remove)
        if unsafe unlinkat(rootDescriptor.number, name, 0) == 0 { return }
        let code = errno
        guard code == EISDIR else { throw StorageError(.remove, path, code: code) }
        if unsafe unlinkat(rootDescriptor.number, name, AT_REMOVEDIR) != 0 {
            throw StorageError(.remove, path, code: errno)
        }
    }

    /// fsync of the directory itself.
    public func syncDirectory(_ directory: StoragePath) throws(StorageError) {
        let descriptor = try openDirectory(directory, .syncDirectory)
        while fsync(descriptor.number) != 0 {
            let code = errno
            if code != EINTR { throw StorageError(.syncDirectory, directory, code: code) }
        }
    }

    /// What an unprivileged process may still take.
    public func freeBytes() throws(StorageError) -> UInt64 {
        var status = statvfs()
        guard unsafe fstatvfs(rootDescriptor.number, &status) == 0 else {
            throw StorageError(.freeBytes, StoragePath(""), code: errno)
        }
        let (bytes, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflows ? UInt64.max : bytes
    }

    /// flock, exclusive, without waiting.
    public func lock(_ path: StoragePath, note: String) throws(StorageError) -> LinuxLock {
        let descriptor = try openDescriptor(path, O_RDWR | O_CREAT, .lock)
        while flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code != EINTR { throw StorageError(.lock, path, code: code) }
        }
        // Only now is the note ours to replace.
        let file = LinuxFile(
            path: path, descriptor: descriptor, mode: .write, bypassesCache: false, syncsOnWrite: false)
        do throws(StorageError) {
            try file.truncate(to: 0)
            try Array(note.utf8).withRawSpan { (bytes) throws(StorageError) in try file.write(bytes, at: 0) }
        } catch {
            throw StorageError(.lock, path, code: error.code)
        }
        return LinuxLock(descriptor)
    }
}

/// A held `flock`; it goes with the descriptor, also when the process is killed.
public final class LinuxLock: Sendable {
    private let descriptor: LinuxDescriptor

    init(_ descriptor: LinuxDescriptor) { self.descriptor = descriptor }
}

extension LinuxStorage {
    /// Glibc hides `O_DIRECT` from Swift.
    private static var directFlag: Int32 { holdfast_o_direct() }

    /// The path for the `…at` calls; the root itself is ".".
    private func relative(
        _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) -> String {
        guard path.isWellFormed else { throw StorageError(operation, path, code: EINVAL) }
        return path.description.isEmpty ? "." : path.description
    }

    private func openDescriptor(
        _ path: StoragePath, _ flags: Int32, _ operation: StorageError.Operation
    ) throws(StorageError) -> LinuxDescriptor {
        let name = try relative(path, operation)
        while true {
            let number = unsafe openat(rootDescriptor.number, name, flags | O_CLOEXEC, 0o600)
            if number >= 0 { return LinuxDescriptor(number) }
            let code = errno
            if code != EINTR { throw StorageError(operation, path, code: code) }
        }
    }

    private func openDirectory(
        _ path: StoragePath, _ operation: StorageError.Operation
    ) throws(StorageError) -> LinuxDescriptor {
        try openDescriptor(path, O_RDONLY | O_DIRECTORY, operation)
    }

    private func openDirect(
        _ path: StoragePath, _ mode: OpenMode, _ access: Int32, _ flags: Int32, mayFallBack: Bool
    ) throws(StorageError) -> LinuxFile {
        do throws(StorageError) {
            return try file(path, mode, access | flags)
        } catch {
            // open(2): EINVAL is how a file system says that it has no O_DIRECT.
            guard mayFallBack, error.code == EINVAL, path.isWellFormed else { throw error }
            return try file(path, mode, access)
        }
    }

    private func file(
        _ path: StoragePath, _ mode: OpenMode, _ flags: Int32
    ) throws(StorageError) -> LinuxFile {
        let operation: StorageError.Operation = mode == .create ? .create : .open
        let descriptor = try openDescriptor(path, flags, operation)
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else {
            throw StorageError(operation, path, code: errno)
        }
        // A directory opens for reading and then reads nothing; say so at once.
        guard status.st_mode & S_IFMT != S_IFDIR else { throw StorageError(operation, path, code: EISDIR) }
        return LinuxFile(
            path: path, descriptor: descriptor, mode: mode, bypassesCache: flags & Self.directFlag != 0,
            syncsOnWrite: flags & O_DSYNC == O_DSYNC)
    }

    private func names(
        in descriptor: LinuxDescriptor, _ directory: StoragePath
    ) throws(StorageError) -> [String] {
        // The stream owns its descriptor, so it gets a copy.
        let copy = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw StorageError(.list, directory, code: errno) }
        guard let stream = unsafe fdopendir(copy) else {
            let code = errno
            close(copy)
            throw StorageError(.list, directory, code: code)
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw StorageError(.list, directory, code: errno) }
                return names
            }
            // SAFETY: readdir(3) ends `d_name` with NUL; the entry lives until the next call on this stream.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }
}
