internal import Glibc
internal import LogStore

// The system calls, as they change the live state and add to what is pending.
extension SimulatedDisk {
    mutating func create(_ path: StoragePath, operation: Int) throws(ErrorCode) -> Int {
        let (directory, name) = try place(path)
        guard liveTables[directory][name] == nil else { throw ErrorCode(EEXIST) }
        let slot = newFileSlot()
        change(.link(directory: directory, name: name, entry: .file(slot)), operation)
        return slot
    }

    mutating func createDirectory(_ path: StoragePath, operation: Int) throws(ErrorCode) {
        switch try entry(path) {
        case .directory: return
        case .file: throw ErrorCode(ENOTDIR)
        case nil: break
        }
        let (directory, name) = try place(path)
        let slot = liveTables.count
        liveTables.append(DirectoryTable())
        durableTables.append(DirectoryTable())
        change(.link(directory: directory, name: name, entry: .directory(slot)), operation)
    }

    mutating func rename(_ source: StoragePath, to target: StoragePath, operation: Int) throws(ErrorCode) {
        let (from, name) = try place(source)
        guard let entry = liveTables[from][name] else { throw ErrorCode(ENOENT) }
        let (to, newName) = try place(target)
        if case .directory(let slot) = entry, to == slot || isBelow(to, slot) { throw ErrorCode(EINVAL) }
        if let replaced = liveTables[to][newName] {
            if replaced == entry { return }
            switch (entry, replaced) {
            case (.file, .directory): throw ErrorCode(EISDIR)
            case (.directory, .file): throw ErrorCode(ENOTDIR)
            case (.directory, .directory(let slot)):
                if !liveTables[slot].names.isEmpty { throw ErrorCode(ENOTEMPTY) }
            case (.file, .file(let slot)): files[slot].isLinked = false
            }
        }
        change(.rename(from: from, name: name, to: to, newName: newName, entry: entry), operation)
    }

    mutating func remove(_ path: StoragePath, operation: Int) throws(ErrorCode) {
        let (directory, name) = try place(path)
        switch liveTables[directory][name] {
        case nil: throw ErrorCode(ENOENT)
        case .directory(let slot):
            if !liveTables[slot].names.isEmpty { throw ErrorCode(ENOTEMPTY) }
        case .file(let slot): files[slot].isLinked = false
        }
        change(.unlink(directory: directory, name: name), operation)
    }

    /// Makes the operations in this directory's list durable, and every earlier one they depend on.
    mutating func syncDirectory(_ path: StoragePath) throws(ErrorCode) {
        let directory = try directorySlot(path)
        var isKept = pendingNames.map { $0.touches(directory) }
        for later in pendingNames.indices.reversed() where isKept[later] {
            for earlier in 0..<later where !isKept[earlier] {
                isKept[earlier] = pendingNames[later].dependsOn(pendingNames[earlier], reordering: false)
            }
        }
        for (index, pending) in pendingNames.enumerated() where isKept[index] {
            pending.apply(to: &durableTables)
        }
        pendingNames = pendingNames.indices.filter { !isKept[$0] }.map { pendingNames[$0] }
    }

    /// Writes what fits; a full device takes the first part and answers ENOSPC.
    mutating func write(_ bytes: RawSpan, to slot: Int, at offset: UInt64, operation: Int) throws(ErrorCode) {
        guard offset <= UInt64(Self.fileByteCountMax - bytes.byteCount) else { throw ErrorCode(EFBIG) }
        let start = Int(offset)
        let room = roomEnd(of: slot)
        if start + bytes.byteCount <= room {
            files[slot].write(bytes, at: start, operation: operation)
            return
        }
        if start < room {
            files[slot].write(bytes.extracting(0..<room - start), at: start, operation: operation)
        }
        throw ErrorCode(ENOSPC)
    }

    mutating func allocate(_ size: UInt64, of slot: Int, operation: Int) throws(ErrorCode) {
        guard size <= UInt64(Self.fileByteCountMax) else { throw ErrorCode(EFBIG) }
        guard Int(size) > files[slot].live.byteCount else { return }
        guard Int(size) <= roomEnd(of: slot) else { throw ErrorCode(ENOSPC) }
        files[slot].resize(to: Int(size), operation: operation)
    }

    mutating func truncate(_ slot: Int, to size: UInt64, operation: Int) throws(ErrorCode) {
        guard size <= UInt64(Self.fileByteCountMax) else { throw ErrorCode(EFBIG) }
        files[slot].resize(to: Int(size), operation: operation)
    }

    /// The lock file. Its name and note are for people and no recovery depends on them, so they are durable
    /// at once: enumerating their crash states would only multiply every other choice.
    mutating func writeLockFile(_ path: StoragePath, note: [UInt8]) throws(ErrorCode) -> Int {
        let slot: Int
        switch try entry(path) {
        case .directory: throw ErrorCode(EISDIR)
        case .file(let known): slot = known
        case nil:
            let (directory, name) = try place(path)
            slot = newFileSlot()
            liveTables[directory][name] = .file(slot)
            durableTables[directory][name] = .file(slot)
        }
        var content = PagedBytes()
        note.withRawSpan { content.write($0, at: 0) }
        files[slot] = SimulatedFileState(content: content)
        return slot
    }

    // MARK: Details

    private mutating func change(_ kind: NameOperation.Kind, _ operation: Int) {
        let pending = NameOperation(kind: kind, operation: operation)
        pending.apply(to: &liveTables)
        pendingNames.append(pending)
    }

    private mutating func newFileSlot() -> Int {
        if let free = files.firstIndex(where: { $0.isFree }) {
            files[free] = SimulatedFileState()
            return free
        }
        files.append(SimulatedFileState())
        return files.count - 1
    }

    /// The size up to which this file can grow on this device.
    private func roomEnd(of slot: Int) -> Int {
        guard capacity != nil, files[slot].isLinked else { return Self.fileByteCountMax }
        let free = Int(clamping: freeBytes) & ~4095
        return min(Self.fileByteCountMax, Self.blocks(files[slot].live.byteCount) + free)
    }

    /// Whether directory `slot` lies below directory `ancestor`.
    private func isBelow(_ slot: Int, _ ancestor: Int) -> Bool {
        var waiting = [ancestor]
        while let directory = waiting.popLast() {
            for case .directory(let child) in liveTables[directory].entries {
                if child == slot { return true }
                waiting.append(child)
            }
        }
        return false
    }
}
