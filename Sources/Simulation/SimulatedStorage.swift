internal import Glibc
package import LogStore
internal import Synchronization

/// The simulated twin of `LinuxStorage`: same calls, same error numbers, on a `SimulatedDisk`.
///
/// A storage is one life of one process. It ends by `crash()` or a `.crash` fault, after which every call
/// fails with EIO, so that a thread of the dead process changes nothing any more; the next life is
/// `SimulatedStorage(disk:)` with `disk` (the process was killed) or a crash image (the machine was). Locks do
/// not survive it.
///
/// Any thread may call; one lock serialises the operations and gives each its index.
package final class SimulatedStorage: Storage {
    /// Deliberate mistakes, to show that a campaign would notice them.
    package struct Options: Sendable {
        /// `sync` succeeds and makes nothing durable.
        package var ignoresSync = false
        /// `syncDirectory` succeeds and makes nothing durable.
        package var ignoresDirectorySync = false
        /// `sync` makes durable what the sync before it was called for, one call too late.
        package var syncsLate = false
        /// Keep every mutating operation for `trace`.
        package var keepsTrace = true

        package init(
            ignoresSync: Bool = false, ignoresDirectorySync: Bool = false, syncsLate: Bool = false,
            keepsTrace: Bool = true
        ) {
            self.ignoresSync = ignoresSync
            self.ignoresDirectorySync = ignoresDirectorySync
            self.syncsLate = syncsLate
            self.keepsTrace = keepsTrace
        }
    }

    /// Called before each mutating operation, with the disk as it is then. Runs under the storage's lock: it
    /// may copy the disk and start other storages, but must not call this one.
    package typealias Hook = @Sendable (OperationRecord, SimulatedDisk) -> Void

    struct State: Sendable {
        var disk: SimulatedDisk
        var faults: [ArmedFault]
        var hook: Hook?
        var isDead = false
        var operationCount = 0
        var trace: [OperationRecord] = []
        var lockedSlots: [Int] = []
        /// With `syncsLate`: the file whose sync is still owed.
        var owedSync: Int?
    }

    let options: Options
    let state: Mutex<State>

    package init(
        disk: SimulatedDisk = SimulatedDisk(), faults: [Fault] = [], options: Options = Options(),
        onOperation hook: Hook? = nil
    ) {
        self.options = options
        state = Mutex(State(disk: disk, faults: faults.map { ArmedFault($0) }, hook: hook))
    }

    // MARK: The view from outside

    /// The disk now, pending changes and all.
    package var disk: SimulatedDisk { state.withLock { $0.disk } }
    /// Mutating operations so far, failed ones included.
    package var operationCount: Int { state.withLock { $0.operationCount } }
    /// Mutating operations so far, in order.
    package var trace: [OperationRecord] { state.withLock { $0.trace } }
    package var isDead: Bool { state.withLock { $0.isDead } }

    /// Ends this life; returns what the disk holds at this moment.
    @discardableResult
    package func crash() -> SimulatedDisk {
        state.withLock { state in
            state.isDead = true
            return state.disk
        }
    }

    /// Adds a fault to the plan; its count of matches starts now.
    package func inject(_ fault: Fault) { state.withLock { $0.faults.append(ArmedFault(fault)) } }
    /// Forgets the plan.
    package func clearFaults() { state.withLock { $0.faults = [] } }
    /// Replaces the hook.
    package func onOperation(_ hook: Hook?) { state.withLock { $0.hook = hook } }
    /// Changes the disk behind the process's back, for damage while it runs.
    package func tamper(_ change: @Sendable (inout SimulatedDisk) -> Void) {
        state.withLock { change(&$0.disk) }
    }

    // MARK: Storage

    package func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> SimulatedFile {
        if mode == .create {
            let slot = try mutate(.create, path) { (state, index) throws(ErrorCode) in
                try state.disk.create(path, operation: index)
            }
            return SimulatedFile(storage: self, slot: slot, path: path, mode: mode)
        }
        let slot = try look(.open, path) { (disk) throws(ErrorCode) -> Int in
            switch try disk.entry(path) {
            case .file(let slot): return slot
            case .directory: throw ErrorCode(EISDIR)
            case nil: throw ErrorCode(ENOENT)
            }
        }
        return SimulatedFile(storage: self, slot: slot, path: path, mode: mode)
    }

    package func list(_ directory: StoragePath) throws(StorageError) -> [String] {
        try look(.list, directory) { (disk) throws(ErrorCode) -> [String] in
            do throws(ErrorCode) {
                return disk.liveTables[try disk.directorySlot(directory)].names
            } catch {
                if error.code == ENOENT { return [] }
                throw error
            }
        }
    }

    package func exists(_ path: StoragePath) throws(StorageError) -> Bool {
        try look(.exists, path) { (disk) throws(ErrorCode) -> Bool in
            do throws(ErrorCode) {
                return try disk.entry(path) != nil
            } catch {
                if error.code == ENOENT || error.code == ENOTDIR { return false }
                throw error
            }
        }
    }

    package func createDirectory(_ path: StoragePath) throws(StorageError) {
        try mutate(.createDirectory, path) { (state, index) throws(ErrorCode) in
            try state.disk.createDirectory(path, operation: index)
        }
    }

    package func rename(_ source: StoragePath, to target: StoragePath) throws(StorageError) {
        try mutate(.rename, source, target: target) { (state, index) throws(ErrorCode) in
            try state.disk.rename(source, to: target, operation: index)
        }
    }

    package func remove(_ path: StoragePath) throws(StorageError) {
        try mutate(.remove, path) { (state, index) throws(ErrorCode) in
            try state.disk.remove(path, operation: index)
        }
    }

    package func syncDirectory(_ directory: StoragePath) throws(StorageError) {
        let ignores = options.ignoresDirectorySync
        try mutate(.syncDirectory, directory) { (state, _) throws(ErrorCode) in
            if ignores {
                _ = try state.disk.directorySlot(directory)
            } else {
                try state.disk.syncDirectory(directory)
            }
        }
    }

    package func freeBytes() throws(StorageError) -> UInt64 {
        try look(.freeBytes, StoragePath("")) { (disk) throws(ErrorCode) in disk.freeBytes }
    }

    package func lock(_ path: StoragePath, note: String) throws(StorageError) -> SimulatedLock {
        let note = Array(note.utf8)
        let slot = try mutate(.lock, path) { (state, _) throws(ErrorCode) -> Int in
            if let slot = state.disk.fileSlot(path), state.lockedSlots.contains(slot) {
                throw ErrorCode(EWOULDBLOCK)
            }
            let slot = try state.disk.writeLockFile(path, note: note)
            state.lockedSlots.append(slot)
            return slot
        }
        return SimulatedLock(storage: self, slot: slot)
    }
}

/// A held lock of one life of a process.
package final class SimulatedLock: Sendable {
    private let storage: SimulatedStorage
    private let slot: Int

    init(storage: SimulatedStorage, slot: Int) {
        self.storage = storage
        self.slot = slot
    }

    deinit { storage.state.withLock { state in state.lockedSlots.removeAll { $0 == slot } } }
}
