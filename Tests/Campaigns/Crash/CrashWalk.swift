import LogStore
import Simulation
import Synchronization

/// Goes through forks, images and nested crashes, and counts.
struct CrashWalk {
    private let seed: UInt64
    /// Share of the forks, and of each fork's images, that are taken: together the campaign's share.
    private let thinning: Double
    private(set) var result = CampaignResult()
    /// Disks that were recovered from with the same expectation, and passed, and how finely that recovery was
    /// cut.
    private var passed: [Key: Cuts] = [:]

    /// How finely the recovery from a disk is cut.
    private enum Cuts: Int { case none, some, whole }

    private struct Key: Hashable {
        var content: Hash256
        var required: UInt64
        var life: Int
        var isNested: Bool
    }

    /// One disk to recover from, and how it is reached.
    private struct Place {
        var path: String
        /// Made only if it is asked for: most disks are never spoken of.
        var describe: () -> String
        var life: Int
        var depth: Int
        /// Picks what is sampled here.
        var number: Int
        /// Stands for its fork: the recovery from it is cut in every legal way as far as that is countable.
        var isRepresentative = false

        mutating func add(_ what: String) {
            let before = describe
            describe = { "\(before()): \(what)" }
        }
    }

    private static var depthMax: Int { 2 }

    init(seed: UInt64, share: Double) {
        self.seed = seed
        thinning = share.squareRoot()
    }

    // MARK: What is taken

    /// Every n-th fork, the seed deciding which come first.
    func isChosen(_ index: Int) -> Bool {
        let offset = Double(seed % 97) / 97
        return (Double(index + 1) * thinning + offset).rounded(.down)
            > (Double(index) * thinning + offset).rounded(.down)
    }

