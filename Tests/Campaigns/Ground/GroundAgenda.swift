/// What is to be done, and when: in the order of Tests/Ground/README.md.
struct GroundAgenda {
    /// In the order of what is done at one moment.
    enum Kind: UInt8 {
        case tick = 0
        case row, void, capture, rest, refund, dispute, decision
        case submit, accept, settle, cash, payout, paid
    }

    struct Entry: Comparable {
        /// Seconds since the Unix epoch.
        var time: UInt64
        var kind: Kind
        /// A row, or of a batch: its day times 1,000 and its merchant.
        var number: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.time, left.kind.rawValue, left.number) < (right.time, right.kind.rawValue, right.number)
        }
    }

    /// A binary heap; not the ledger's own, which is what is being looked at.
    private var heap: [Entry] = []

    var first: Entry? { heap.first }

    mutating func add(_ time: UInt64, _ kind: Kind, _ number: UInt64) {
        heap.append(Entry(time: time, kind: kind, number: number))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func removeFirst() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[least]
            {
                least = child
            }
            if least == index { return first }
            heap.swapAt(index, least)
            index = least
        }
    }
}
