import LogStore
import Simulation
import TestSupport

/// The run that the crash enumeration cuts: every kind of write a log makes, in a few processes.
///
/// To extend it, add a step to one of the processes below; everything else follows.
struct CrashScript {
    let isEncrypted: Bool
    let mutation: SimulatedStorage.Options
    let recorder = CrashRecorder()
    private(set) var process: CrashProcess?
    private(set) var timelines: [CrashTimeline] = []
    private(set) var key: KeyEncryptionKey?
    /// Events that a process of this script was told are durable.
    private var acknowledged: UInt64 = 0

    /// 2026-12-01T00:00:00Z.
    static let december: UInt64 = Month(containing: TestEvents.november).end

    /// - Parameter mutation: deliberate mistakes of the storage.
    init(isEncrypted: Bool, mutation: SimulatedStorage.Options) {
        self.isEncrypted = isEncrypted
        self.mutation = mutation
        key = isEncrypted ? Self.key(1) : nil
    }

    static func key(_ number: UInt8) -> KeyEncryptionKey {
        KeyEncryptionKey(SecretKey(copying: [UInt8](repeating: number, count: SecretKey.byteCount)))
    }

    /// Runs the script once and keeps a copy of the disk before every operation.
    static func record(
        isEncrypted: Bool, mutation: SimulatedStorage.Options = .init(keepsTrace: false)
    ) throws(LogStoreError) -> CrashRecording {
        var script = CrashScript(isEncrypted: isEncrypted, mutation: mutation)
        guard !mutation.breaksPromises else {
            // Made soundly, so that what is noticed is a lost event and not a directory that never was a log.
            try script.start(on: SimulatedDisk())
            try script.step("close") { log throws(LogStoreError) in try log.log.close() }
            try script.finish()
            try script.firstProcess(on: script.lastDisk.settled())
            return script.recording
        }
        try script.firstProcess(on: SimulatedDisk())
        try script.secondProcess()
        try script.thirdProcess()
        try script.fourthProcess()
        try script.fifthProcess()
        try script.sixthProcess()
        return script.recording
    }

    /// Runs until the first full tile is published, with what is checked there.
    static func recordTiles(mutation: SimulatedStorage.Options) throws(LogStoreError) -> CrashRecording {
        var script = CrashScript(isEncrypted: false, mutation: mutation)
        try script.fillToTile()
        var recording = script.recording
        if let last = recording.timelines.last { recording.tiles = last.publishedTiles }
        return recording
    }

    var recording: CrashRecording { CrashRecording(forks: recorder.forks, timelines: timelines) }

    // MARK: The processes

    /// From nothing to a clean end: small and large frames, rolls, seals, a key rotation, a new month.
    private mutating func firstProcess(on disk: SimulatedDisk) throws(LogStoreError) {
        try start(on: disk)
        try step("single events") { log throws(LogStoreError) in
            for _ in 0..<3 { try log.commit(1) }
            try log.append(1)
            try log.append(2)
            _ = try log.log.parts.commit()
            try log.log.parts.markIdle()
            try log.log.parts.recordWatermark()
        }
        try step("groups that roll") { log throws(LogStoreError) in
            try log.log.parts.prepareKeys()
            for round in 0..<10 {
                try log.append(30)
                try log.commit(1 + round)
                if round % 3 == 2 { try log.log.parts.recordWatermark() }
                if round % 4 == 3 { try log.log.parts.markIdle() }
                _ = try log.log.parts.prepare()
            }
            try log.afterRoll()
        }
        try step("large events") { log throws(LogStoreError) in
            for count in [1, 3, 12] { try log.commit(count, large: true) }
            try log.afterRoll()
        }
        try step("seal") { log throws(LogStoreError) in
            try log.commit(150)
            try log.commit(100)
            try log.sealAll()
            _ = try log.log.signCheckpoint()
            try log.log.appendOwnActs(time: 0)
            _ = try log.log.parts.commit()
        }
        if isEncrypted { try rotateKeys(to: 2) }
        try step("recycled files") { log throws(LogStoreError) in
            try log.afterRoll()
            for _ in 0..<4 { try log.commit(130) }
            try log.afterRoll()
            try log.sealAll()
        }
        try step("December") { log throws(LogStoreError) in
            log.advance(to: CrashScript.december + 1)
            try log.commit(3)
            try log.log.parts.markIdle()
            try log.afterRoll()
            try log.sealAll()
            try log.log.appendOwnActs(time: 0)
            _ = try log.log.parts.commit()
        }
        try step("close November") { log throws(LogStoreError) in
            try log.log.parts.closeMonths()
            try log.log.appendOwnActs(time: 0)
            _ = try log.log.parts.commit()
        }
        try step("close") { log throws(LogStoreError) in try log.log.close() }
        try finish()
    }

