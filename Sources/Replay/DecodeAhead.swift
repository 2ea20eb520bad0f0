import Ledger
import LogStore
import Synchronization

/// Reads, checks and decodes a log on a thread of its own, a few blocks ahead of whoever applies them.
///
///     decoder   fill block n … n + 7 ──▶ filled      blocks are a ring, each with one of the two threads
///     caller    drained ◀── apply block n            at a time; nothing is allocated on the way
final class DecodeAhead<P: Platform>: Sendable {
    private let log: ReplayLog<P>
    private let range: Range<UInt64>
    private let blocks: [EventBlock]
    /// Blocks ever handed over and ever given back: block number modulo the ring's size is its place.
    private let filled = Atomic<Int>(0)
    private let drained = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let filling = Signal()
    private let draining = Signal()

    private static var blockCount: Int { 8 }
    private static var spinNanoseconds: Int64 { 20_000 }

    /// - Parameter range: the sequences to read; nothing after it is looked at.
    init(_ log: ReplayLog<P>, _ range: Range<UInt64>) {
        self.log = log
        self.range = range
        blocks = (0..<Self.blockCount).map { _ in EventBlock() }
    }

    /// Starts the thread; the caller joins it after `stop` or the last block.
    func start() -> DedicatedThread {
        DedicatedThread(name: "hf-decode") { self.run() }
    }

    /// Lets the thread end soon, wherever it is.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        draining.raise()
    }

    // MARK: The thread that applies

    /// Waits for the next block; give it back with `giveBack` before asking again.
    func nextBlock() -> EventBlock {
        let number = drained.load(ordering: .relaxed)
        while true {
            let seen = filling.current
            if filled.load(ordering: .acquiring) > number { return blocks[number % Self.blockCount] }
            filling.wait(since: seen, spinNanoseconds: Self.spinNanoseconds)
        }
    }

    func giveBack() {
        drained.wrappingAdd(1, ordering: .releasing)
        draining.raise()
    }

    // MARK: The thread that decodes

    /// The block to fill now; nil if nobody wants more.
    private func freeBlock() -> EventBlock? {
        let number = filled.load(ordering: .relaxed)
        while true {
            let seen = draining.current
            if isStopped.load(ordering: .acquiring) { return nil }
            if number - drained.load(ordering: .acquiring) < Self.blockCount {
                let block = blocks[number % Self.blockCount]
                block.removeAll()
                return block
            }
            draining.wait(since: seen, spinNanoseconds: Self.spinNanoseconds)
        }
    }

    private func handOver() {
        filled.wrappingAdd(1, ordering: .releasing)
        filling.raise()
    }

    private func run() {
        guard var block = freeBlock() else { return }
        block.endSequence = range.lowerBound
        do throws(ReplayError) {
            guard try readAll(&block) else { return }
        } catch { block.failure = error }
        block.isLast = true
        handOver()
    }

    /// False if it was stopped.
    private func readAll(_ block: inout EventBlock) throws(ReplayError) -> Bool {
        var reader = LogReader(source: log.source, from: range.lowerBound, windowBytes: 1 << 20)
        while reader.position < range.upperBound {
            do throws(LogStoreError) {
                guard try reader.next() else {
                    throw .notReadable(sequence: reader.position, reason: "the log ends here")
                }
            } catch { throw .log(error, sequence: reader.position) }
            guard try decode(reader.run, &block) else { return false }
        }
        return true
    }

    private func decode(_ run: EventRun, _ block: inout EventBlock) throws(ReplayError) -> Bool {
        var cursor = run.makeCursor()
        while let view = cursor.next(), view.sequence < range.upperBound {
            if block.isFull {
                handOver()
                guard let next = freeBlock() else { return false }
                block = next
            }
            try decode(view, block)
            block.endSequence = view.sequence + 1
        }
        return true
    }

    @inline(__always)
    private func decode(_ view: borrowing EventView, _ block: EventBlock) throws(ReplayError) {
        if let event = try log.event(view) {
            block.append(event, byteCount: view.bytes.byteCount)
        } else {
            block.skip(byteCount: view.bytes.byteCount)
        }
    }
}
