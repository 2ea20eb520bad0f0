// Everything that stands beside the events: watermark, checkpoint, manifests, month statements, strays.

extension LogVerifier {
    func checkWatermark(_ pass: inout Pass) throws(LogStoreError) {
        let (slots, faults) = try directory(of: pass).watermark()
        for (offset, slot) in slots {
            pass.evidence.note(slot.durableSequence, "the watermark")
            pass.claims.append(
                RootClaim(
                    size: slot.durableSequence, root: slot.root,
                    place: Damage(file: paths.watermark, offset: offset, "a watermark slot"),
                    verdict: .corruptCommitted))
        }
        for fault in faults {
            // One slot may just be being written.
            pass.find(.ambiguous, fault.file, at: fault.offset, fault.what, isRepairable: !slots.isEmpty)
        }
    }

    /// The latest published checkpoint: a cache, but a signed one.
    func checkCheckpoint(_ pass: inout Pass) throws(LogStoreError) {
        guard
            let note = try AtomicFile.read(paths.checkpoint, byteCountMax: SignedNote.byteCountMax, on: disk)
        else { return }
        pass.report.counts.files += 1
        do throws(VerificationFailure) {
            let checkpoint = try pass.identity.verifier.checkpoint(note)
            pass.evidence.note(checkpoint.size, "the signed checkpoint")
            pass.claims.append(
                RootClaim(
                    size: checkpoint.size, root: checkpoint.root,
                    place: Damage(file: paths.checkpoint, offset: 0, "the signed checkpoint"),
                    verdict: .corruptCommitted))
        } catch {
            pass.find(.corruptSealed, paths.checkpoint, at: 0, "\(error)", isRepairable: true)
        }
    }

    // MARK: Manifests

    func checkManifests(_ pass: inout Pass) throws(LogStoreError) {
        let table = pass.superblock.partitions
        var chained: [PartitionManifest] = []
        for month in try directory(of: pass).months() {
            guard let manifest = try readManifest(month, &pass) else { continue }
            pass.manifests.append(manifest)
            if let entry = table.recent.first(where: { $0.month == month.number }) {
                checkGeneration(manifest, generation: entry.generation, hash: entry.hash, &pass)
            } else if let oldest = table.recent.first, table.chainedCount > 0, month.number < oldest.month {
                chained.append(manifest)
            } else {
                checkGeneration(manifest, generation: 0, hash: .zero, &pass)
            }
            try checkStatement(manifest, &pass)
        }
        for entry in table.recent where !pass.manifests.contains(where: { $0.month.number == entry.month }) {
            pass.find(
                .corruptSealed, Month(number: entry.month).map { paths.manifest($0) } ?? paths.log, at: 0,
                "the manifest of \(entry.month) is missing or damaged; the superblock names generation "
                    + "\(entry.generation)")
        }
        checkChain(chained, table, &pass)
        checkContinuity(&pass)
    }

    private func readManifest(_ month: Month, _ pass: inout Pass) throws(LogStoreError) -> PartitionManifest?
    {
        do throws(LogStoreError) {
            guard let manifest = try directory(of: pass).manifest(month) else { return nil }
            pass.report.counts.files += 1
            return manifest
        } catch .damaged(let damage) {
            pass.report.counts.files += 1
            pass.find(.corruptSealed, damage.file, at: damage.offset, damage.what)
            return nil
        }
    }

    private func checkGeneration(
        _ manifest: PartitionManifest, generation: UInt64, hash: Hash256, _ pass: inout Pass
    ) {
        let isNamed = manifest.generation == generation && manifest.hash == hash
        let isNext =
            manifest.generation > generation && manifest.generation - generation == 1
            && manifest.previousHash == hash
        if isNamed || isNext { return }
        pass.find(
            .corruptSealed, paths.manifest(manifest.month), at: 24,
            "generation \(manifest.generation) is not the superblock's \(generation) nor the one after it")
    }

    /// Of the months folded into the superblock's chain at most one may be a generation ahead.
    private func checkChain(_ manifests: [PartitionManifest], _ table: PartitionTable, _ pass: inout Pass) {
        let entries = manifests.map(\.tableEntry)
        if entries.count == table.chainedCount {
            if PartitionTable.chain(over: entries[...]) == table.chain { return }
            for (index, manifest) in manifests.enumerated() where manifest.generation > 1 {
                var earlier = entries
                earlier[index].generation -= 1
                earlier[index].hash = manifest.previousHash
                if PartitionTable.chain(over: earlier[...]) == table.chain { return }
            }
        }
        pass.find(
            .corruptSealed, paths.log, at: 0,
            "the manifests of \(entries.count) older months are not the \(table.chainedCount) chained"
        )
    }