    /// Reopens, and loses power in the middle of a frame.
    private mutating func secondProcess() throws(LogStoreError) {
        try start(on: lastDisk.settled())
        try step("after a clean end") { log throws(LogStoreError) in
            try log.commit(2)
            try log.log.parts.markIdle()
            for _ in 0..<3 { try log.commit(120) }
            try log.afterRoll()
            try log.sealAll()
        }
        try step("torn frame") { log throws(LogStoreError) in try log.dieCommitting(60) }
        try finish()
    }

    /// Finds the torn frame, and is killed with a file half prepared.
    private mutating func thirdProcess() throws(LogStoreError) {
        // The first and the last of the frame's sectors survive, some others do not.
        var options = CrashImages.Options(seed: 3)
        options.exhaustiveLimit = 64
        let torn = CrashImages(of: lastDisk, options: options).dropFirst(2).first { _ in true }
        guard let torn else { invariantViolated("nothing was pending when the machine stopped") }
        try start(on: torn.image)
        try step("after a torn tail") { log throws(LogStoreError) in
            invariant(log.log.report.verdict == .tornTail, "the script wants a torn tail here")
            try log.commit(5)
            try log.afterRoll()
            for _ in 0..<5 { try log.commit(110) }
            try log.log.parts.recordWatermark()
            _ = try log.log.parts.prepare()
            _ = try log.log.parts.prepare()
        }
        try finish()
    }

    /// After a kill: seals across the cut, ends in order.
    private mutating func fourthProcess() throws(LogStoreError) {
        try start(on: lastDisk)
        try step("after a kill") { log throws(LogStoreError) in
            for _ in 0..<3 { try log.commit(100) }
            try log.afterRoll()
            try log.sealAll()
            try log.log.appendOwnActs(time: 0)
            try log.commit(1)
        }
        try step("close again") { log throws(LogStoreError) in try log.log.close() }
        try finish()
    }

    /// Gives November to an archive and takes it back. Of an encrypted log the archive is another machine's,
    /// which does not crash with this one; of a plain one it lies on the same disk and does.
    private mutating func fifthProcess() throws(LogStoreError) {
        try start(on: lastDisk.settled())
        let elsewhere = SimulatedStorage(options: .init(keepsTrace: false))
        if isEncrypted { recorder.setArchive(elsewhere) }
        let archive = DirectoryArchive(disk: isEncrypted ? elsewhere : lastStorage)
        let november = Month(containing: TestEvents.november)
        var retention = Retention()
        retention.localMonths = 1
        try step("archive") { log throws(LogStoreError) in
            try log.commit(2)
            let count = try log.log.archive(november, to: archive)
            invariant(count > 1, "the script wants a few segments archived")
        }
        try step("evict") { log throws(LogStoreError) in
            _ = try log.log.evict(november, from: archive, retention: retention)
            try log.log.appendOwnActs(time: 0)
            try log.commit(3)
        }
        try step("restore") { log throws(LogStoreError) in
            _ = try log.log.restore(november, from: archive)
            try log.commit(1)
        }
        try step("evict again and close") { log throws(LogStoreError) in
            _ = try log.log.evict(november, from: archive, retention: retention)
            try log.log.close()
        }
        try finish()
    }

