internal import Glibc
package import LogStore

/// A whole disk as a value: files, names, and of both what is durable and what is still open.
///
///     live      what a running process sees                         every write, rename, …
///     durable   what survives a power cut for certain               moved by sync and syncDirectory only
///     pending   between the two; a crash keeps any legal part of it, which `CrashImages` enumerates
///
/// Copies share their pages, so that forking the disk at every operation of a run costs next to nothing.
/// The rules are POSIX's strict ones, with the order of names inside a directory that a journal keeps:
/// `sync` makes data and size durable but never the name; `syncDirectory` makes the names of that directory
/// durable (with the renames that lead into or out of it, and what those depend on); a directory nobody
/// synced into its parent may vanish with all it holds.
package struct SimulatedDisk: Sendable {
    /// Bytes of the device, or nil for no limit. Files are counted in blocks of 4096 bytes.
    package var capacity: UInt64?
    var files: [SimulatedFileState] = []
    /// Slot 0 is the root.
    var liveTables: [DirectoryTable] = [DirectoryTable()]
    var durableTables: [DirectoryTable] = [DirectoryTable()]
    /// In the order they were made.
    var pendingNames: [NameOperation] = []

    package init(capacity: UInt64? = nil) { self.capacity = capacity }

    /// Largest file the simulation takes; beyond it EFBIG, as on a real file system further up.
    static let fileByteCountMax = 1 << 30

    // MARK: What a process sees

    /// Every file a process sees, sorted by path bytes.
    package var paths: [StoragePath] {
        reachable(in: liveTables).filter { if case .file = $0.entry { true } else { false } }
            .map { StoragePath($0.path) }
            .sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
    }

    /// The live bytes of a file, or nil if there is no such file.
    package func bytes(of path: StoragePath) -> [UInt8]? {
        guard let slot = fileSlot(path) else { return nil }
        let content = files[slot].live
        var bytes = [UInt8](repeating: 0, count: content.byteCount)
        bytes.withMutableRawSpan { _ = content.read(into: &$0, at: 0) }
        return bytes
    }

    /// Whether a crash right now could lose or keep anything at all.
    package var hasPendingChanges: Bool { !pendingNames.isEmpty || files.contains { $0.hasPendingData } }

    /// Bytes the files take, in whole blocks.
    package var usedBytes: UInt64 {
        files.reduce(0) { $1.isLinked ? $0 + UInt64(Self.blocks($1.live.byteCount)) : $0 }
    }

    /// Bytes still free; a device without limit has half the address space.
    package var freeBytes: UInt64 {
        guard let capacity else { return UInt64(Int64.max) }
        return capacity - min(capacity, usedBytes)
    }

    /// The disk in a process that starts after a crash which kept everything: nothing is open any more.
    package func settled() -> SimulatedDisk {
        var disk = self
        for slot in disk.files.indices where disk.files[slot].hasPendingData {
            disk.files[slot] = SimulatedFileState(content: disk.files[slot].live)
        }
        return disk.afterCrash(tables: liveTables)
    }

    // MARK: Names to slots

    func fileSlot(_ path: StoragePath) -> Int? {
        do throws(ErrorCode) {
            guard case .file(let slot) = try entry(path) else { return nil }
            return slot
        } catch {
            return nil
        }
    }

    /// What a path leads to, nil if the last component is missing; ENOENT if an earlier one is, ENOTDIR if
    /// one is a file.
    func entry(_ path: StoragePath) throws(ErrorCode) -> DirectoryEntry? {
        if path.description.isEmpty { return .directory(0) }
        let (directory, name) = try place(path)
        return liveTables[directory][name]
    }

    /// The directory that holds the last component, and that component.
    func place(_ path: StoragePath) throws(ErrorCode) -> (directory: Int, name: String) {
        guard path.isWellFormed else { throw ErrorCode(EINVAL) }
        var components = path.description.utf8.split(separator: UInt8(ascii: "/"))
        guard let last = components.popLast() else { throw ErrorCode(EBUSY) }
        var directory = 0
        for component in components {
            switch liveTables[directory][String(Substring(component))] {
            case .directory(let slot): directory = slot
            case .file: throw ErrorCode(ENOTDIR)
            case nil: throw ErrorCode(ENOENT)
            }
        }
        return (directory, String(Substring(last)))
    }

    func directorySlot(_ path: StoragePath) throws(ErrorCode) -> Int {
        switch try entry(path) {
        case .directory(let slot): return slot
        case .file: throw ErrorCode(ENOTDIR)
        case nil: throw ErrorCode(ENOENT)
        }
    }

    /// All names below the root, a directory before what it holds.
    func reachable(in tables: [DirectoryTable]) -> [(path: String, entry: DirectoryEntry)] {
        var found: [(path: String, entry: DirectoryEntry)] = []
        var waiting: [(path: String, slot: Int)] = [("", 0)]
        while let (path, slot) = waiting.popLast() {
            for (name, entry) in zip(tables[slot].names, tables[slot].entries) {
                let full = path.isEmpty ? name : path + "/" + name
                found.append((full, entry))
                if case .directory(let child) = entry { waiting.append((full, child)) }
            }
        }
        return found
    }

    /// The disk a machine finds when it comes back with these names: files without a name are gone, no file
    /// has anything pending (the caller has seen to that for those it keeps).
    func afterCrash(tables: [DirectoryTable]) -> SimulatedDisk {
        var disk = self
        disk.liveTables = tables
        disk.durableTables = tables
        disk.pendingNames = []
        var isReached = [Bool](repeating: false, count: files.count)
        for (_, entry) in reachable(in: tables) {
            if case .file(let slot) = entry { isReached[slot] = true }
        }
        for slot in files.indices {
            if !isReached[slot] {
                if !disk.files[slot].isFree { disk.files[slot] = .free }
            } else if !disk.files[slot].isLinked {
                disk.files[slot].isLinked = true
            }
        }
        return disk
    }

    static func blocks(_ byteCount: Int) -> Int { (byteCount + 4095) & ~4095 }
}

/// An `errno` on its way up to the operation that knows its path.
struct ErrorCode: Error {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}

extension SimulatedFileState {
    /// An unused slot.
    static var free: SimulatedFileState {
        var state = SimulatedFileState()
        state.isLinked = false
        state.isFree = true
        return state
    }
}
