/// The disk as LogStore sees it: one directory tree, addressed by relative paths.
///
/// Two implementations exist from the first day: `LinuxStorage` and, in the `Simulation` module,
/// `SimulatedStorage`, which keeps what was written and what is durable apart.
///
/// **Durability.** Bytes are durable after `File.sync()`; a name (creation, rename, removal) is durable after
/// `syncDirectory` of its parent. Nothing else makes anything durable, and a crash may keep any part of what
/// is not.
///
/// **Threads.** Every method may be called from any thread.
public protocol Storage: Sendable {
    associatedtype File: StorageFile
    /// Held as long as the process owns the directory; releasing it lets another process in.
    associatedtype Lock: Sendable

    /// Opens an existing file, or creates one that must not exist yet.
    func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> File
    /// The names in a directory, sorted by bytes, without `.` and `..`; empty if the directory is missing.
    func list(_ directory: StoragePath) throws(StorageError) -> [String]
    /// Whether a file or directory of this name exists.
    func exists(_ path: StoragePath) throws(StorageError) -> Bool
    /// Creates a directory whose parent exists; already existing is fine.
    func createDirectory(_ path: StoragePath) throws(StorageError)
    /// Renames atomically, replacing `target` if it exists.
    func rename(_ source: StoragePath, to target: StoragePath) throws(StorageError)
    /// Removes a file (or an empty directory).
    func remove(_ path: StoragePath) throws(StorageError)
    /// Makes the names in `directory` durable.
    func syncDirectory(_ directory: StoragePath) throws(StorageError)
    /// Bytes this process may still allocate on the device.
    func freeBytes() throws(StorageError) -> UInt64
    /// Takes the exclusive advisory lock on `path`, creating the file; throws with `EWOULDBLOCK` if another
    /// process (or another opener in this one) holds it. `note` is written into the file for people.
    func lock(_ path: StoragePath, note: String) throws(StorageError) -> Lock
}

/// One open file. The descriptor closes when the last reference goes.
public protocol StorageFile: AnyObject, Sendable {
    /// The path it was opened under (it may have been renamed since).
    var path: StoragePath { get }
    /// As the operating system numbers it in this process; nil: it is no file of an operating system.
    var descriptorNumber: Int32? { get }
    /// Size in bytes.
    func size() throws(StorageError) -> UInt64
    /// Fills `target` from `offset`; returns how many bytes there were (fewer only at the end of the file).
    /// In mode `.readDirect` offset, length and address are multiples of 4096.
    func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int
    /// Writes all bytes, continuing after short writes and `EINTR`. In mode `.commit` offset, length and
    /// address are multiples of 4096.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError)
    /// Makes every completed write, and the size, durable. A failure is final: never call it again to retry,
    /// the kernel has already marked the pages clean ("Can Applications Recover from fsync Failures?",
    /// ATC'20).
    func sync() throws(StorageError)
    /// Reserves blocks up to `size` and extends the file with zeros.
    func allocate(_ size: UInt64) throws(StorageError)
    /// Cuts or extends to `size`.
    func truncate(to size: UInt64) throws(StorageError)
}

extension StorageFile {
    public var descriptorNumber: Int32? { nil }
}

/// What a file is opened for.
public enum OpenMode: Sendable, Equatable {
    /// Reading through the page cache.
    case read
    /// Reading what the device holds, past the page cache.
    case readDirect
    /// Reading and writing an existing file through the page cache.
    case write
    /// Like `write`, for a file that must not exist yet.
    case create
    /// Reading and writing whole 4 KiB pages of an existing file with the least latency to durability the
    /// platform has. `sync()` after `write` is still required.
    case commit
}

/// A path below the storage's root, components separated by `/`; empty means the root itself.
public struct StoragePath: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// The directory that holds this name.
    public var parent: StoragePath {
        guard let slash = description.lastIndex(of: "/") else { return StoragePath("") }
        return StoragePath(String(description[..<slash]))
    }

    /// The last component.
    public var name: String {
        guard let slash = description.lastIndex(of: "/") else { return description }
        return String(description[description.index(after: slash)...])
    }

    /// The path of `name` inside this directory.
    public static func / (directory: StoragePath, name: String) -> StoragePath {
        StoragePath(directory.description.isEmpty ? name : directory.description + "/" + name)
    }
}

/// A call to the disk that failed: which, where, and with which `errno`.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operation, in the words of the seam.
    public enum Operation: String, Sendable {
        case open, create, list, exists, createDirectory, rename, remove, syncDirectory, freeBytes, lock
        case size, read, write, sync, allocate, truncate
    }

    public let operation: Operation
    public let path: StoragePath
    /// Byte offset for reads and writes.
    public let offset: UInt64?
    /// The platform's error number.
    public let code: Int32

    public init(_ operation: Operation, _ path: StoragePath, offset: UInt64? = nil, code: Int32) {
        self.operation = operation
        self.path = path
        self.offset = offset
        self.code = code
    }

    public var description: String {
        let place = offset.map { " at offset \($0)" } ?? ""
        return "\(operation.rawValue) \(path)\(place): \(ErrorNumber.text(code))"
    }
}