    /// Finds what only an operator can judge, and is opened with his decision: a file that is shorter than
    /// it was made, with bytes of no frame behind its last one.
    private mutating func sixthProcess() throws(LogStoreError) {
        try start(on: lastDisk.settled())
        try step("before the damage") { log throws(LogStoreError) in try log.commit(2) }
        guard let process, let file = process.log.parts.catalog.walFiles.last else {
            invariantViolated("no process has run")
        }
        let end = process.log.parts.progress.lastPoint.endOffset
        try finish()
        var disk = lastDisk.settled()
        disk.replace(file.path, at: Int(end) + 512, (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 37 | 1) })
        disk.cut(file.path, at: Int(end) + 8192)
        try start(on: disk, decision: LogOptions.AcceptedCut(fileUUID: file.uuid, offset: end))
        try step("after an accepted cut") { log throws(LogStoreError) in
            invariant(log.log.report.cuts.count == 1, "the script wants one cut here")
            try log.commit(5)
            for _ in 0..<3 { try log.commit(100) }
            try log.afterRoll()
            try log.sealAll()
            try log.log.close()
        }
        try finish()
        recorder.setDecision(nil)
    }

    /// 65,536 events, most of them sealed in one segment; only what publishes the tile over them is cut.
    private mutating func fillToTile() throws(LogStoreError) {
        var wide = LogGeometry.tiny
        wide.walBytes = 512 << 10
        wide.frameBytesMax = 64 << 10
        wide.segmentEventsMax = 1 << 16
        wide.sealBacklogBytesMax = 64 << 20
        recorder.setRecording(false)
        try start(on: SimulatedDisk(), geometry: wide)
        try step("fill") { log throws(LogStoreError) in
            while log.timeline.count < 65_400 {
                try log.commit(Int(min(500, 65_410 - log.timeline.count)))
                try log.absorb()
            }
            try log.log.close()
        }
        try finish()
        try start(on: lastDisk.settled(), geometry: wide)
        try step("seal") { log throws(LogStoreError) in
            try log.sealAll()
            try log.log.close()
        }
        try finish()
        try start(on: lastDisk.settled())
        try step("up to the tile") { log throws(LogStoreError) in
            for _ in 0..<3 { try log.commit(60) }
            try log.sealAll()
        }
        recorder.setRecording(true)
        try step("publish the tile") { log throws(LogStoreError) in
            guard let checkpoint = try log.log.signCheckpoint() else { invariantViolated("nothing signed") }
            invariant(checkpoint.size > 65_536, "the script wants a full tile, \(checkpoint.size) events")
            try log.commit(2)
            _ = try log.log.signCheckpoint()
        }
        recorder.setRecording(false)
        try finish()
    }

    // MARK: Making steps

    var lastDisk: SimulatedDisk { lastStorage.disk }

    private var lastStorage: SimulatedStorage {
        guard let process else { invariantViolated("no process has run") }
        return process.storage
    }

    mutating func start(
        on disk: SimulatedDisk, geometry: LogGeometry = .tiny, decision: LogOptions.AcceptedCut? = nil
    ) throws(LogStoreError) {
        let life = timelines.count
        recorder.begin(life: life)
        recorder.begin(step: "open")
        recorder.setKeys([key])
        recorder.setDecision(decision)
        let storage = SimulatedStorage(
            disk: disk, options: life == 0 && mutation.breaksPromises ? .init(keepsTrace: false) : mutation,
            onOperation: recorder.hook)
        let process = try CrashProcess(
            storage, key: key, after: timelines.last ?? CrashTimeline(), geometry: geometry,
            decision: decision, seed: UInt64(life) + 1)
        if process.log.report.recoveredEnd < acknowledged {
            throw .invalidRequest(
                "\(process.log.report.recoveredEnd) events recovered, \(acknowledged) were acknowledged")
        }
        recorder.opened(process.log.parts.progress, recovered: process.log.report.recoveredEnd)
        self.process = process
    }

    func step(
        _ name: String, _ body: (CrashProcess) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        guard let process else { invariantViolated("no process has been started") }
        recorder.begin(step: name)
        try body(process)
    }

    mutating func rotateKeys(to number: UInt8) throws(LogStoreError) {
        let (old, new) = (key, Self.key(number))
        recorder.setKeys([old, new])
        try step("rotate keys") { log throws(LogStoreError) in try log.log.rotateKeys(to: new) }
        recorder.setKeys([new])
        key = new
    }

    /// The process ends here, in order or not.
    mutating func finish() throws(LogStoreError) {
        guard let process else { invariantViolated("no process has been started") }
        if !process.storage.isDead { try process.absorb() }
        acknowledged = process.acknowledged
        process.endFrames(recorder.durableCounts)
        timelines.append(process.timeline)
        process.log.abandon()
    }
}

extension SimulatedStorage.Options {
    /// Whether a mistake is made on purpose.
    fileprivate var breaksPromises: Bool { ignoresSync || ignoresDirectorySync || syncsLate }
}
