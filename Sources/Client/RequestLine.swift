/// What somebody waits for: commands of one caller, or a query.
protocol WaitingItem: AnyObject {
    /// Its turn among all of its line, given when it is added.
    var turn: UInt64 { get set }
    /// Whether asking again with the same bytes is safe.
    var isRepeatable: Bool { get }
    /// Of the client's clock, nanoseconds: it is not sent again later than that.
    var deadline: UInt64 { get }
    func fail(_ error: ClientError)
}

/// What waits to be sent, in the order it came, and what is on its way to an answer. What has to be sent
/// again takes the turn it had. Pure.
struct RequestLine<Item: WaitingItem> {
    private var waiting: [Item] = []
    /// Of `waiting`: those before it are gone.
    private var first = 0
    private var inFlight: [UInt64: [Item]] = [:]
    private var turns: UInt64 = 0

    /// The next to be sent.
    var next: Item? { first < waiting.count ? waiting[first] : nil }
    var inFlightCount: Int { inFlight.count }

    mutating func add(_ item: Item) {
        turns += 1
        item.turn = turns
        waiting.append(item)
    }

    /// Takes the next away, to be sent.
    mutating func takeNext() -> Item? {
        guard let item = next else { return nil }
        first += 1
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        }
        return item
    }

    mutating func sent(_ items: [Item], as request: UInt64) { inFlight[request] = items }

    /// An answer came: what it is about; nil if nothing of this line has that number.
    mutating func answered(_ request: UInt64) -> [Item]? { inFlight.removeValue(forKey: request) }

    /// To be sent again: items whose time is over by then get the error instead.
    mutating func putBack(_ items: [Item], at time: UInt64, otherwise error: ClientError) {
        let patient = items.filter { item in
            if item.deadline <= time { item.fail(error) }
            return item.deadline > time
        }
        waiting = (patient + waiting[first...]).sorted { $0.turn < $1.turn }
        first = 0
    }

    /// The connection broke: what was on its way is sent again if that is safe.
    mutating func loseConnection(at time: UInt64, _ error: ClientError) {
        let lost = inFlight.sorted { $0.key < $1.key }.flatMap(\.value)
        inFlight = [:]
        let repeatable = lost.filter { item in
            let isLost = !item.isRepeatable || item.deadline <= time
            if isLost { item.fail(.outcomeUnknown("\(error)")) }
            return !isLost
        }
        let unsent = Array(waiting[first...])
        (waiting, first) = (repeatable, 0)
        putBack(unsent, at: time, otherwise: error)
    }

    /// Nothing is sent any more.
    mutating func end(_ error: ClientError) {
        let lost = inFlight.sorted { $0.key < $1.key }.flatMap(\.value)
        let unsent = waiting[first...]
        (waiting, first, inFlight) = ([], 0, [:])
        for item in lost { item.fail(.outcomeUnknown("\(error)")) }
        for item in unsent { item.fail(error) }
    }
}
