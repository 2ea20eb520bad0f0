/// The connections of a server, by place. Used by one thread.
struct ConnectionTable<Connection: AnyObject> {
    private var connections: [Connection?] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    /// Gives a connection a place. Places are used again, under another generation.
    mutating func add(_ make: (ConnectionID) -> Connection) -> Connection {
        let slot = free.popLast() ?? UInt32(truncatingIfNeeded: connections.count)
        if Int(slot) == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        let connection = make(ConnectionID(slot: slot, generation: generations[Int(slot)]))
        connections[Int(slot)] = connection
        count += 1
        return connection
    }

    mutating func remove(_ id: ConnectionID) {
        guard self[id] != nil else { return }
        count -= 1
        connections[Int(id.slot)] = nil
        generations[Int(id.slot)] &+= 1
        free.append(id.slot)
    }

    /// Nil if it is gone.
    subscript(id: ConnectionID) -> Connection? {
        let slot = Int(id.slot)
        guard slot < connections.count, generations[slot] == id.generation else { return nil }
        return connections[slot]
    }

    /// All there are, in the order of their places.
    var all: [Connection] { connections.compactMap { $0 } }
}
