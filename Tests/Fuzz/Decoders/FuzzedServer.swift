import Client
import Ledger
import LogStore
import Projections
import Protocol
import Replay
import Server
import Simulation

/// A whole server on a simulated disk, but for sockets: made anew of the same small ledger for every input,
/// so that the same bytes do the same.
final class FuzzedServer {
    private typealias Core = ServerCore<SimulatedPlatform, LedgerIndex, UTCCalendar>

    private let log: LogStore<SimulatedPlatform, LedgerIndex>
    private let core: Core
    private let key: APIKey
    private var feed: SubscriptionFeed<SimulatedStorage, SilentOutlet>

    /// Whether the connection is still there when everything was said.
    static func judge(_ bytes: [UInt8]) -> Bool {
        do { return try FuzzedServer(on: ledger).isContent(with: bytes) } catch {
            invariantViolated("a server of a small ledger: \(error)")
        }
    }

    /// A ledger with nothing in it but a key.
    private static let ledger: SimulatedDisk = {
        do {
            let server = try FuzzedServer(on: SimulatedDisk())
            try server.settle()
            return server.crash()
        } catch { invariantViolated("no ledger to begin with: \(error)") }
    }()

    /// The fuzzer's key as a ledger has it.
    static let keyView: APIKeyView = {
        do {
            let server = try FuzzedServer(on: ledger)
            let connection = try server.connect()
            var create = CreateAPIKey()
            (create.publicID, create.name) = (Samples.apiKey.publicID, Text("fuzz") ?? Text())
            (create.scopes, create.actor) = (Scopes.all.rawValue, ActorID(raw: 2))
            guard let stored = KeyVerifier(bytes: Samples.apiKey.verifier.storedKey),
                let known = KeyVerifier(bytes: Samples.apiKey.verifier.serverKey)
            else { invariantViolated("verifiers have 32 bytes") }
            (create.storedKey, create.serverKey) = (stored, known)
            try server.say(
                Samples.frame(.commands) { Samples.put(Command(.createAPIKey(create)), &$0) }, connection)
            guard let view = server.core.withState({ $0.apiKey(publicID: create.publicID) }) else {
                invariantViolated("the fuzzer's key was not made")
            }
            return view
        } catch { invariantViolated("no key to begin with: \(error)") }
    }()

    private init(on disk: SimulatedDisk) throws {
        let storage = SimulatedStorage(disk: disk, options: .init(keepsTrace: false))
        let platform = SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 1)
        var settings = ServerSettings()
        settings.log.geometry = .tiny
        (settings.log.geometry.walBytes, settings.log.geometry.frameBytesMax) = (96 << 10, 64 << 10)
        settings.log.runsThreads = false
        (settings.inboxBytes, settings.inboxRequests) = (16 << 10, 24)
        let assembled = try AssembledServer.open(
            platform, settings, calendar: UTCCalendar(), groupEventsMax: 48)
        (log, core) = (assembled.log, assembled.core)
        let text = try AtomicFile.read(
            FirstKey<SimulatedPlatform>.path, byteCountMax: 4_096, on: storage)
        guard
            let key = APIKey(String(decoding: text ?? [], as: UTF8.self).filter { !$0.isWhitespace })
        else { invariantViolated("there is no first key") }
        self.key = key
        feed = SubscriptionFeed(
            of: log.parts.source, cipher: assembled.cipher, mailbox: core.mailbox,
            outlet: SilentOutlet(), limits: core.subscriptionLimits)
    }

    private func crash() -> SimulatedDisk {
        log.abandon()
        return log.parts.platform.disk.crash().settled()
    }

    // MARK: What is said, and what becomes of it

    private func isContent(with bytes: [UInt8]) throws -> Bool {
        let connection = try connect()
        try say(bytes, connection)
        return !connection.isFinished
    }

    private func connect() throws -> Connection<Core> {
        guard let connection = core.open() else { invariantViolated("no connection at first") }
        var out = WireBuffer()
        var handshake = ClientHandshake(
            key, nonce: FuzzedConnection.nonce, name: "fuzz", certificate: [], out: &out)
        for _ in 0..<2 {
            let frames = try say(out.copied, connection)
            out.removeAll()
            guard let frame = Frame(first: frames[...]) else { break }
            frame.body.withRawSpan { _ = try? handshake.receive(frame.header, $0, out: &out) }
        }
        invariant(connection.state.asker != nil, "the handshake with the first key failed")
        return connection
    }

    /// Says something, lets the server work until it has nothing to do, and gives what it answers.
    @discardableResult
    private func say(_ bytes: [UInt8], _ connection: Connection<Core>) throws -> [UInt8] {
        var rest = bytes[...]
        while !rest.isEmpty {
            let taken = Array(rest).withRawSpan { connection.takeFrame($0) }
            if taken == 0 { break }
            rest = rest.dropFirst(taken)
        }
        try settle()
        let said = connection.output.copied
        connection.output.removeAll()
        Frame.expectFrames(said)
        return said
    }

    private func settle() throws {
        for _ in 0..<4 {
            _ = try core.turn(at: LedgerTime(nanoseconds: SimulatedClock.defaultWall))
            while try log.parts.commit() {}
            while try log.parts.prepare() != .ready {}
            core.release(durableEnd: log.durableEnd)
            _ = feed.step(now: 1_000)
        }
    }
}

/// Nobody reads what subscriptions send; that it is frames is looked at.
private struct SilentOutlet: SubscriptionOutlet {
    func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool {
        var bytes = [UInt8](repeating: 0, count: frames.byteCount)
        bytes.withMutableRawSpan { $0.copy(from: frames, at: 0) }
        Frame.expectFrames(bytes)
        return true
    }
}
