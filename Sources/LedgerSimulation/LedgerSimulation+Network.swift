internal import LogStore
internal import Protocol
internal import Server

// Bytes on their way, and connections that end.
extension LedgerSimulation {
    mutating func deliverToServer(_ server: SimulatedServer) {
        let waiting = links.filter { !$0.toServer.isEmpty }
        if waiting.isEmpty { return }
        let link = waiting[draw(waiting.count)]
        let count = draw(4) == 0 ? 1 + draw(link.toServer.count) : link.toServer.count
        link.pending += link.toServer.prefix(count)
        link.toServer.removeFirst(count)
        guard let connection = link.connection else { return }
        while true {
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            let taken = connection.takeFrame(unsafe link.pending.span.bytes)
            if taken == 0 { break }
            noteOffer(link.pending, connection.id, server)
            link.pending.removeFirst(taken)
        }
        collect(link, server)
    }

    /// Has the feed's thread take a step, and the loop what it was woken for.
    mutating func feed(_ server: SimulatedServer) {
        server.feedSubscriptions()
        for (id, bytes) in server.feed.take() {
            // SAFETY: as above.
            server.core.send(unsafe bytes.span.bytes, to: id)
            for link in links where link.connection?.id == id { link.isFed = true }
        }
        collectAll(server)
    }

    mutating func release(_ server: SimulatedServer) {
        server.core.release(durableEnd: server.durableEnd)
        collectAll(server)
    }

    mutating func collectAll(_ server: SimulatedServer) {
        for link in links { collect(link, server) }
    }

    /// Takes what a connection puts out, and looks at it as it leaves.
    private mutating func collect(_ link: SimulatedLink, _ server: SimulatedServer) {
        guard let connection = link.connection, connection.output.count > 0 else { return }
        let bytes = connection.output.copied
        connection.output.removeAll()
        inspect(bytes, connection.id, server)
        if !link.isLeftByClient { link.toClient += bytes }
        noteRoom(link, server)
    }

    /// A socket that takes more lets its subscriptions go on.
    private func noteRoom(_ link: SimulatedLink, _ server: SimulatedServer) {
        guard link.isFed, link.isWritable, let connection = link.connection else { return }
        link.isFed = false
        server.feed.hasRoom(connection.id)
    }

    mutating func deliverToPeer(_ server: SimulatedServer) {
        let waiting = links.filter { !$0.toClient.isEmpty }
        if waiting.isEmpty { return dropFinished() }
        let link = waiting[draw(waiting.count)]
        let count = draw(4) == 0 ? 1 + draw(link.toClient.count) : link.toClient.count
        let bytes = link.toClient.prefix(count)
        link.toClient.removeFirst(count)
        if !link.isLeftByClient { note(link.peer.receive(bytes, known)) }
        noteRoom(link, server)
        dropFinished()
    }

    /// Connections that the server has closed, and whose last bytes have arrived.
    private mutating func dropFinished() {
        for link in links where link.isFinished && link.toClient.isEmpty {
            if !link.isLeftByClient { link.peer.disconnect() }
            forget(link)
        }
    }

    /// A client gives its connection up, or it breaks: what was sent may still arrive, or not.
    mutating func breakConnection() {
        let own = links.filter { !$0.isLeftByClient }
        if own.isEmpty { return }
        let link = own[draw(own.count)]
        link.peer.disconnect()
        link.toClient = []
        if draw(2) == 0 {
            link.toServer = []
            forget(link)
        }
    }

    private mutating func forget(_ link: SimulatedLink) {
        if let connection = link.connection {
            server?.core.close(connection.id)
            server?.feed.hasRoom(connection.id)
            offered = offered.filter { $0.key.connection != connection.id }
        }
        link.connection = nil
        links.removeAll { $0 === link }
    }
}

/// One request of one connection.
struct ConnectionRequest: Hashable {
    let connection: ConnectionID
    let request: UInt64
}
