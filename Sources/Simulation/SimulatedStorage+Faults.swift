internal import Glibc
internal import LogStore
internal import Synchronization

// The way every operation takes: dead? — hook — fault? — the disk.
extension SimulatedStorage {
    /// An operation that may change the disk; `body` gets its index.
    func mutate<Result: Sendable>(
        _ operation: StorageError.Operation, _ path: StoragePath, target: StoragePath? = nil,
        offset: UInt64? = nil, byteCount: UInt64? = nil,
        onFault: (inout State, Fault.Effect, Int) throws(ErrorCode) -> Void = { (_, _, _) in },
        _ body: (inout State, Int) throws(ErrorCode) -> Result
    ) throws(StorageError) -> Result {
        do throws(ErrorCode) {
            return try state.withLock { (state) throws(ErrorCode) -> Result in
                if state.isDead { throw ErrorCode(EIO) }
                let index = state.operationCount
                let record = OperationRecord(
                    index: index, operation: operation, path: path, target: target, offset: offset,
                    byteCount: byteCount)
                state.operationCount += 1
                if options.keepsTrace { state.trace.append(record) }
                state.hook?(record, state.disk)
                if let effect = state.strike(record) {
                    if effect != .crash { try onFault(&state, effect, index) }
                    throw ErrorCode(effect.code)
                }
                return try body(&state, index)
            }
        } catch {
            throw StorageError(operation, path, offset: operation == .write ? offset : nil, code: error.code)
        }
    }

    /// An operation that only looks.
    func look<Result: Sendable>(
        _ operation: StorageError.Operation, _ path: StoragePath, offset: UInt64? = nil,
        byteCount: UInt64? = nil, _ body: (borrowing SimulatedDisk) throws(ErrorCode) -> Result
    ) throws(StorageError) -> Result {
        do throws(ErrorCode) {
            return try state.withLock { (state) throws(ErrorCode) -> Result in
                if state.isDead { throw ErrorCode(EIO) }
                if !state.faults.isEmpty {
                    let record = OperationRecord(
                        index: -1, operation: operation, path: path, target: nil, offset: offset,
                        byteCount: byteCount)
                    if let effect = state.strike(record) { throw ErrorCode(effect.code) }
                }
                return try body(state.disk)
            }
        } catch {
            throw StorageError(operation, path, offset: offset, code: error.code)
        }
    }
}

extension SimulatedStorage.State {
    /// Lets every fault count the operation; the first whose turn it is wins. A crash kills the storage here.
    mutating func strike(_ record: OperationRecord) -> Fault.Effect? {
        var winner: Fault.Effect?
        for index in faults.indices {
            let effect = faults[index].strike(record)
            if winner == nil { winner = effect }
        }
        if winner == .crash { isDead = true }
        return winner
    }
}

extension Fault.Effect {
    /// What the caller sees.
    var code: Int32 {
        switch self {
        case .fail(let code), .failAfterPartial(_, let code): code
        case .crash: EIO
        }
    }
}
