package import Ledger
import LedgerModel
package import LogStore
package import Projections
import Replay
package import Simulation
import TestSupport

/// A ledger with a log: random commands are decided, appended, committed and sealed on a simulated disk, and
/// the log's own acts take sequences in between.
///
/// Beside it runs the model, which the drawer of commands looks at; the two are compared elsewhere.
package struct LoggedLife: ~Copyable {
    package private(set) var state: LedgerState
    package let platform: SimulatedPlatform
    package let log: LogStore<SimulatedPlatform, NoIndex>
    /// Digests of the state at some sequences, for replay to reach.
    package private(set) var digests: [(next: UInt64, digest: StateDigest)] = []
    package private(set) var commandCount = 0
    private let model: LedgerModel
    private var drawer: CommandDrawer
    var batch = EventBatch(capacity: 2_048)
    /// The other one, while this is little.
    private var plenty = EventBatch(capacity: 1)
    private var isLittle = false
    /// What found little room, to be asked for again.
    private var queued: CommandDrawer.Step?
    private var group = EventBuffer(capacity: 8 << 10)
    private(set) var stepCount = 0

    package static let shard = Shard(number: 0)
    private static let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)

    /// A ledger that has just been opened, in a log that has just been made.
    package static func open(
        seed: UInt64, isEncrypted: Bool = false, geometry: LogGeometry = .tiny
    ) throws(LogStoreError) -> LoggedLife {
        let platform = SimulatedPlatform(
            disk: SimulatedStorage(disk: SimulatedDisk()),
            clock: SimulatedClock(wall: Self.start.nanoseconds, monotonic: 0, step: 10), seed: seed)
        var options = LogOptions()
        options.geometry = geometry
        options.runsThreads = false
        options.keyEncryptionKey = isEncrypted ? key : nil
        let log = try LogStore.open(
            platform: platform, options: options, index: NoIndex(), time: start.nanoseconds)
        var life = LoggedLife(seed: seed, platform: platform, log: log)
        try life.open()
        return life
    }

    private init(seed: UInt64, platform: SimulatedPlatform, log: LogStore<SimulatedPlatform, NoIndex>) {
        state = LedgerState(shard: Self.shard, seed: seed)
        self.platform = platform
        self.log = log
        model = LedgerModel(nextSequence: 0, shard: Self.shard)
        // The clock of every fourth life jumps, as far as a log lets it.
        drawer = CommandDrawer(
            seed: seed, start: Self.start.adding(.seconds(1)), isClockFaulty: seed % 4 == 0)
    }

    private mutating func open() throws(LogStoreError) {
        var opening = LedgerOpened()
        opening.isTest = true
        opening.shard = Self.shard.number
        let first = Event(
            sequence: SequenceNumber(raw: log.position.nextSequence),
            time: LedgerTime(nanoseconds: log.position.lastTime).adding(.seconds(1)),
            fact: .ledgerOpened(opening))
        batch.append(first)
        state.apply(first)
        try keep()
    }

    package static var key: KeyEncryptionKey {
        do { return try KeyEncryptionKey(text: TestLog.keyText) } catch { invariantViolated("\(error)") }
    }

    /// Takes so many steps.
    package mutating func run(steps: Int) throws(LogStoreError) {
        for _ in 0..<steps { try take(drawStep()) }
        try settle()
    }

    /// Makes everything durable, and proves it to whoever only reads; the state is where a replay ends.
    mutating func settle() throws(LogStoreError) {
        while try log.parts.commit() {}
        if log.parts.needsIdleMarker { try log.parts.markIdle() }
        state.skip(to: SequenceNumber(raw: log.durableEnd))
    }

    /// The same life, goes on in two states: the outcomes and events must be equal, and so must the digests.
    /// Returns what differs first.
    package mutating func run(
        steps: Int, beside other: inout LedgerState
    ) throws(LogStoreError) -> String? {
        var otherBatch = EventBatch(capacity: 2_048)
        for _ in 0..<steps {
            let step = drawStep()
            other.skip(to: state.next)
            let ours = try take(step)
            var little = EventBatch(capacity: step.room ?? 1)
            if step.room != nil { swap(&little, &otherBatch) }
            otherBatch.removeAll()
            let theirs = Self.perform(step, on: &other, &otherBatch)
            if ours != theirs { return "step \(stepCount): \(ours), the other says \(theirs)" }
            if !Self.areEqual(batch, otherBatch) { return "step \(stepCount): other events" }
            if step.room != nil { swap(&little, &otherBatch) }
            if state.digest != other.digest { return "step \(stepCount): other digests" }
        }
        try settle()
        other.skip(to: state.next)
        return nil
    }

    mutating func drawStep() -> CommandDrawer.Step {
        // What the log's own acts took is not there for the ledger.
        let position = log.position
        state.skip(to: SequenceNumber(raw: position.nextSequence))
        model.nextSequence = state.next
        let last = LedgerTime(nanoseconds: position.lastTime)
        if var step = queued {
            queued = nil
            step.time = max(step.time, last.adding(.seconds(1)))
            return step
        }
        var step = drawer.next(model)
        if stepCount % 53 == 52 { step.act = .command(Command(.digestState(DigestState()))) }
        // Neither before what is there, nor so late that hardly anything could follow.
        step.time = min(max(step.time, last.adding(.seconds(1))), last.adding(.days(400)))
        if case .tick = step.act { step.room = nil }
        if step.room != nil {
            queued = step
            queued?.room = nil
        }
        return step
    }

    /// Empties the batch, and makes room for so many events, or for plenty.
    private mutating func makeRoom(_ room: Int?) {
        if (room != nil) != isLittle {
            swap(&batch, &plenty)
            isLittle.toggle()
        }
        if let room { batch = EventBatch(capacity: room) }
        batch.removeAll()
    }

    @discardableResult
    mutating func take(_ step: CommandDrawer.Step) throws(LogStoreError) -> String {
        stepCount += 1
        makeRoom(step.room)
        let outcome = Self.perform(step, on: &state, &batch)
        // For want of room only what is due was written, or nothing.
        let dueMax = step.room != nil && outcome.hasPrefix("busy") ? batch.count : nil
        switch step.act {
        case .command(let command):
            commandCount += 1
            if dueMax != 0 { _ = model.perform(command, at: step.time, dueMax: dueMax) }
        case .request(let commands, let key, let fingerprint):
            commandCount += commands.count
            if dueMax != 0 {
                _ = model.performAll(
                    commands, key: key, fingerprint: fingerprint, at: step.time, dueMax: dueMax)
            }
        case .tick: model.tick(at: step.time)
        }
        try keep()
        return outcome
    }

    /// One step on any state; every event that is due is written, however many there are.
    private static func perform(
        _ step: CommandDrawer.Step, on state: inout LedgerState, _ batch: inout EventBatch
    ) -> String {
        switch step.act {
        case .command(let command):
            return text(state.decide(command, at: step.time, into: &batch))
        case .request(let commands, let key, let fingerprint):
            return text(
                state.decideAll(
                    commands, key: key, fingerprint: fingerprint, at: step.time, into: &batch))
        case .tick:
            while state.tick(at: step.time, into: &batch), batch.count < 1_024 {}
            return "tick"
        }
    }

    /// An outcome in words; of what found no room, the first is `busy`.
    static func text(_ outcome: Outcome) -> String {
        outcome == .refused(.busy) ? "busy" : "\(outcome)"
    }

    static func text(_ outcome: RequestOutcome) -> String {
        if case .refused(.busy, let index) = outcome { return "busy at \(index)" }
        return "\(outcome)"
    }

    static func areEqual(_ left: borrowing EventBatch, _ right: borrowing EventBatch) -> Bool {
        left.count == right.count && left.bytes.equals(right.bytes)
    }

    /// Appends an event that nobody decided and the state does not know: authentic, and wrong. Returns its
    /// sequence.
    package mutating func forge(
        _ fact: Fact, _ context: EventContext = EventContext(), legs: Legs = Legs(), type: UInt16? = nil
    ) throws(LogStoreError) -> UInt64 {
        var one = EventBatch(capacity: 1)
        let time = LedgerTime(nanoseconds: log.position.lastTime).adding(.seconds(1))
        var event = Event(sequence: state.next, time: time, fact: fact)
        event.context = context
        event.legs = legs
        one.append(event)
        let bytes = one.bytes
        let header = EventHeader(reading: bytes, at: 0)
        group.removeAll()
        let fits = group.append(
            type: type ?? fact.type.rawValue, schema: fact.type.schema, flags: header.flags,
            time: time.nanoseconds, payload: bytes.extracting(EventHeader.byteCount..<bytes.byteCount))
        invariant(fits, "no room for one event")
        let sequences = try log.appendWaiting(group)
        try settle()
        return sequences.lowerBound
    }

    /// Makes everything durable and writes a snapshot of the state; returns its sequence.
    @discardableResult
    package mutating func snapshot() throws -> UInt64 {
        try settle()
        try SnapshotStore(ReplayLog(log)).write(&state)
        return state.next.raw
    }

    /// Writes the bytes of a snapshot of the state.
    package mutating func write(to sink: some SnapshotSink) throws(SnapshotFailure) {
        try state.writeSnapshot(to: sink)
    }

    /// Lets the log take sequences for acts of its own; says how many.
    package func act() throws(LogStoreError) -> UInt64 {
        let before = log.position.nextSequence
        while try log.parts.commit() {}
        while try log.parts.seal() {}
        try log.appendOwnActs(time: log.position.lastTime + 1)
        return log.position.nextSequence - before
    }

    /// Appends a digest of the state as it is.
    @discardableResult
    package mutating func forgeDigest() throws(LogStoreError) -> UInt64 {
        state.skip(to: SequenceNumber(raw: log.position.nextSequence))
        var fact = StateDigested()
        fact.version = StateDigest.version
        (fact.digest, fact.rows) = (state.digest.value, state.digest.rowCount)
        let time = LedgerTime(nanoseconds: log.position.lastTime).adding(.seconds(1))
        state.apply(Event(sequence: state.next, time: time, fact: .stateDigested(fact)))
        return try forge(.stateDigested(fact))
    }

    // MARK: The log

    /// Appends what the batch holds, a few events a frame, and lets the log do its own work now and then.
    private mutating func keep() throws(LogStoreError) {
        var offset = 0
        group.removeAll()
        for _ in 0..<batch.count {
            if !Self.add(batch, &offset, to: &group) {
                _ = try log.appendWaiting(group)
                group.removeAll()
                let fits = Self.add(batch, &offset, to: &group)
                invariant(fits, "an event does not fit an empty group")
            }
        }
        if group.count > 0 { _ = try log.appendWaiting(group) }
        if stepCount % 3 == 0 { while try log.parts.commit() {} }
        if stepCount % 64 == 0 {
            while try log.parts.seal() {}
            try log.appendOwnActs(time: log.position.lastTime + 1)
        }
        if stepCount % 41 == 0 { digests.append((state.next.raw, state.digest)) }
    }

    /// Moves the event at `offset` of the batch into the group; false if it does not fit.
    private static func add(
        _ batch: borrowing EventBatch, _ offset: inout Int, to group: inout EventBuffer
    ) -> Bool {
        let bytes = batch.bytes
        let header = EventHeader(reading: bytes, at: offset)
        let start = offset + EventHeader.byteCount
        let end = start + Int(header.payloadLength)
        guard
            group.append(
                type: header.type, schema: header.schema, flags: header.flags, time: header.time,
                payload: bytes.extracting(start..<end))
        else { return false }
        offset = end
        return true
    }
}
