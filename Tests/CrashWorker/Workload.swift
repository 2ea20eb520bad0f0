import Glibc
import LogStore
import TestSupport

/// Appends groups of all sizes, several in flight, acknowledges what is durable, and changes the key now and
/// then.
struct Workload: ~Copyable {
    private let log: LogStore<LinuxPlatform, TestIndex>
    private let arguments: Arguments
    private let events: NumberedEvents
    private var nextNumber: UInt64
    private var random: UInt64
    private var group = EventBuffer(capacity: 60 << 10)
    private var payload: [UInt8] = []
    private var inFlight: [(end: UInt64, count: UInt64)] = []
    private var refusals = 0

    private static var refusalsMax: Int { 60 }
    private static var groupsBetweenRotations: Int { 1500 }
    private static var groupsBetweenCheckpoints: Int { 200 }

    init(log: LogStore<LinuxPlatform, TestIndex>, arguments: Arguments, nextNumber: UInt64) {
        self.log = log
        self.arguments = arguments
        events = NumberedEvents(seed: arguments.seed)
        self.nextNumber = nextNumber
        random = arguments.lifeSeed
    }

    mutating func run(otherKey: KeyEncryptionKey?) throws -> Int32 {
        var otherKey = otherKey
        var made = 0
        while arguments.groups == 0 || made < arguments.groups {
            let choice = NumberedEvents.mix(&random)
            makeGroup(choice)
            guard try appendGroup() else { return 75 }
            made += 1
            let isAlone = choice % 8 == 0
            while inFlight.count > (isAlone ? 0 : 7) { acknowledgeOldest() }
            if made % Self.groupsBetweenRotations == Self.groupsBetweenRotations / 2,
                let key = otherKey.take()
            {
                try log.rotateKeys(to: key)
            }
            if made % Self.groupsBetweenCheckpoints == 0 { try log.signCheckpoint() }
        }
        while !inFlight.isEmpty { acknowledgeOldest() }
        try log.close(time: nextTime)
        CrashWorker.say("closed \(log.durableEnd) \(nextNumber)")
        return 0
    }

    private var nextTime: UInt64 { log.position.lastTime + arguments.stepSeconds * 1_000_000_000 }

    /// One event, a few, or as many as fit.
    private mutating func makeGroup(_ choice: UInt64) {
        let wanted = choice % 8 == 0 ? 1 : choice % 64 == 1 ? Int.max : 1 + Int(choice >> 8 % 24)
        group.removeAll()
        var time = nextTime
        let month = Month(containing: time)
        while group.count < wanted, Month(containing: time) == month {
            events.fill(&payload, number: nextNumber + UInt64(group.count))
            let time0 = time
            let fits = payload.withRawSpan {
                group.append(type: NumberedEvents.type, schema: 1, time: time0, payload: $0)
            }
            if !fits { return }
            time += arguments.stepSeconds * 1_000_000_000
        }
    }

    /// Appends the group; false if it was refused too often.
    private mutating func appendGroup() throws -> Bool {
        while true {
            do throws(LogStoreError) {
                try log.appendOwnActs(time: log.position.lastTime + 1)
                let range = try log.appendWaiting(group)
                nextNumber += UInt64(group.count)
                inFlight.append((range.upperBound, nextNumber))
                return true
            } catch {
                if case .stopped = error { Self.endStopped() }
                CrashWorker.say("refused \(error)")
                refusals += 1
                if refusals > Self.refusalsMax { return false }
                log.parts.exchange.waitForRoom(since: log.parts.exchange.room.current, milliseconds: 50)
            }
        }
    }

    private mutating func acknowledgeOldest() {
        let oldest = inFlight.removeFirst()
        guard log.waitUntilDurable(oldest.end) else { Self.endStopped() }
        CrashWorker.say("ack \(oldest.end) \(oldest.count)")
    }

    /// The log has stopped; its own thread ends the process, with this very status.
    private static func endStopped() -> Never { _exit(EX_IOERR) }
}
