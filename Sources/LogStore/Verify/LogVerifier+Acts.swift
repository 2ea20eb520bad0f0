// What the log says of itself against what is there: acts, signed roots, tiles, an auditor's old
// checkpoint.

extension LogVerifier {
    func checkActs(_ pass: inout Pass) throws(LogStoreError) {
        pass.acts.sort { $0.sequence < $1.sequence }
        let acts = pass.acts
        var incarnation: UInt64 = 0
        var generation: UInt64 = 0
        if let first = acts.first, pass.report.isFullCheck {
            guard first.sequence == 0, case .epochStart = first.act else {
                return pass.find(
                    .corruptCommitted, first.file, at: 0, "the log does not begin with an epoch start",
                    sequences: 0..<1)
            }
        }
        for act in acts {
            switch act.act {
            case .epochStart(let start):
                if start.incarnation <= incarnation || start.recoveredSequence != act.sequence {
                    contradict(
                        act,
                        "epoch start of incarnation \(start.incarnation) after \(incarnation), "
                            + "recovered sequence \(start.recoveredSequence)", &pass)
                }
                incarnation = start.incarnation
                claim(start.recoveredSequence, start.root, act, &pass)
                for cut in start.cuts { try checkCut(cut, act, &pass) }
            case .cleanEnd(let ended):
                if ended != incarnation && pass.report.isFullCheck {
                    contradict(act, "clean end of incarnation \(ended) in incarnation \(incarnation)", &pass)
                }
            case .keyringWritten(let written, _):
                if written < generation {
                    contradict(act, "keyring generation \(written) after \(generation)", &pass)
                }
                generation = written
            case .segmentSealed(let range): checkSealed(range, act, &pass)
            case .checkpointSigned(let size, let root): claim(size, root, act, &pass)
            case .monthClosed(let month, let end, let root, let statement):
                claim(end, root, act, &pass)
                let manifest = pass.manifests.first { $0.month == month }
                if manifest?.isClosed != true || manifest?.statementHash != statement
                    || manifest?.entries.last?.sequences.upperBound != end
                {
                    contradict(act, "month \(month) was closed at \(end); its manifest says otherwise", &pass)
                }
            case .monthEvicted(let month, _, let generation):
                let manifest = pass.manifests.first { $0.month == month }
                if manifest.map({ $0.generation < generation || $0.entries.contains { !$0.isArchived } })
                    ?? true
                {
                    contradict(act, "month \(month) was evicted; its manifest says otherwise", &pass)
                }
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

    // MARK: Roots

    /// Everything that was ever said about a root, against the events.
    func checkClaims(_ pass: inout Pass) throws(LogStoreError) {
        if let note = options.earlierCheckpoint { try addEarlier(note, &pass) }
        var oracle = makeOracle(pass)
        var computed: (size: UInt64, root: Hash256?)?
        var hasWrongTile = false
        for claim in pass.claims.sorted(by: { $0.size < $1.size }) {
            // Every tile after a wrong one leads to wrong roots too.
            if claim.isRepairable && hasWrongTile { continue }
            if claim.size > pass.report.size {
                judge(claim, "it speaks of \(claim.size) events, the log has \(pass.report.size)", &pass)
                continue
            }
            var root = claim.size == 0 ? MerkleFrontier.emptyRoot : pass.knownRoots[claim.size]
            if root == nil, claim.size == pass.report.size { root = pass.report.root }
            if root == nil, let computed, computed.size == claim.size { root = computed.root }
            if root == nil {
                root = try self.root(over: claim.size, &oracle)
                computed = (claim.size, root)
            }
            guard let root else {
                pass.report.counts.rootsNotCompared += 1
                if claim.isEarlierCheckpoint {
                    pass.report.earlier = .notCheckable(
                        size: claim.size,
                        "the keys or bytes to compute the root over \(claim.size) events are missing")
                }
                continue
            }
            pass.report.counts.rootsCompared += 1
            if root != claim.root {
                hasWrongTile = hasWrongTile || claim.isRepairable
                judge(claim, "root over \(claim.size) events is \(root), it says \(claim.root)", &pass)
            } else if claim.isEarlierCheckpoint {
                pass.report.earlier = .extended(size: claim.size)
            }
        }
    }

    private func judge(_ claim: RootClaim, _ what: String, _ pass: inout Pass) {
        if claim.isEarlierCheckpoint {
            pass.report.earlier = .contradicted(size: claim.size, what)
        } else {
            pass.find(
                claim.verdict, claim.place.file, at: claim.place.offset, "\(claim.place.what): \(what)",
                isRepairable: claim.isRepairable)
        }
    }

    private func makeOracle(_ pass: Pass) -> RootOracle<P.Disk> {
        let source = LogSource(
            disk: disk, catalog: LogCatalog(manifests: pass.manifests, walFiles: pass.walFiles),
            segments: SegmentCache(
                disk: disk, paths: paths, ledger: pass.superblock.ledger,
                verifyingKey: pass.identity.verifyingKey.key, encryption: pass.encryption), progress: nil)
        source.setLimit(pass.report.size)
        return RootOracle(source: source, sealedEnd: source.catalog.sealedEnd)
    }

    /// nil where damage or a missing key, told elsewhere, is in the way.
    private func root(
        over size: UInt64, _ oracle: inout RootOracle<P.Disk>
    ) throws(LogStoreError) -> Hash256? {
        do throws(LogStoreError) { return try oracle.root(over: size) } catch {
            switch error {
            case .damaged, .wrongKey, .notReadable: return nil
            default: throw error
            }
        }
    }

    private func addEarlier(_ note: [UInt8], _ pass: inout Pass) throws(LogStoreError) {
        do {
            let checkpoint = try pass.identity.verifier.checkpoint(note)
            pass.claims.append(
                RootClaim(
                    size: checkpoint.size, root: checkpoint.root,
                    place: Damage(file: StoragePath("checkpoint"), offset: 0, "the earlier checkpoint"),
                    verdict: .corruptCommitted, isEarlierCheckpoint: true))
        } catch {
            pass.report.earlier = .contradicted(size: 0, "the checkpoint is not one of this log: \(error)")
        }
    }

    // MARK: Tiles

    /// Published tiles are a cache; each must still be what the tree has at its place.
    func checkTiles(_ pass: inout Pass) throws(LogStoreError) {
        let size = pass.report.size
        guard size >> 16 > 0 else { return }
        var below: [UInt64: Hash256] = [:]
        var level = 1
        while size >> UInt64(Tile.height * (level + 1)) > 0 {
            var roots: [UInt64: Hash256] = [:]
            for index in 0..<size >> UInt64(Tile.height * (level + 1)) {
                let tile = Tile(.hashes(level: level), index: index)
                let path = paths.tile(tile)
                guard let bytes = try AtomicFile.read(path, byteCountMax: 256 * 32, on: disk) else {
                    continue
                }
                pass.report.counts.files += 1
                do throws(DecodingFailure) {
                    let hashes = try HashTile(decoding: bytes, width: Tile.widthMax)
                    for (offset, hash) in hashes.hashes.enumerated() {
                        let child = index << UInt64(Tile.height) + UInt64(offset)
                        guard level == 1 || below[child] == nil || below[child] == hash else {
                            throw DecodingFailure("hash \(offset) is not the root of the tile below it")
                        }
                    }
                    roots[index] = hashes.root(from: 0, height: Tile.height)
                } catch {
                    pass.find(.corruptSealed, path, at: 0, error.description, isRepairable: true)
                }
            }
            if level == 1 { addClaims(roots, &pass) }
            below = roots
            level += 1
        }
    }

    /// The roots of the first level's tiles, appended one by one, are the log's own roots at those sizes.
    private func addClaims(_ roots: [UInt64: Hash256], _ pass: inout Pass) {
        var tree = MerkleFrontier()
        var index: UInt64 = 0
        while let root = roots[index] {
            tree.append(subtree: root, level: 2 * Tile.height)
            index += 1
            let tile = Tile(.hashes(level: 1), index: index - 1)
            pass.claims.append(
                RootClaim(
                    size: tree.size, root: tree.root,
                    place: Damage(file: paths.tile(tile), offset: 0, "the tiles up to this one"),
                    verdict: .corruptSealed, isRepairable: true))
        }
    }
}
