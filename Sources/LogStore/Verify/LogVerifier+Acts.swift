// LogStore's own acts against what is there.

extension LogVerifier {
    func checkActs(_ pass: inout Pass) throws(LogStoreError) {
        pass.acts.sort { $0.sequence < $1.sequence }
        if let first = pass.acts.first, pass.report.isFullCheck {
            guard first.sequence == 0, case .epochStart = first.act else {
                return pass.find(
                    .corruptCommitted, first.file, at: 0, "the log does not begin with an epoch start",
                    sequences: 0..<1)
            }
        }
        var course = Course()
        course.inheritedEnd =
            pass.acts.last { if case .forked = $0.act { true } else { false } }?.sequence ?? 0
        for act in pass.acts { try check(act, &course, &pass) }
    }

    /// What acts so far said, and later ones must go on from.
    private struct Course {
        var incarnation: UInt64 = 0
        var keyringGeneration: UInt64 = 0
        var told: Set<Fact> = []
        /// Acts before the fork are another ledger's: they speak of its files and keys, and of this tree.
        var inheritedEnd: UInt64 = 0

        func inherits(_ act: RecordedAct) -> Bool { act.sequence < inheritedEnd }
    }

    private func check(
        _ act: RecordedAct, _ course: inout Course, _ pass: inout Pass
    ) throws(LogStoreError) {
        if course.inherits(act) { return try checkInherited(act, &course, &pass) }
        if let fact = Fact(act.act), !course.told.insert(fact).inserted {
            contradict(act, "\(fact) a second time", &pass)
        }
        switch act.act {
        case .epochStart(let start): try checkStart(start, act, &course, &pass)
        case .cleanEnd(let ended):
            if ended != course.incarnation && pass.report.isFullCheck {
                contradict(
                    act, "clean end of incarnation \(ended) in incarnation \(course.incarnation)", &pass)
            }
        case .keyringWritten(let generation, _):
            if generation < course.keyringGeneration {
                contradict(
                    act, "keyring generation \(generation) after \(course.keyringGeneration)", &pass)
            }
            course.keyringGeneration = generation
        case .segmentSealed(let range): checkSealed(range, act, &pass)
        case .checkpointSigned(let size, let root): claim(size, root, act, &pass)
        case .monthClosed(let month, let end, let root, let statement):
            claim(end, root, act, &pass)
            let manifest = pass.manifests.first { $0.month == month }
            let agrees =
                manifest.map {
                    $0.isClosed && $0.statementHash == statement
                        && $0.entries.last?.sequences.upperBound == end
                } ?? false
            if !agrees {
                contradict(act, "month \(month) was closed at \(end); its manifest says otherwise", &pass)
            }
        case .monthEvicted(let month, _, let generation):
            let manifest = pass.manifests.first { $0.month == month }
            let agrees =
                manifest.map { $0.generation >= generation && $0.entries.allSatisfy(\.isArchived) } ?? false
            if !agrees {
                contradict(act, "month \(month) was evicted; its manifest says otherwise", &pass)
            }
        case .forked(let parent, let point):
            if parent == pass.superblock.ledger || point.size != act.sequence {
                contradict(act, "a fork of ledger \(parent) at \(point.size)", &pass)
            }
            claim(point.size, point.root, act, &pass)
        }
    }

    private func checkInherited(
        _ act: RecordedAct, _ course: inout Course, _ pass: inout Pass
    ) throws(LogStoreError) {
        switch act.act {
        case .epochStart(var start):
            start.cuts = []
            try checkStart(start, act, &course, &pass)
        case .cleanEnd, .keyringWritten, .monthEvicted: break
        case .segmentSealed(let range): claim(range.sequences.upperBound, range.rootAfter, act, &pass)
        case .checkpointSigned(let size, let root), .monthClosed(_, let size, let root, _):
            claim(size, root, act, &pass)
        case .forked(_, let point): claim(point.size, point.root, act, &pass)
        }
    }

