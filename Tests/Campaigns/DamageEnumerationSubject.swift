import LogStore
import Simulation
import TestSupport

/// A small log at rest after a crash, and what is known of it. Two hold every kind of file a running log has;
/// of the third, `DamageArchive` tells.
///
/// Three processes have written it. The first sealed most of November and a part of December and died in the
/// middle of a write; the second recorded that cut and was killed; the third goes on until the log is
/// examined. So there are sealed segments of two months, closed files not yet sealed, one of them with a
/// recorded cut, an active file, spares, a quarantined piece, a closed month's statement, a signed checkpoint
/// and, when encrypted, two generations of the keyring.
struct DamageSubject: Sendable {
    let name: String
    let options: LogOptions
    /// The log as damage finds it.
    let disk: SimulatedDisk
    /// The same log at earlier moments, oldest first.
    let earlier: [(moment: String, disk: SimulatedDisk)]
    /// Disks in the middle of a write, with the count of events that something recorded as durable by then.
    let writing: [(disk: SimulatedDisk, recorded: UInt64)]
    /// Every acknowledged event.
    let transcript: EventTranscript
    let map: DamageMap
    /// A time after the last event.
    let lastTime: UInt64
    /// What an archive holds of it; nil if it has none.
    var archive: DamageArchive?

    static let keyText = String(repeating: "0123456789abcdef", count: 4)
    static let wrongKeyText = String(repeating: "fedcba9876543210", count: 4)

    static func make(isEncrypted: Bool, seed: UInt64) throws(LogStoreError) -> DamageSubject {
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        if isEncrypted { options.keyEncryptionKey = key(keyText) }
        var author = DamageAuthor(options: options, seed: seed)
        try author.writeFirstProcess()
        try author.writeSecondProcess()
        try author.writeThirdProcess()
        let disk = author.disk
        let trial = DamageTrial(options: options, time: author.events.time)
        let transcript = try trial.transcribe(disk, count: author.acknowledged)
        author.check(transcript)
        return DamageSubject(
            name: isEncrypted ? "encrypted" : "plain", options: options, disk: disk, earlier: author.earlier,
            writing: author.writing, transcript: transcript, map: DamageMap(of: disk),
            lastTime: author.events.time)
    }

    static func key(_ text: String) -> KeyEncryptionKey {
        do { return try KeyEncryptionKey(text: text) } catch { invariantViolated("the test key: \(error)") }
    }
}

/// Events in order, to be compared with what a log gives back.
struct EventTranscript: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each event starts, and the end.
    private(set) var offsets: [Int] = [0]

    var count: UInt64 { UInt64(offsets.count - 1) }

    mutating func append(_ event: borrowing EventView) {
        bytes.append(contentsOf: event.bytes.array())
        offsets.append(bytes.count)
    }

    /// One event, whole.
    subscript(sequence: UInt64) -> [UInt8] {
        Array(bytes[offsets[Int(sequence)]..<offsets[Int(sequence) + 1]])
    }

    /// Whether `found` is exactly these events.
    func matches(_ found: RawSpan, _ sequences: Range<UInt64>) -> Bool {
        guard sequences.upperBound <= count else { return false }
        let range = offsets[Int(sequences.lowerBound)]..<offsets[Int(sequences.upperBound)]
        // SAFETY: bytes have no padding; the span does not leave this function.
        return unsafe bytes.span.bytes.extracting(range).equals(found)
    }

    /// Payloads of the caller's events, in order.
    func forEachOwnPayload(_ body: (RawSpan) -> Void) {
        // SAFETY: as above.
        let all = unsafe bytes.span.bytes
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            let event = all.extracting(start..<end)
            if EventHeader(reading: event, at: 0).type < EventHeader.reservedTypeMin {
                body(event.extracting(EventHeader.byteCount..<event.byteCount))
            }
        }
    }
}

/// Writes the subject's log, process after process.
struct DamageAuthor: ~Copyable {
    typealias Log = LogStore<SimulatedPlatform, TestIndex>

    var options: LogOptions
    private let seed: UInt64
    var disk = SimulatedDisk()
    var earlier: [(moment: String, disk: SimulatedDisk)] = []
    private(set) var writing: [(disk: SimulatedDisk, recorded: UInt64)] = []
    private(set) var acknowledged: UInt64 = 0
    var events = TestEvents(time: TestEvents.november, payloadBytes: 24)
    private var made = 0
    private var lives: UInt64 = 0

    /// 2026-12-01T00:00:00Z.
    static let december = TestEvents.november + 30 * 86_400_000_000_000

    init(options: LogOptions, seed: UInt64) {
        self.options = options
        self.seed = seed
    }

