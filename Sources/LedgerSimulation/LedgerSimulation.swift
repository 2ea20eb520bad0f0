internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay
internal import Server
internal import Simulation

/// A server and those who talk to it on a simulated machine, on one thread, from a seed: the same seed is the
/// same run, to the byte.
///
/// Connections deliver in pieces, break, and are given up while what was sent is still on its way; the
/// process is killed at any point, and finds any disk that a crash may leave; disks are full for a while, or
/// fail once; the clock jumps. Clients tell stories of payments, readers ask about them, auditors follow the
/// log. An oracle looks at everything that leaves: it must be what the client's story and the log so far say,
/// and it must depend on nothing that is not durable. After every restart each event that ever was durable
/// must be there as it was; in the end nothing is there more than once, and every auditor has heard all.
package struct LedgerSimulation: ~Copyable {
    let clock = SimulatedClock()
    private var random: SeededRandom
    /// What a life of the server finds when it starts.
    var disk = SimulatedDisk()
    /// Nil while no process runs.
    var server: SimulatedServer?
    private var clients: [SimulatedClient] = []
    private var readers: [SimulatedReader] = []
    private var auditors: [SimulatedAuditor] = []
    private var peers: [any SimulatedPeer] = []
    var links: [SimulatedLink] = []
    /// By connection and request: the sequence that the state was about to write when it was offered.
    var offered: [ConnectionRequest: UInt64] = [:]
    let known = KnownLog()
    /// Whether the disk has been made to refuse something: operations may fail.
    var trouble = DiskTrouble.none
    var report: SimulationReport

    private static var clientCount: Int { 4 }
    private static var readerCount: Int { 2 }

    private init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        report = SimulationReport(seed: seed)
    }

    /// Runs a seed for so many steps, and then until everybody has heard all they wait for.
    package static func run(seed: UInt64, steps: Int = 3_000) -> SimulationReport {
        var world = LedgerSimulation(seed: seed)
        do {
            try world.begin()
            for _ in 0..<steps where world.report.problem == nil { try world.step() }
            try world.finish()
        } catch { world.note("\(error)") }
        world.count()
        return world.report
    }

    mutating func note(_ problem: String?) {
        if report.problem == nil, let problem { report.problem = "step \(report.steps): \(problem)" }
    }

    mutating func draw(_ bound: Int) -> Int { random.below(bound) }
    mutating func drawSeed() -> UInt64 { random.next() }

    // MARK: Beginning

    private mutating func begin() throws {
        try start()
        guard let server, let key = try server.firstKey() else { return note("there is no first key") }
        try SimulatedSetup(key, server, isLong: draw(3) == 0).run()
        try known.extend(by: server)
        for number in 0..<Self.clientCount {
            let merchant = MerchantID(raw: UInt64(1 + number % 2))
            let story = PaymentStory(number: number, merchant: merchant, seed: drawSeed())
            clients.append(SimulatedClient(line("client \(number)", key), story))
        }
        for number in 0..<Self.readerCount {
            readers.append(SimulatedReader(line("reader \(number)", key), names: server.names))
        }
        for manner in Self.manners { auditors.append(SimulatedAuditor(line(manner.name, key), manner)) }
        peers = clients as [any SimulatedPeer] + readers + auditors
    }

    private mutating func line(_ name: String, _ key: APIKey) -> SimulatedLine {
        SimulatedLine(key, name: name, seed: drawSeed())
    }

    /// Who follows the log: one works off at once, one hardly ever, one never stays, one wants little of it.
    private static var manners: [SimulatedAuditor.Manner] {
        [
            .init(name: "fast auditor", window: 1_000, pace: 1_000, patience: 0),
            .init(name: "slow auditor", window: 5, pace: 1, patience: 0),
            .init(name: "reconnecting auditor", window: 60, pace: 30, patience: 6),
            .init(
                name: "merchant's auditor", window: 8, pace: 4, patience: 20,
                merchant: MerchantID(raw: 1)),
        ]
    }

    // MARK: Steps

    private mutating func step() throws {
        report.steps += 1
        guard let server else { return try stepWithoutServer() }
        do {
            switch draw(100) {
            case 0..<26: deliverToServer(server)
            case 26..<44: try turn(server)
            case 44..<57: try commit(server)
            case 57..<74: deliverToPeer(server)
            case 74..<86: act(peers[draw(peers.count)], server)
            case 86..<91: feed(server)
            case 91..<94: clock.advance(nanoseconds: UInt64(draw(2_000_000_000)))
            default: try stepRarely(server)
            }
        } catch { try end(server, because: error) }
    }

    private mutating func stepWithoutServer() throws {
        if draw(6) == 0 { endTrouble(nil) }
        try restart()
    }

    private mutating func stepRarely(_ server: SimulatedServer) throws {
        switch draw(12) {
        case 0: moveClock()
        case 1, 2: try workAside(server)
        case 3: try server.record()
        case 4: try server.keepSnapshots()
        case 5, 6: server.readHistory()
        case 7: breakConnection()
        case 8: if draw(3) == 0 { troubleDisk(server) }
        case 9: if draw(2) == 0 { endTrouble(server) }
        default: if draw(4) == 0 { try crash(server) }
        }
    }

    /// Everything a quiet world would do, until nobody waits.
    private mutating func finish() throws {
        for _ in 0..<5_000 where report.problem == nil {
            endTrouble(server)
            if server == nil { try restart() }
            guard let server else { continue }
            do { try settle(server) } catch {
                try end(server, because: error)
                continue
            }
            let isQuiet = server.durableEnd == server.decidedEnd && server.durableEnd == known.end
            if isQuiet, peers.allSatisfy({ $0.isContent(known) }) { return try compare(server) }
        }
        if report.problem == nil { note("somebody waits for ever") }
    }

    private mutating func settle(_ server: SimulatedServer) throws {
        for peer in peers where !(peer.line.isReady && peer.isContent(known)) { act(peer, server) }
        while links.contains(where: { !$0.toServer.isEmpty }) { deliverToServer(server) }
        // Nobody hears of a moment at which nothing happens.
        clock.advance(nanoseconds: 1_000_000_000)
        try turn(server)
        while try server.commit() {}
        release(server)
        for _ in 0..<8 { server.readHistory() }
        for _ in 0..<8 {
            feed(server)
            while links.contains(where: { !$0.toClient.isEmpty }), report.problem == nil {
                deliverToPeer(server)
            }
        }
        try workAside(server)
    }

    private mutating func act(_ peer: any SimulatedPeer, _ server: SimulatedServer) {
        if peer.line.isReady {
            peer.act(known)
        } else if !peer.line.isConnected, let connection = server.core.open() {
            let link = SimulatedLink(to: peer)
            (link.connection, connection.carrier) = (connection, link)
            peer.line.connect(link)
            links.append(link)
            report.connections += 1
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

    // MARK: The end

    private mutating func count() {
        report.answers = clients.reduce(0) { $0 + $1.answers }
        report.queries = readers.reduce(0) { $0 + $1.answers }
        report.heard = auditors.reduce(0) { $0 + $1.heardCount }
        report.events = known.end
    }

    /// The ledger against what clients were told, and against its own log.
    private mutating func compare(_ server: SimulatedServer) throws {
        let noted = clients.reduce(0) { $0 + $1.story.authorizedCount + $1.story.blockedCount }
        let payments = server.core.withState { $0.payments.count + Int($0.absentPaymentCount) }
        report.payments = payments
        report.returned += server.core.returnedCount
        if payments != noted {
            note("\(payments) payments in the ledger, \(noted) were acknowledged")
        }
        var state = LedgerState(shard: Shard(number: 0), seed: drawSeed())
        _ = try Rebuild.replay(ReplayLog(server.log), into: &state, upTo: nil) { _ in }
        let digest = server.core.withState { $0.digest }
        if state.digest != digest { note("the log replayed is \(state.digest), the state \(digest)") }
        let captured = clients.reduce(Int64(0)) { $0 + $1.story.capturedSum }
        let posted = state.captures.sortedRows.reduce(Int64(0)) { $0 + $1.amount.minorUnits }
        if posted != captured { note("\(posted) captured in the ledger, \(captured) were acknowledged") }
    }
}