    private func checkStart(
        _ start: ReservedEvent.EpochStart, _ act: RecordedAct, _ course: inout Course, _ pass: inout Pass
    ) throws(LogStoreError) {
        if start.incarnation <= course.incarnation || start.recoveredSequence != act.sequence {
            contradict(
                act,
                "epoch start of incarnation \(start.incarnation) after \(course.incarnation), "
                    + "recovered sequence \(start.recoveredSequence)", &pass)
        }
        course.incarnation = start.incarnation
        claim(start.recoveredSequence, start.root, act, &pass)
        for cut in start.cuts { try checkCut(cut, act, &pass) }
    }

    /// What happens once, however often a crash comes between it and its event.
    private enum Fact: Hashable, CustomStringConvertible {
        case sealed(LogUUID)
        case closed(Month)
        case evicted(Month, generation: UInt64)

        init?(_ act: ReservedEvent) {
            switch act {
            case .segmentSealed(let range): self = .sealed(range.uuid)
            case .monthClosed(let month, _, _, _): self = .closed(month)
            case .monthEvicted(let month, _, let generation): self = .evicted(month, generation: generation)
            default: return nil
            }
        }

        var description: String {
            switch self {
            case .sealed(let uuid): "segment \(uuid) is sealed"
            case .closed(let month): "\(month) is closed"
            case .evicted(let month, let generation): "\(month) is evicted in generation \(generation)"
            }
        }
    }

    private func contradict(_ act: RecordedAct, _ what: String, _ pass: inout Pass) {
        pass.find(
            act.verdict, act.file, at: 0, what, sequences: act.sequence..<act.sequence + 1)
    }

    private func claim(_ size: UInt64, _ root: Hash256, _ act: RecordedAct, _ pass: inout Pass) {
        guard size <= act.sequence else {
            return contradict(act, "speaks of \(size) events at sequence \(act.sequence)", &pass)
        }
        pass.claims.append(
            RootClaim(
                size: size, root: root,
                place: Damage(file: act.file, offset: 0, "the act at sequence \(act.sequence)"),
                verdict: act.verdict))
    }

    private func checkSealed(_ range: ReservedEvent.SealedRange, _ act: RecordedAct, _ pass: inout Pass) {
        claim(range.sequences.upperBound, range.rootAfter, act, &pass)
        let manifest = pass.manifests.first { $0.month == range.month }
        guard let entry = manifest?.entries.first(where: { $0.sequences == range.sequences }) else {
            return contradict(
                act, "segment \(range.sequences) of \(range.month) was sealed and is not listed", &pass)
        }
        if entry.uuid != range.uuid || entry.fileHash != range.fileHash || entry.rootAfter != range.rootAfter
        {
            contradict(
                act, "segment \(range.sequences) of \(range.month) is not the one that was sealed", &pass)
        }
    }

    /// What recovery left aside is kept, byte for byte.
    private func checkCut(
        _ cut: ReservedEvent.RecordedCut, _ act: RecordedAct, _ pass: inout Pass
    ) throws(LogStoreError) {
        let path = ShardPaths.quarantined(cut)
        pass.report.notes.append(
            "recovery at sequence \(act.sequence) left \(cut.length) bytes aside, kept in \(path)")
        guard try onDisk({ () throws(StorageError) in try disk.exists(path) }) else {
            return pass.find(
                .corruptCommitted, path, at: 0,
                "missing; the epoch start at \(act.sequence) says \(cut.length) bytes were kept here")
        }
        let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
        let size = try onDisk { () throws(StorageError) in try file.size() }
        guard size == cut.length else {
            return pass.find(.corruptCommitted, path, at: 0, "\(size) bytes, recorded were \(cut.length)")
        }
        var hasher = SHA256()
        try FilePieces.forEach(of: file, in: 0..<size) { (piece) throws(LogStoreError) in
            hasher.update(piece)
        }
        let hash = hasher.current
        pass.report.counts.files += 1
        if hash != cut.hash {
            pass.find(.corruptCommitted, path, at: 0, "SHA-256 is \(hash), recorded was \(cut.hash)")
        }
    }
}
