import LogStore
import Simulation

/// One damage, before it is done.
struct DamageCase {
    var path: StoragePath
    /// What is done to the file.
    var what: String
    var allowed: DamageOutcome
    /// Whether the log must also be shown to live on, whatever the sampling says.
    var livesOn = false
    /// Whether a refusal must name `path`; not where the loss shows only elsewhere.
    var namesFile = true
    /// Count of acknowledged events that must be there; nil for all.
    var recorded: UInt64?
    /// What a log that lives on does with its archive; if nothing is said, some restore from it.
    var use = ArchiveUse.none
    /// Whether the bytes of events may be others, because checksums were made right for them.
    var isForged = false
}

/// Tries the cases of one group on copies of one log.
struct DamageBench {
    let subject: DamageSubject
    let group: DamageGroup
    var tally: DamageTally
    private var trialNumber = 0

    init(subject: DamageSubject, group: DamageGroup, tally: DamageTally) {
        self.subject = subject
        self.group = group
        self.tally = tally
        self.tally.beginGroup()
    }

    /// Which log a case is of, in counts and failures.
    var label: String { "\(subject.name), \(group.rawValue)" }

    mutating func run(_ progress: (String) -> Void) {
        let before = tally.failures.count
        switch group {
        case .flips: flipBits()
        case .zeroedSectors: zeroSectors()
        case .swappedSectors: swapSectors()
        case .cuts: cutFiles()
        case .removals: removeFiles()
        case .splices: spliceFrames()
        case .rollbacks: rollBack()
        case .keys: tryKeys()
        case .copies: damageCopies()
        case .names: addFiles()
        case .writes: loseWrites()
        case .hostile: forgeFields()
        case .archive: damageArchive()
        }
        for failure in tally.failures[before...] { progress("FAILED \(failure)") }
    }

    /// Tries one case. `options` replaces the log's own, to open it with another key.
    mutating func attempt(
        _ damage: DamageCase, options: LogOptions? = nil, of disk: SimulatedDisk? = nil,
        archive: SimulatedDisk? = nil,
        _ change: (inout SimulatedDisk) -> Void
    ) {
        var disk = disk ?? subject.disk
        change(&disk)
        trialNumber += 1
        var trial = DamageTrial(options: options ?? subject.options, time: subject.lastTime)
        trial.archive = subject.archive
        if let archive { trial.archive?.disk = archive }
        trial.use = damage.use
        if damage.livesOn || trialNumber % 64 == 0, case .none = trial.use { trial.use = .restore }
        let livesOn = damage.livesOn || trialNumber % 16 == 0
        let count = damage.recorded ?? subject.transcript.count
        let observation = trial.run(disk, against: subject.transcript, count: count, livesOn: livesOn)
        let (came, fault) = judge(observation, damage)
        var failure = fault
        if failure == nil, trialNumber % 8 == 0 { failure = compareDryRun(trial, disk, observation) }
        if failure == nil, trialNumber % 8 == 1, !damage.isForged, damage.recorded == nil {
            failure = trial.readOnly(disk, against: subject.transcript)
        }
        tally.note(
            label, "\(came)",
            failure: failure.map { "\(label): \(damage.path): \(damage.what): \($0)" })
    }

    // MARK: Judging

    private func judge(
        _ observation: DamageTrial.Observation, _ damage: DamageCase
    ) -> (DamageOutcome, fault: String?) {
        switch observation {
        case .opened(let opened): return judge(opened, damage)
        case .failed(let error, let changes):
            let came = Self.outcome(of: error)
            if let fault = fault(of: error, damage) { return (came, fault) }
            if !damage.allowed.contains(came) { return (came, "expected \(damage.allowed), came \(error)") }
            if let first = changes.first { return (came, "refused, but did \(first)") }
            return (came, nil)
        }
    }

    private func judge(
        _ opened: DamageTrial.Opened, _ damage: DamageCase
    ) -> (DamageOutcome, fault: String?) {
        let report = opened.report
        let isReported = !report.repaired.isEmpty || report.keyringFallback != nil
        let came: DamageOutcome = !opened.read.unreadable.isEmpty ? .found : isReported ? .reports : .opens
        if let wrong = opened.read.wrong, !damage.isForged {
            return (came, "SILENT LOSS: \(wrong)")
        }
        guard damage.allowed.contains(came) else {
            return (came, "expected \(damage.allowed), it \(came); report \(report), \(opened.read)")
        }
        if came == .found, damage.namesFile, !opened.read.unreadable.allSatisfy({ $0.file == damage.path }) {
            return (came, "reading blames another file: \(opened.read.unreadable)")
        }
        if came == .reports, damage.namesFile, report.keyringFallback == nil,
            !report.repaired.contains(where: { $0.file == damage.path })
        {
            return (came, "the report names other files: \(report.repaired)")
        }
        if let proof = opened.proof { return (came, "proving: \(proof)") }
        if let aftermath = opened.aftermath, !damage.isForged { return (came, "afterwards: \(aftermath)") }
        return (came, nil)
    }

    private static func outcome(of error: LogStoreError) -> DamageOutcome {
        switch error {
        case .refused(let refusal): DamageOutcome(refusal.verdict)
        case .wrongKey: .wrongKey
        case .keyringDamaged: .keyring
        default: []
        }
    }

    /// What a good refusal says besides its verdict.
    private func fault(of error: LogStoreError, _ damage: DamageCase) -> String? {
        guard case .refused(let refusal) = error else {
            return Self.outcome(of: error).isEmpty ? "neither opened nor refused: \(error)" : nil
        }
        if refusal.damages.isEmpty { return "the refusal names no place: \(refusal)" }
        if damage.namesFile, !refusal.damages.contains(where: { $0.file == damage.path }) {
            return "the refusal names another file: \(refusal)"
        }
        if refusal.verdict == .corruptCommitted, refusal.sequences == nil {
            return "the refusal names no sequences: \(refusal)"
        }
        return nil
    }

    /// The dry run says what opening says, and writes nothing.
    private func compareDryRun(
        _ trial: DamageTrial, _ disk: SimulatedDisk, _ observation: DamageTrial.Observation
    ) -> String? {
        guard let dry = trial.examine(disk) else { return nil }
        if dry.changes > 0 && subject.options.keyEncryptionKey == nil { return "the dry run wrote" }
        switch observation {
        case .opened: return dry.error.map { "opens, but the dry run says \($0)" }
        case .failed(let error, _):
            // The dry run is given keys that opened the keyring.
            if case .keyringDamaged = error { return nil }
            if case .wrongKey = error { return nil }
            guard let dryError = dry.error else { return "refused, but the dry run finds nothing: \(error)" }
            return Self.outcome(of: dryError) == Self.outcome(of: error)
                ? nil : "refused with \(error), the dry run says \(dryError)"
        }
    }
}
