package import LogStore

/// One thing that goes wrong: which operation, which time, and how.
package struct Fault: Sendable {
    /// Which paths it applies to.
    package enum PathMatch: Sendable, Equatable {
        case any
        case exactly(StoragePath)
        case prefix(String)
        case suffix(String)
        case containing(String)

        package func matches(_ path: StoragePath) -> Bool {
            switch self {
            case .any: true
            case .exactly(let expected): path == expected
            case .prefix(let part): path.description.hasPrefix(part)
            case .suffix(let part): path.description.hasSuffix(part)
            case .containing(let part): path.description.contains(part)
            }
        }
    }

    /// How often: a time counts when operation, path and region match.
    package enum Occurrence: Sendable, Equatable {
        /// Once, at the n-th match, counted from 1.
        case nth(Int)
        /// At every match: a region that cannot be read, a device that stays full.
        case every
    }

    package enum Effect: Sendable, Equatable {
        /// Nothing happens but the error. On `sync`, as on Linux: the file's dirty pages count as clean from
        /// now on, visible but perhaps never on the device.
        case fail(Int32)
        /// A write takes its first bytes and then fails; any other operation just fails.
        case failAfterPartial(bytes: Int, code: Int32)
        /// The machine stops before the operation: it and everything later on this storage ends with EIO.
        case crash
    }

    package var operation: StorageError.Operation?
    package var path: PathMatch
    /// For reads and writes: only if the access overlaps this range of the file.
    package var region: Range<UInt64>?
    package var occurrence: Occurrence
    package var effect: Effect

    /// - Parameter operation: nil for any, reads and look-ups included.
    package init(
        _ operation: StorageError.Operation?, _ path: PathMatch = .any, region: Range<UInt64>? = nil,
        _ occurrence: Occurrence = .nth(1), _ effect: Effect
    ) {
        self.operation = operation
        self.path = path
        self.region = region
        self.occurrence = occurrence
        self.effect = effect
    }

    func matches(_ record: OperationRecord) -> Bool {
        if let operation, operation != record.operation { return false }
        guard path.matches(record.path) || record.target.map(path.matches) == true else { return false }
        guard let region else { return true }
        guard let offset = record.offset, let count = record.byteCount else { return false }
        return offset < region.upperBound
            && offset.addingReportingOverflow(count).partialValue > region.lowerBound
    }
}

/// A fault with its count of matches.
struct ArmedFault: Sendable {
    let fault: Fault
    private var matchCount = 0

    init(_ fault: Fault) { self.fault = fault }

    /// Counts a match; the effect if it is this one's turn.
    mutating func strike(_ record: OperationRecord) -> Fault.Effect? {
        guard fault.matches(record) else { return nil }
        matchCount += 1
        return fault.occurrence == .every || fault.occurrence == .nth(matchCount) ? fault.effect : nil
    }
}

/// One operation of a storage, as it stands in the trace and as a hook sees it before it happens.
package struct OperationRecord: Sendable, Equatable, CustomStringConvertible {
    /// Position among the mutating operations of this storage, from 0; -1 for one that only looks.
    package let index: Int
    package let operation: StorageError.Operation
    package let path: StoragePath
    /// Where a rename leads.
    package let target: StoragePath?
    /// Byte offset of a write, new size of a truncation or allocation.
    package let offset: UInt64?
    /// Bytes of a write.
    package let byteCount: UInt64?

    package var description: String {
        let to = target.map { " to \($0)" } ?? ""
        let at = offset.map { " @\($0)" } ?? ""
        let count = byteCount.map { " +\($0)" } ?? ""
        return "\(operation.rawValue) \(path)\(to)\(at)\(count)"
    }
}
