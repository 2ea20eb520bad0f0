package import LogStore

/// The one reader all subscriptions share, and the last few stretches it read. Used by one thread.
package struct EventWindows<Disk: Storage>: ~Copyable {
    private var reader: LogReader<Disk>
    private var windows = [EventWindow](repeating: EventWindow(), count: Self.count)
    /// Which gives way to the next.
    private var oldest = 0
    /// Stretches that were read.
    package private(set) var readCount: UInt64 = 0

    private static var count: Int { 8 }
    /// As much as one turn sends, so that a turn needs about one window and the next subscription finds it
    /// there. The last run, a block of 256 events or a frame of at most 4 MiB, is taken whole.
    private static var windowBytes: Int { 256 << 10 }

    package init(of source: LogSource<Disk>) {
        reader = LogReader(source: source, from: 0, windowBytes: Self.windowBytes)
    }

    /// The window that holds `sequence`, a durable one.
    package mutating func window(holding sequence: UInt64) throws(LogStoreError) -> EventWindow {
        if let index = windows.firstIndex(where: { $0.sequences.contains(sequence) }) {
            return windows[index]
        }
        return windows[try read(from: sequence)]
    }

    /// Reads a stretch, and returns the index of its window.
    private mutating func read(from sequence: UInt64) throws(LogStoreError) -> Int {
        if reader.position != sequence { reader.seek(to: sequence) }
        guard try reader.next() else {
            throw .notReadable(sequence: sequence, reason: "the log ends before it")
        }
        readCount &+= 1
        let index = oldest
        windows[index].removeAll()
        repeat {
            Self.append(to: &windows[index], from: reader)
            // What is wrong further on is told to whoever comes there.
        } while windows[index].byteCount < Self.windowBytes && (try? reader.next()) == true
        oldest = (index + 1) % Self.count
        return index
    }

    private static func append(to window: inout EventWindow, from reader: borrowing LogReader<Disk>) {
        window.append(reader.run)
    }
}
