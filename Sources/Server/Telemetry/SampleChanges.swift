/// What samples tell of that was not so in the one before.
package struct SampleChanges: Sendable {
    private var last = ServerSample()
    private var wasReady = true

    package init() {}

    /// - Parameter hindrances: why no work should be sent now, if anything.
    package mutating func look(at sample: ServerSample, hindrances: [String]) -> [ServerNote] {
        var notes = snapshotNotes(sample) + alarmNotes(sample)
        if sample.feed.counts.faults > last.feed.counts.faults {
            notes.append(.subscriptionFailed(sample.feed.counts.lastFault ?? ""))
        }
        if hindrances.isEmpty != wasReady {
            notes.append(hindrances.isEmpty ? .ready : .notReady(hindrances))
        }
        (last, wasReady) = (sample, hindrances.isEmpty)
        return notes
    }

    private func snapshotNotes(_ sample: ServerSample) -> [ServerNote] {
        var notes: [ServerNote] = []
        let (now, before) = (sample.snapshots, last.snapshots)
        if now.written > before.written { notes.append(.snapshotWritten(events: now.newest ?? 0)) }
        if now.failed > before.failed { notes.append(.snapshotFailed(now.lastFailure ?? "")) }
        return notes
    }

    private func alarmNotes(_ sample: ServerSample) -> [ServerNote] {
        let before = last.alarms.map(\.work)
        let now = sample.alarms.map(\.work)
        return sample.alarms.filter { !before.contains($0.work) }.map { .workFailed($0.work, $0.text) }
            + before.filter { !now.contains($0) }.map { .workRecovered($0) }
    }
}