    mutating func writeFirstProcess() throws(LogStoreError) {
        let (log, storage) = try start()
        try log.parts.prepareKeys()
        for group in 0..<24 {
            try append(40, to: log)
            if group == 11 || group == 23 { try seal(log, storage, "november, group \(group)") }
        }
        events.time = Self.december
        try append(10, to: log)
        try log.parts.prepareKeys()
        try seal(log, storage, "december")
        try log.parts.closeMonths()
        _ = try log.parts.checkpoint()
        try seal(log, storage, "november closed")
        for group in 0..<16 {
            try append(40, to: log)
            if group == 8 { try seal(log, storage, "december, group 8") }
        }
        try log.parts.recordWatermark()
        let end = log.parts.progress.lastPoint.endOffset
        guard let file = log.parts.catalog.walFiles.last?.path else { invariantViolated("no active file") }
        invariant(end + 4096 <= UInt64(options.geometry.walBytes), "no room for a torn write at \(end)")
        try stop(log, storage, "the first process's end")
        // The frame that was being written: its body's first bytes, without the sector of its header.
        let torn = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37 | 1) }
        disk.replace(file, at: Int(end) + 512, torn)
    }

    mutating func writeSecondProcess() throws(LogStoreError) {
        let (log, storage) = try start()
        invariant(log.report.verdict == .tornTail, "the torn write was read as \(log.report.verdict)")
        for _ in 0..<4 { try append(30, to: log) }
        _ = try log.parts.checkpoint()
        try log.parts.markIdle()
        try log.parts.recordWatermark()
        try stop(log, storage, "the second process's end")
    }

    mutating func writeThirdProcess() throws(LogStoreError) {
        let (log, storage) = try start()
        try log.parts.prepareKeys()
        let recorder = WriteRecorder()
        storage.onOperation { record, disk in recorder.note(record, disk) }
        for group in 0..<3 {
            try append(20, to: log)
            if group == 1 {
                _ = try log.parts.checkpoint()
                try log.parts.markIdle()
                try append(15, to: log)
            }
            try log.parts.recordWatermark()
            recorder.recorded = log.durableEnd
        }
        // Of the plain log superblock and idle marker know the end too; of the other only the watermark does.
        if options.keyEncryptionKey == nil {
            try log.parts.recordSuperblock()
            try log.parts.markIdle()
        }
        storage.onOperation(nil)
        writing = recorder.disks
        try stop(log, storage, "the end")
        earlier.removeLast()
    }

    mutating func start() throws(LogStoreError) -> (Log, SimulatedStorage) {
        lives += 1
        let storage = SimulatedStorage(disk: disk, options: SimulatedStorage.Options(keepsTrace: false))
        let platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: events.time, monotonic: 0, step: 10),
            seed: seed &+ lives)
        let log = try LogStore.open(
            platform: platform, options: options, index: TestIndex(), time: events.time)
        events.time += 1_000_000
        earlier.append(("after opening, process \(lives)", storage.disk.settled()))
        return (log, storage)
    }

    mutating func append(_ count: Int, to log: Log) throws(LogStoreError) {
        while try log.parts.prepare() != .ready {}
        events.make(count)
        made += count
        _ = try log.append(events.buffer)
        while try log.parts.commit() {}
    }

    mutating func seal(
        _ log: Log, _ storage: SimulatedStorage, _ moment: String
    ) throws(LogStoreError) {
        while try log.parts.seal() {}
        while try log.parts.prepare() != .ready {}
        try log.appendOwnActs(time: events.time)
        events.time += 1_000_000
        while try log.parts.commit() {}
        try log.parts.recordWatermark()
        earlier.append((moment, storage.disk.settled()))
    }

    mutating func stop(
        _ log: Log, _ storage: SimulatedStorage, _ moment: String
    ) throws(LogStoreError) {
        acknowledged = log.durableEnd
        log.abandon()
        disk = storage.crash().settled()
        earlier.append((moment, disk))
    }

    /// The transcript was read from the log; the payloads are known independently.
    func check(_ transcript: EventTranscript) {
        var number: UInt64 = 0
        transcript.forEachOwnPayload { payload in
            let expected = TestEvents.payload(number, byteCount: 24)
            invariant(expected.withRawSpan { $0.equals(payload) }, "event \(number) is not the one appended")
            number += 1
        }
        invariant(number == UInt64(made), "\(number) of \(made) events were written")
    }
}

/// Keeps the disk at the moment before each sync.
private final class WriteRecorder: @unchecked Sendable {
    // One thread only: the author's, which also runs the hook.
    var disks: [(disk: SimulatedDisk, recorded: UInt64)] = []
    var recorded: UInt64 = 0

    func note(_ record: OperationRecord, _ disk: SimulatedDisk) {
        if record.operation == .sync, recorded > 0 { disks.append((disk, recorded)) }
    }
}
