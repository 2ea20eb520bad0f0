import Synchronization

extension LogVerifier {
    /// Checks every listed local segment, several at a time.
    mutating func checkSegments(_ pass: inout Pass) throws(LogStoreError) {
        var work: [SegmentWork.Item] = []
        for manifest in pass.manifests {
            for entry in manifest.entries where entry.isLocal && checkedSegments[entry.uuid] == nil {
                work.append(
                    SegmentWork.Item(entry: entry, path: paths.segment(manifest.month, entry.sequences)))
                progress.expect(entry.byteCount)
            }
        }
        let check = SegmentVerification(
            disk: disk, ledger: pass.superblock.ledger, verifyingKey: pass.identity.verifyingKey.key,
            encryption: pass.encryption, index: index, progress: progress)
        for (item, outcome) in try SegmentWork(items: work).run(jobs: options.jobs, check) {
            checkedSegments[item.entry.uuid] = outcome
        }
        for manifest in pass.manifests { try merge(manifest, check, into: &pass) }
    }

    private func merge(
        _ manifest: PartitionManifest, _ check: SegmentVerification<P.Disk, Index>, into pass: inout Pass
    ) throws(LogStoreError) {
        guard let first = manifest.entries.first, let last = manifest.entries.last else { return }
        var summary = VerificationReport.MonthSummary(
            month: manifest.month, sequences: first.sequences.lowerBound..<last.sequences.upperBound,
            segmentCount: manifest.entries.count, isClosed: manifest.isClosed)
        for entry in manifest.entries {
            pass.report.counts.segments += 1
            guard entry.isLocal else {
                pass.report.counts.evictedSegments += 1
                summary.amounts = .incomplete
                let outcome = try check.runStub(entry, paths.stub(manifest.month, entry.sequences))
                pass.report.findings += outcome.findings
                pass.report.counts.files += outcome.fileCount
                summary.totals.merge(outcome.totals)
                continue
            }
            guard let outcome = checkedSegments[entry.uuid] else { continue }
            pass.report.findings += outcome.findings
            pass.acts += outcome.acts
            pass.report.counts.files += outcome.fileCount
            pass.report.counts.bytes += outcome.byteCount
            pass.report.counts.eventsHashed += outcome.eventsHashed
            if outcome.isLocked {
                pass.report.lockedFiles.append(paths.segment(manifest.month, entry.sequences))
            }
            summary.totals.merge(outcome.totals)
            summary.amounts = summary.amounts.worse(outcome.amounts)
        }
        checkStatementText(manifest, summary, &pass)
        pass.totals[manifest.month.number] = summary
        pass.report.size = max(pass.report.size, last.sequences.upperBound)
        pass.report.root = last.rootAfter
    }
}

extension VerificationReport.MonthSummary.Amounts {
    func worse(_ other: Self) -> Self {
        if self == .incomplete || other == .incomplete { return .incomplete }
        return self == .counted ? self : other
    }
}

/// Segments shared out among threads.
private final class SegmentWork: Sendable {
    struct Item: Sendable {
        var entry: PartitionManifest.Entry
        var path: StoragePath
    }

    private let items: [Item]
    private let next = Atomic<Int>(0)

    init(items: [Item]) { self.items = items }

    /// The outcomes in the order of the items.
    func run<Disk: Storage, Index: EventIndex>(
        jobs: Int, _ check: SegmentVerification<Disk, Index>
    ) throws(LogStoreError) -> [(Item, SegmentVerification<Disk, Index>.Outcome)] {
        typealias Outcome = SegmentVerification<Disk, Index>.Outcome
        let outcomes = SharedOutcomes<Outcome>(count: items.count)
        let threads = (0..<max(1, min(jobs, items.count))).map { number in
            DedicatedThread(name: "log-verify-\(number)") {
                while let index = self.take() {
                    let item = self.items[index]
                    outcomes.set(
                        index, Result { () throws(LogStoreError) in try check.run(item.entry, item.path) })
                }
            }
        }
        for thread in threads { thread.join() }
        var results: [(Item, Outcome)] = []
        for (index, item) in items.enumerated() {
            guard let outcome = outcomes.get(index) else {
                invariantViolated("segment \(index) was not checked")
            }
            do { results.append((item, try outcome.get())) } catch { throw error }
        }
        return results
    }

    private func take() -> Int? {
        let index = next.add(1, ordering: .relaxed).oldValue
        return index < items.count ? index : nil
    }
}

private final class SharedOutcomes<Outcome: Sendable>: Sendable {
    private let list: Mutex<[Result<Outcome, LogStoreError>?]>

    init(count: Int) { list = Mutex(Array(repeating: nil, count: count)) }

    func set(_ index: Int, _ outcome: Result<Outcome, LogStoreError>) {
        list.withLock { $0[index] = outcome }
    }
    func get(_ index: Int) -> Result<Outcome, LogStoreError>? { list.withLock { $0[index] } }
}
