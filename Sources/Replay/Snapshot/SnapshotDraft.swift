package import LogStore
package import Projections

/// A snapshot on its way: a file under a temporary name, which counts for nothing until it is published.
package struct SnapshotDraft<P: Platform> {
    /// The name it will have.
    package let path: StoragePath
    let preamble: SnapshotPreamble
    let file: P.Disk.File
    let writer: SnapshotWriter<P.Disk.File>

    /// Count of events it holds.
    package var sequence: UInt64 { preamble.sequence }
    /// Bytes written by this process.
    package var byteCount: UInt64 { writer.byteCount }
    /// Of its file; nil if a copy of this process could not write it.
    package var descriptorNumber: Int32? { file.descriptorNumber }

    /// Writes the state it was begun for, and makes it durable. Takes no lock: a copy of this process may.
    package func fill(with state: inout LedgerState) throws(SnapshotError) {
        do throws(SnapshotFailure) {
            try writer.begin(preamble)
            try state.writeSnapshot(to: writer)
            try writer.end()
        } catch {
            if let failure = writer.failure { throw .log(.storage(failure)) }
            throw .malformed("\(error)")
        }
        do throws(StorageError) { try file.sync() } catch { throw .log(.storage(error)) }
    }
}