    /// Months follow one another without gaps in sequence, root and time.
    private func checkContinuity(_ pass: inout Pass) {
        var end: UInt64 = 0
        var root = MerkleFrontier.emptyRoot
        var time: UInt64 = 0
        for manifest in pass.manifests {
            guard let first = manifest.entries.first, let last = manifest.entries.last else { continue }
            if first.sequences.lowerBound != end || first.rootBefore != root
                || first.firstTime <= time && end > 0
            {
                pass.find(
                    .corruptSealed, paths.manifest(manifest.month), at: 128,
                    "starts at sequence \(first.sequences.lowerBound) after \(end) or with another root",
                    sequences: end < first.sequences.lowerBound ? end..<first.sequences.lowerBound : nil)
            }
            (end, root, time) = (last.sequences.upperBound, last.rootAfter, last.lastTime)
            for entry in manifest.entries {
                pass.knownRoots[entry.sequences.lowerBound] = entry.rootBefore
                pass.knownRoots[entry.sequences.upperBound] = entry.rootAfter
            }
        }
        pass.evidence.note(end, "a sealed segment")
    }

    /// A closed month's statement must be there, be the one its manifest names, and be signed.
    private func checkStatement(_ manifest: PartitionManifest, _ pass: inout Pass) throws(LogStoreError) {
        guard manifest.isClosed else { return }
        let path = paths.close(manifest.month)
        guard let note = try AtomicFile.read(path, byteCountMax: SignedNote.byteCountMax, on: disk) else {
            return pass.find(.corruptSealed, path, at: 0, "missing; the month is closed")
        }
        pass.report.counts.files += 1
        let hash = note.withRawSpan { SHA256.of($0) }
        if hash != manifest.statementHash {
            pass.find(.corruptSealed, path, at: 0, "its SHA-256 \(hash) is not the one PARTITION names")
        }
        pass.statements[manifest.month.number] = note
    }

    /// The statement against what the month's segments give: all of it where the totals are known,
    /// otherwise the signature alone. Called once the segments are checked.
    func checkStatementText(
        _ manifest: PartitionManifest, _ summary: VerificationReport.MonthSummary, _ pass: inout Pass
    ) {
        guard let note = pass.statements[manifest.month.number] else { return }
        let keys = [pass.identity.verifyingKey]
        do throws(VerificationFailure) {
            if summary.amounts == .recomputed {
                try CloseStatement(
                    origin: pass.identity.origin, month: manifest.month, entries: manifest.entries,
                    totals: summary.totals
                ).verify(note, keys: keys)
            } else {
                let parsed: SignedNote
                do { parsed = try SignedNote(parsing: note) } catch {
                    throw .malformed(what: "month statement", error)
                }
                try parsed.verify(by: keys)
            }
        } catch { pass.find(.corruptSealed, paths.close(manifest.month), at: 0, error.description) }
    }

    /// What a scrubber noted. It read from the device, we perhaps from memory: its word is passed on.
    func checkScrubRecord(_ pass: inout Pass) throws(LogStoreError) {
        do throws(LogStoreError) {
            guard let record = try directory(of: pass).scrubRecord() else { return }
            pass.report.counts.files += 1
            if let damaged = record.damaged {
                pass.report.notes.append(
                    "scrubbing found sequences \(damaged) damaged; "
                        + "the next open reads them from the device, and refuses while they are")
            }
        } catch .damaged(let damage) {
            pass.report.counts.files += 1
            pass.find(.corruptSealed, damage.file, at: damage.offset, damage.what, isRepairable: true)
        }
    }

    // MARK: Strays

    /// A segment no manifest lists is a crash's leftover if the write-ahead files still hold its events.
    func checkUnlisted(_ pass: inout Pass) throws(LogStoreError) {
        let directory = directory(of: pass)
        let oldestWAL = try directory.list(paths.wal)
            .compactMap { ShardPaths.parseWALName($0)?.firstSequence }.first
        for month in try directory.months() {
            let manifest = pass.manifests.first { $0.month == month }
            let listed = Set((manifest?.entries ?? []).map { ShardPaths.segmentName($0.sequences) })
            for file in try directory.list(paths.month(month))
            where file.hasSuffix(ShardPaths.Ending.segment) && !listed.contains(file) {
                let path = paths.month(month) / file
                let range = ShardPaths.parseSegmentName(file)
                if let range, let oldestWAL, oldestWAL <= range.lowerBound,
                    range.upperBound <= pass.report.size
                {
                    pass.report.notes.append("\(path) is listed nowhere; the next open removes it")
                } else {
                    pass.find(
                        .corruptSealed, path, at: 0,
                        "no manifest lists it, and the write-ahead files do not hold its events",
                        sequences: range)
                }
            }
        }
    }
}
