internal import Glibc
package import LogStore

/// An open file of a `SimulatedStorage`. It goes on reaching its file after a rename or removal.
package final class SimulatedFile: StorageFile {
    package let path: StoragePath
    private let storage: SimulatedStorage
    private let slot: Int
    private let mode: OpenMode

    init(storage: SimulatedStorage, slot: Int, path: StoragePath, mode: OpenMode) {
        self.storage = storage
        self.slot = slot
        self.path = path
        self.mode = mode
    }

    package func size() throws(StorageError) -> UInt64 {
        try storage.look(.size, path) { (disk) throws(ErrorCode) in UInt64(disk.files[slot].live.byteCount) }
    }

    package func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int {
        let isMisaligned = mode.isDirect && !DirectAccess.isAligned(&target, at: offset)
        let byteCount = UInt64(target.byteCount)
        return try storage.look(.read, path, offset: offset, byteCount: byteCount) {
            (disk) throws(ErrorCode) -> Int in
            if isMisaligned { throw ErrorCode(EINVAL) }
            guard offset <= UInt64(Int.max) - byteCount else { throw ErrorCode(EFBIG) }
            let file = disk.files[slot]
            return (mode.isDirect ? file.deviceView : file.live).read(into: &target, at: Int(offset))
        }
    }

    package func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
        try storage.mutate(
            .write, path, offset: offset, byteCount: UInt64(bytes.byteCount),
            onFault: { (state, effect, index) throws(ErrorCode) in
                guard case .failAfterPartial(let partial, _) = effect else { return }
                let count = min(max(0, partial), bytes.byteCount)
                try state.disk.write(bytes.extracting(0..<count), to: slot, at: offset, operation: index)
            },
            { (state, index) throws(ErrorCode) in
                guard mode.isWritable else { throw ErrorCode(EBADF) }
                if mode.isDirect, !DirectAccess.isAligned(bytes, at: offset) { throw ErrorCode(EINVAL) }
                try state.disk.write(bytes, to: slot, at: offset, operation: index)
            })
    }

    package func sync() throws(StorageError) {
        let own = slot
        try storage.mutate(
            .sync, path,
            onFault: { (state, _, _) throws(ErrorCode) in state.disk.files[slot].abandonPendingSectors() },
            { (state, _) throws(ErrorCode) in
                var slot: Int? = own
                if storage.options.ignoresSync { return }
                if storage.options.syncsLate { swap(&slot, &state.owedSync) }
                if let slot { state.disk.files[slot].sync() }
            })
    }

    package func allocate(_ size: UInt64) throws(StorageError) {
        try storage.mutate(.allocate, path, offset: size) { (state, index) throws(ErrorCode) in
            guard mode.isWritable else { throw ErrorCode(EBADF) }
            try state.disk.allocate(size, of: slot, operation: index)
        }
    }

    package func truncate(to size: UInt64) throws(StorageError) {
        try storage.mutate(.truncate, path, offset: size) { (state, index) throws(ErrorCode) in
            guard mode.isWritable else { throw ErrorCode(EBADF) }
            try state.disk.truncate(slot, to: size, operation: index)
        }
    }
}
