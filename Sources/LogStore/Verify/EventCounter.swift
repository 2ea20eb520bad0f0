/// Counts, sums and hashes events in order.
struct EventCounter<Index: EventIndex>: ~Copyable {
    private let index: Index
    private let describes: Bool
    /// The month the events must lie in, yyyymm.
    private let month: UInt32
    private var facts = EventFacts()
    private(set) var totals = ControlTotals()
    /// Of the block begun last.
    private(set) var leaves: [Hash256] = []
    private(set) var keys: [IndexKey] = []
    private(set) var fault: String?
    private let monthEnd: UInt64

    init(index: Index, describes: Bool, month: UInt32) {
        self.index = index
        self.describes = describes
        self.month = month
        monthEnd = Month(number: month)?.end ?? 0
        leaves.reserveCapacity(256)
    }

    mutating func beginBlock() {
        leaves.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        fault = nil
    }

    mutating func add(_ event: borrowing EventView) {
        leaves.append(SHA256.leaf(event.bytes))
        let header = event.header
        if totals.eventCount > 0, header.time <= totals.lastTime {
            fault = "event \(event.sequence) has time \(header.time), not after \(totals.lastTime)"
        }
        if header.time >= monthEnd || totals.eventCount == 0 && Month(containing: header.time).number != month
        {
            fault = "event \(event.sequence) of time \(header.time) is not of month \(month)"
        }
        totals.countEvent(time: header.time)
        facts.removeAll()
        if describes, header.type < EventHeader.reservedTypeMin { index.describe(event, into: &facts) }
        for position in 0..<facts.keyCount { keys.append(facts.key(position)) }
        if facts.totalCount == 0 { totals.add(type: header.type, currency: 0, amount: 0) }
        for position in 0..<facts.totalCount {
            let total = facts.total(position)
            totals.add(type: header.type, currency: total.currency, amount: total.amount)
        }
    }

    /// Root over the block's leaves.
    var tileRoot: Hash256 {
        var tree = MerkleFrontier()
        for leaf in leaves { tree.append(leaf: leaf) }
        return tree.root
    }
}
