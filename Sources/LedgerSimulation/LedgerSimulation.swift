internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay
internal import Server
internal import Simulation

/// A server and its clients on a simulated machine, on one thread, from a seed: the same seed is the same
/// run, to the byte.
///
/// Connections deliver in pieces, break, and are given up while what was sent is still on its way; the
/// process is killed at any point, and finds any disk that a crash may leave; the clock jumps. An oracle
/// looks at every answer: it must be what the client's story expects, and it must depend on nothing that was
/// not durable when it left. After every restart all that was acknowledged must be there, and in the end
/// nothing more than once.
package struct LedgerSimulation: ~Copyable {
    package struct Report: Sendable, Equatable {
        package let seed: UInt64
        package fileprivate(set) var steps = 0
        package fileprivate(set) var answers = 0
        package fileprivate(set) var crashes = 0
        package fileprivate(set) var reconnects = 0
        package fileprivate(set) var busy = 0
        package fileprivate(set) var payments = 0
        /// What was wrong; nil if all was well.
        package fileprivate(set) var problem: String?
    }

    private let clock = SimulatedClock()
    private var random: SeededRandom
    private var disk = SimulatedDisk()
    private var server: SimulatedServer?
    private var clients: [SimulatedClient] = []
    private var links: [(client: Int, link: SimulatedLink)] = []
    /// By connection and request: the sequence that the state was about to write when it was offered.
    private var offered: [ConnectionID: [UInt64: UInt64]] = [:]
    /// Events that were durable when an answer left.
    private var acknowledgedEnd: UInt64 = 0
    private var report: Report

    private static var clientCount: Int { 4 }

    private init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        report = Report(seed: seed)
    }

    /// Runs a seed for so many steps, and then until every client has its answer.
    package static func run(seed: UInt64, steps: Int = 1_500) -> Report {
        var world = LedgerSimulation(seed: seed)
        do {
            try world.begin()
            for _ in 0..<steps where world.report.problem == nil { try world.step() }
            try world.finish()
        } catch { world.note("\(error)") }
        return world.report
    }

    private mutating func note(_ problem: String?) {
        if report.problem == nil, let problem { report.problem = "step \(report.steps): \(problem)" }
    }

    private mutating func draw(_ bound: Int) -> Int { Int(random.next() >> 33) % bound }

    // MARK: Beginning

    private mutating func begin() throws {
        let server = try start()
        guard let key = try server.firstKey() else { return note("there is no first key") }
        let setup = SimulatedSetup(key, server)
        try setup.run()
        acknowledgedEnd = server.durableEnd
        for number in 0..<Self.clientCount {
            let story = PaymentStory(
                number: number, merchant: MerchantID(raw: UInt64(1 + number % 2)), seed: random.next())
            clients.append(SimulatedClient(key, story, seed: random.next()))
        }
    }

    private mutating func start() throws -> SimulatedServer {
        let started = try SimulatedServer(disk, clock: clock, seed: random.next())
        server = started
        guard started.durableEnd >= acknowledgedEnd else {
            throw SimulationFailure("\(started.durableEnd) events are left of \(acknowledgedEnd)")
        }
        return started
    }

    // MARK: Steps

    private mutating func step() throws {
        report.steps += 1
        guard let server else { return try restart() }
        switch draw(100) {
        case 0..<30: deliverToServer(server)
        case 30..<52: try turn(server)
        case 52..<66: try commit(server)
        case 66..<84: deliverToClient()
        case 84..<92: try act(draw(clients.count), server)
        case 92..<95: clock.advance(nanoseconds: UInt64(draw(2_000_000_000)))
        case 95: moveClock()
        case 96: try workAside(server)
        case 97: breakConnection()
        default: if draw(3) == 0 { crash(server) }
        }
    }

    /// Everything a quiet world would do, until nobody waits.
    private mutating func finish() throws {
        for _ in 0..<20_000 where report.problem == nil {
            if server == nil { try restart() }
            guard let server else { return }
            for number in clients.indices where clients[number].asked != nil || !clients[number].isConnected {
                try act(number, server)
            }
            while links.contains(where: { !$0.link.toServer.isEmpty }) { deliverToServer(server) }
            try turn(server)
            while try server.commit() {}
            release(server)
            while links.contains(where: { !$0.link.toClient.isEmpty }), report.problem == nil {
                deliverToClient()
            }
            try workAside(server)
            if clients.allSatisfy({ $0.asked == nil }) { return try compare(server) }
        }
        if report.problem == nil { note("clients wait for ever") }
    }

    private mutating func act(_ number: Int, _ server: SimulatedServer) throws {
        let client = clients[number]
        if !client.isConnected {
            guard let connection = server.core.open() else { return }
            let link = SimulatedLink()
            (link.connection, connection.carrier) = (connection, link)
            client.connect(link)
            links.append((number, link))
            report.reconnects += 1
        } else if client.isIdle {
            _ = client.ask()
        }
    }

    private mutating func deliverToServer(_ server: SimulatedServer) {
        let waiting = links.indices.filter { !links[$0].link.toServer.isEmpty }
        if waiting.isEmpty { return }
        let link = links[waiting[draw(waiting.count)]].link
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
        collect(link)
    }

    /// Remembers where the state was when a request was offered: its answer cannot depend on less.
    private mutating func noteOffer(_ frame: [UInt8], _ id: ConnectionID, _ server: SimulatedServer) {
        guard frame.count >= MessageHeader.byteCount else { return }
        // SAFETY: as above.
        let bytes = unsafe frame.span.bytes
        if let header = try? MessageHeader(reading: bytes, lengthMax: .max), header.type == .commands {
            offered[id, default: [:]][header.request] = server.decidedEnd
        }
    }

    private mutating func turn(_ server: SimulatedServer) throws {
        try server.turn()
        release(server)
    }

    private mutating func commit(_ server: SimulatedServer) throws {
        _ = try server.commit()
        release(server)
    }

    private mutating func release(_ server: SimulatedServer) {
        server.core.release(durableEnd: server.durableEnd)
        for (_, link) in links { collect(link) }
    }

    /// Takes what a connection puts out, and looks at it as it leaves.
    private mutating func collect(_ link: SimulatedLink) {
        guard let connection = link.connection, connection.output.count > 0, let server else { return }
        let bytes = connection.output.copied
        connection.output.removeAll()
        inspect(bytes, connection.id, server)
        if !link.isLeftByClient { link.toClient += bytes }
    }

    /// No answer leaves before what it depends on is durable.
    private mutating func inspect(_ bytes: [UInt8], _ id: ConnectionID, _ server: SimulatedServer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let frame = Array(rest)
            // SAFETY: as above.
            let span = unsafe frame.span.bytes
            guard case .whole(let header)? = try? FrameScan.first(in: span, lengthMax: .max) else {
                return note("half a frame left")
            }
            let end = MessageHeader.byteCount + Int(header.length)
            if header.type == .results {
                let needed = dependence(
                    span.extracting(MessageHeader.byteCount..<end), header.request, id)
                if needed > server.durableEnd {
                    note("an answer left that needs \(needed) events, \(server.durableEnd) are durable")
                }
                acknowledgedEnd = max(acknowledgedEnd, needed)
            } else if header.type == .failure {
                report.busy += 1
            }
            rest = rest.dropFirst(end)
        }
    }

    /// How many events have to be durable for an answer to be true.
    private mutating func dependence(_ body: RawSpan, _ request: UInt64, _ id: ConnectionID) -> UInt64 {
        var needed = offered[id]?.removeValue(forKey: request) ?? 0
        var cursor = WireCursor(body)
        guard let head = try? ResultsHead.read(&cursor) else { return needed }
        for _ in 0..<head.count {
            guard let result = try? CommandResult(reading: &cursor) else { return needed }
            switch result.status {
            case .done: needed = max(needed, result.position + UInt64(result.events))
            case .exists: needed = max(needed, result.position + 1)
            case .refused: break
            }
        }
        return needed
    }

    private mutating func deliverToClient() {
        let waiting = links.indices.filter { !links[$0].link.toClient.isEmpty }
        if waiting.isEmpty { return dropFinished() }
        let (number, link) = links[waiting[draw(waiting.count)]]
        let count = draw(4) == 0 ? 1 + draw(link.toClient.count) : link.toClient.count
        let bytes = link.toClient.prefix(count)
        let before = clients[number].answers
        if !link.isLeftByClient { note(clients[number].receive(bytes)) }
        report.answers += clients[number].answers - before
        link.toClient.removeFirst(count)
        dropFinished()
    }

    /// Connections that the server has closed, and whose last bytes have arrived.
    private mutating func dropFinished() {
        for (number, link) in links where link.isFinished && link.toClient.isEmpty {
            if !link.isLeftByClient { clients[number].disconnect() }
            forget(link)
        }
    }

    // MARK: Faults

    /// A client gives its connection up, or it breaks: what was sent may still arrive, or not.
    private mutating func breakConnection() {
        let own = links.filter { !$0.link.isLeftByClient }
        if own.isEmpty { return }
        let (number, link) = own[draw(own.count)]
        clients[number].disconnect()
        link.toClient = []
        if draw(2) == 0 {
            link.toServer = []
            forget(link)
        }
    }

    private mutating func forget(_ link: SimulatedLink) {
        if let connection = link.connection {
            server?.core.close(connection.id)
            offered[connection.id] = nil
        }
        link.connection = nil
        links.removeAll { $0.link === link }
    }

    /// Forward or back, seconds or days.
    private mutating func moveClock() {
        let spans: [UInt64] = [1_000_000_000, 60_000_000_000, 3_600_000_000_000]
        let span = spans[draw(spans.count)]
        clock.setWall(draw(2) == 0 ? clock.wall + span : clock.wall - span)
    }

    private mutating func workAside(_ server: SimulatedServer) throws {
        try server.workAside()
        try server.keepSnapshots()
    }

    /// The process dies; of the disk any image is left that a crash may leave.
    private mutating func crash(_ server: SimulatedServer) {
        report.crashes += 1
        let left = server.crash()
        var options = CrashImages.Options(seed: random.next(), sampleCount: 4)
        options.exhaustiveLimit = 0
        options.walksSingles = false
        var images = Array(CrashImages(of: left, options: options).prefix(8))
        disk = images.remove(at: draw(images.count)).image
        self.server = nil
        for (number, link) in links where !link.isLeftByClient { clients[number].disconnect() }
        (links, offered) = ([], [:])
    }

    private mutating func restart() throws { _ = try start() }

    // MARK: The end

    /// The ledger against what clients were told, and against its own log.
    private mutating func compare(_ server: SimulatedServer) throws {
        let authorized = clients.reduce(0) { $0 + $1.story.authorizedCount }
        let payments = server.core.withState { $0.payments.count }
        report.payments = payments
        if payments != authorized {
            note("\(payments) payments in the ledger, \(authorized) were acknowledged")
        }
        var state = LedgerState(shard: Shard(number: 0), seed: random.next())
        _ = try Rebuild.replay(ReplayLog(server.log), into: &state, upTo: nil) { _ in }
        let digest = server.core.withState { $0.digest }
        if state.digest != digest { note("the log replayed is \(state.digest), the state \(digest)") }
        let captured = clients.reduce(Int64(0)) { $0 + $1.story.capturedSum }
        let posted = server.core.withState { state in
            state.captures.sortedRows.reduce(Int64(0)) { $0 + $1.amount.minorUnits }
        }
        if posted != captured { note("\(posted) captured in the ledger, \(captured) were acknowledged") }
    }
}

/// What a run cannot go on with.
struct SimulationFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
