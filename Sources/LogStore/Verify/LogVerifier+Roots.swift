// Every root that was ever stated, an auditor's old checkpoint too, against the events.

extension LogVerifier {
    /// Everything that was ever said about a root, against the events.
    func checkClaims(_ pass: inout Pass) throws(LogStoreError) {
        if let note = options.earlierCheckpoint { try addEarlier(note, &pass) }
        var oracle = makeOracle(pass)
        var computed: (size: UInt64, root: Hash256?)?
        var hasWrongTile = false
        for claim in pass.claims.sorted(by: { $0.size < $1.size }) {
            // Every tile after a wrong one leads to wrong roots too.
            if claim.isRepairable && hasWrongTile { continue }
            guard claim.size <= pass.report.size else {
                judge(claim, "it speaks of \(claim.size) events, the log has \(pass.report.size)", &pass)
                continue
            }
            var root = knownRoot(over: claim.size, pass)
            if root == nil {
                if computed?.size != claim.size {
                    computed = (claim.size, try self.root(over: claim.size, &oracle))
                }
                root = computed?.root
            }
            let holds = compare(claim, root, &pass)
            if !holds && claim.isRepairable { hasWrongTile = true }
        }
    }

    /// What a walk over the log gave, without computing anything.
    private func knownRoot(over size: UInt64, _ pass: Pass) -> Hash256? {
        if size == 0 { return MerkleFrontier.emptyRoot }
        return pass.knownRoots[size] ?? (size == pass.report.size ? pass.report.root : nil)
    }

    /// false if the claim is wrong.
    private func compare(_ claim: RootClaim, _ root: Hash256?, _ pass: inout Pass) -> Bool {
        guard let root else {
            pass.report.counts.rootsNotCompared += 1
            if claim.isEarlierCheckpoint {
                pass.report.earlier = .notCheckable(
                    size: claim.size,
                    "the keys or bytes to compute the root over \(claim.size) events are missing")
            }
            return true
        }
        pass.report.counts.rootsCompared += 1
        guard root == claim.root else {
            judge(claim, "root over \(claim.size) events is \(root), it says \(claim.root)", &pass)
            return false
        }
        if claim.isEarlierCheckpoint { pass.report.earlier = .extended(size: claim.size) }
        return true
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
        source.setReadableEnd(pass.report.size)
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
}