    /// Whether chance takes the thing numbered so, once in `period`.
    private func isDrawn(_ numbers: Int..., oncePer period: Double) -> Bool {
        var mixed = seed
        for number in numbers { mixed = mixed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number) &+ 1 }
        var random = SeededRandom(seed: mixed)
        return Double(random.below(1 << 30)) * period < Double(1 << 30)
    }

    /// - Parameter isWhole: recovery is cut here as finely as the run itself.
    private func options(depth: Int, _ number: Int, isWhole: Bool) -> CrashImages.Options {
        var options = CrashImages.Options(seed: seed &+ UInt64(number))
        if depth > 0 {
            // Twelve sectors that each survive or do not.
            options.exhaustiveLimit = isWhole ? 1 << 12 : 6
            options.sampleCount = isWhole ? 16 : 4
            options.walksSingles = isWhole
        } else {
            options.reordersMetadata = isDrawn(number, 11, oncePer: 3)
            options.tearsSectors = isDrawn(number, 12, oncePer: 3)
        }
        return options
    }

    // MARK: Walking

    mutating func enumerate(_ fork: CrashFork, _ index: Int, _ recording: CrashRecording) {
        result.add(1, to: "operations")
        let timeline = recording.timelines[fork.life]
        let expected = expectation(of: fork, recording)
        result.add(1, to: "readers")
        for fault in CrashReader.faults(beside: fork, timeline, notBeyond: expected.required) {
            result.fail(.init(replay: "\(index)/live", "\(fork.description), a reader beside it: \(fault)"))
        }
        let images = CrashImages(of: fork.disk, options: options(depth: 0, index, isWhole: true))
        for (number, crash) in images.enumerated() {
            if number > 1 && thinning < 1 && !isDrawn(index, number, oncePer: 1 / thinning) { continue }
            let place = Place(
                path: "\(index)/\(number)", describe: { "\(fork.description): \(crash.description)" },
                life: fork.life, depth: 0, number: index &* 10_007 &+ number,
                isRepresentative: number == 0)
            let period: Double = number < 2 ? 1 : 100
            let nests = isDrawn(index, number, 1, oncePer: period)
            if crash.kind == .tornSector { result.add(1, to: "torn_sectors") }
            visit(crash.image, expected, place, nests: nests)
        }
        let live = Place(
            path: "\(index)/live", describe: { "\(fork.description): everything kept" }, life: fork.life,
            depth: 0,
            number: index, isRepresentative: true)
        visit(fork.disk.settled(), expected, live, nests: true)
        guard fork.disk.hasPendingChanges else { return }
        // Only the process dies; what it did not sync is seen by the next one, and may still be lost.
        let killed = Place(
            path: "\(index)/kill", describe: { "\(fork.description): killed" }, life: fork.life, depth: 0,
            number: index)
        visit(fork.disk, expected, killed, nests: true)
    }

    /// What was acknowledged, or what a reader beside it would have believed from the disk as it stood.
    private func expectation(of fork: CrashFork, _ recording: CrashRecording) -> CrashCheck.Expectation {
        let acknowledged = fork.acknowledged ?? 0
        let claim = DurabilityClaims.highest(on: fork.disk)
        return CrashCheck.Expectation(
            timeline: recording.timelines[fork.life], required: max(acknowledged, claim.count),
            reason: acknowledged >= claim.count ? "acknowledged" : "claimed by \(claim.source)",
            keys: fork.keys, archive: fork.archive, decision: fork.decision, tiles: recording.tiles)
    }

    private mutating func visit(
        _ disk: SimulatedDisk, _ expected: CrashCheck.Expectation, _ place: Place, nests: Bool
    ) {
        // Spare files are zeroed before use: what they hold makes no difference to recovery.
        let sparesCount = isDrawn(place.number, 7, oncePer: 16)
        let content = disk.contentHash { !sparesCount && $0.hasSuffix(".tmp") }
        let key = Key(
            content: content, required: expected.required, life: place.life, isNested: place.depth > 0)
        let cuts: Cuts = nests ? (place.isRepresentative ? .whole : .some) : .none
        if !disk.hasPendingChanges, let known = passed[key], known.rawValue >= cuts.rawValue {
            return result.add(1, to: "equal_disks")
        }
        if cuts == .whole { result.add(1, to: "recoveries_cut_whole") }
        let recorder = CrashRecorder()
        let goesOn = place.depth == 0 || isDrawn(place.number, 3, oncePer: 16)
        let outcome = CrashCheck.recover(
            disk, expected, number: place.number, goesOn: goesOn, hook: nests ? recorder.hook : nil)
        count(outcome, place)
        guard outcome.faults.isEmpty, let after = outcome.after else { return }
        if !disk.hasPendingChanges { passed[key] = cuts }
        if nests { descend(recorder.forks, disk.hasPendingChanges ? after.before(expected) : after, place) }
    }

    /// Cuts the recovery just made at each of its operations.
    private mutating func descend(
        _ forks: [CrashFork], _ expected: CrashCheck.Expectation, _ place: Place
    ) {
        for (index, fork) in forks.enumerated() {
            result.add(1, to: "recovery_operations")
            let images = CrashImages(
                of: fork.disk,
                options: options(
                    depth: place.depth + 1, place.number &+ index, isWhole: place.isRepresentative))
            for (number, crash) in images.enumerated() {
                let inner = Place(
                    path: "\(place.path)/\(index)/\(number)",
                    describe: {
                        "\(place.describe()); recovering, before \(fork.operation): \(crash.description)"
                    },
                    life: place.life, depth: place.depth + 1,
                    number: (place.number &* 10_007 &+ index &* 101 &+ number) & 0xFFFF_FFFF)
                let nests = inner.depth < Self.depthMax && isDrawn(inner.number, 4, oncePer: 500)
                visit(crash.image, expected, inner, nests: nests)
            }
        }
    }

    private mutating func count(_ outcome: CrashCheck.Outcome, _ place: Place) {
        result.cases += 1
        result.add(1, to: ["images", "nested_images", "twice_nested_images"][place.depth])
        if outcome.verdict == .tornTail { result.add(1, to: "torn_tails") }
        if outcome.isDecided { result.add(1, to: "accepted_cuts") }
        guard !outcome.faults.isEmpty else { return }
        let what = outcome.faults.prefix(4).joined(separator: "\n    ")
        result.fail(.init(replay: place.path, "\(place.describe())\n    \(what)"))
    }

    // MARK: Replaying

    /// Recovers from one disk, going the way that a failure named.
    mutating func replay(_ path: String, in recording: CrashRecording) {
        var steps = path.split(separator: "/").map(String.init)[...]
        guard let index = steps.popFirst().flatMap({ Int($0) }), recording.forks.indices.contains(index)
        else {
            return result.fail(.init(replay: path, "there is no such case"))
        }
        var fork = recording.forks[index]
        var expected = expectation(of: fork, recording)
        var place = Place(
            path: "\(index)", describe: { [fork] in fork.description }, life: fork.life, depth: 0,
            number: index)
        var forkNumber = index
        var isWhole = true
        while let step = steps.popFirst() {
            guard let disk = image(step, of: fork, &place, forkNumber, isWhole: isWhole) else {
                return result.fail(.init(replay: path, "there is no image \(step)"))
            }
            let recorder = CrashRecorder()
            let outcome = CrashCheck.recover(
                disk, expected, number: place.number, goesOn: steps.isEmpty, hook: recorder.hook)
            if !outcome.faults.isEmpty || steps.isEmpty { return count(outcome, place) }
            guard let after = outcome.after, let next = steps.popFirst().flatMap({ Int($0) }),
                recorder.forks.indices.contains(next)
            else { return result.fail(.init(replay: path, "there is no such operation")) }
            expected = disk.hasPendingChanges ? after.before(expected) : after
            fork = recorder.forks[next]
            forkNumber = place.number &+ next
            isWhole = place.isRepresentative
            place = Place(
                path: "\(place.path)/\(next)",
                describe: { [place, fork] in
                    "\(place.describe()); recovering, before \(fork.operation)"
                },
                life: place.life, depth: place.depth + 1, number: place.number &* 10_007 &+ next &* 101)
        }
    }

    /// The image of that number, and `place` moved on to it as `enumerate` and `descend` number it.
    private func image(
        _ step: String, of fork: CrashFork, _ place: inout Place, _ forkNumber: Int, isWhole: Bool
    ) -> SimulatedDisk? {
        place.path += "/\(step)"
        if step == "kill" {
            place.add("killed")
            return fork.disk
        }
        if step == "live" {
            place.add("everything kept")
            place.isRepresentative = place.depth == 0
            return fork.disk.settled()
        }
        guard let number = Int(step), number >= 0 else { return nil }
        let images = CrashImages(
            of: fork.disk, options: options(depth: place.depth, forkNumber, isWhole: isWhole))
        guard let crash = images.dropFirst(number).first(where: { _ in true }) else { return nil }
        place.add(crash.description)
        place.isRepresentative = place.depth == 0 && number == 0
        place.number =
            place.depth == 0 ? forkNumber &* 10_007 &+ number : (place.number &+ number) & 0xFFFF_FFFF
        return crash.image
    }
}
