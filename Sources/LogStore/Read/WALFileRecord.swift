import Synchronization

/// A write-ahead file as the log knows it: where it is, what it holds, and where each frame starts.
///
/// Frames are added by the committer (or recovery) once durable; readers and the sealer look them up.
package final class WALFileRecord: Sendable {
    /// One frame's place; 24 bytes a frame.
    package struct Frame: Sendable, Equatable {
        package var firstSequence: UInt64
        package var offset: UInt64
        package var totalLength: Int
    }

    package let path: StoragePath
    package let header: FileHeader
    /// nil if the file is not encrypted.
    package let dataKey: SecretKey?
    private let frames: Mutex<(list: [Frame], endSequence: UInt64, isClosed: Bool)>

    package init(path: StoragePath, header: FileHeader, dataKey: SecretKey?) {
        self.path = path
        self.header = header
        self.dataKey = dataKey
        frames = Mutex(([], header.firstSequence, false))
    }

    package var uuid: LogUUID { header.fileUUID }
    package var firstSequence: UInt64 { header.firstSequence }

    /// The month whose events it holds.
    package var month: Month {
        guard let month = Month(number: header.partition) else {
            invariantViolated("file header accepted with month \(header.partition)")
        }
        return month
    }

    /// Sequence after the last durable event in it.
    package var endSequence: UInt64 { frames.withLock { $0.endSequence } }
    /// Offset after the last durable data frame.
    package var endOffset: UInt64 {
        frames.withLock {
            $0.list.last.map { $0.offset + UInt64($0.totalLength) } ?? UInt64(FileHeader.byteCount)
        }
    }
    /// Whether no frame will be added any more.
    package var isClosed: Bool { frames.withLock { $0.isClosed } }
    package func close() { frames.withLock { $0.isClosed = true } }

    /// Notes a durable frame; one without events needs none.
    package func add(_ header: FrameHeader) {
        guard header.kind == .data else { return }
        let frame = Frame(
            firstSequence: header.firstSequence, offset: header.fileOffset, totalLength: header.totalLength)
        frames.withLock {
            $0.list.append(frame)
            $0.endSequence = header.endSequence
        }
    }

    /// The frame that holds `sequence`, nil if none does.
    package func frame(containing sequence: UInt64) -> Frame? {
        frames.withLock { frames in
            guard sequence >= header.firstSequence, sequence < frames.endSequence else { return nil }
            // The last frame whose first sequence is not above the wanted one.
            var low = 0
            var high = frames.list.count
            while low < high {
                let middle = (low + high) / 2
                if frames.list[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : frames.list[low - 1]
        }
    }
}
