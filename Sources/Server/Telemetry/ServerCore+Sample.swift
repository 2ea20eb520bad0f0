package import Ledger
internal import LogStore
internal import Projections
package import Protocol
internal import Replay

extension ServerCore {
    /// How it stands now. Reads counts; nothing is walked through.
    package var sample: ServerSample {
        var sample = ServerSample()
        sample.counts = counts
        sample.turnedAway = turnedAway
        sample.refusals = sequencer.refusals
        sample.snapshots = snapshotCounts
        if let watch { (sample.failures, sample.spansDropped) = (watch.counts, watch.tracer?.dropped ?? 0) }
        sample.connections = .init(used: connectionCount, limit: connectionsMax)
        let load = inbox.load
        sample.inboxBytes = .init(used: load.bytes, limit: inbox.capacity.bytes)
        sample.inboxRequests = .init(used: load.requests, limit: inbox.capacity.requests)
        sample.replyBytes = .init(used: replies.byteCount, limit: ReplyQueue.byteCountMax)
        sample.feed = mailbox.load
        sample.isDraining = isDraining
        let limits = sequencer.ledger.limits
        withState { state in
            sample.payments = .init(used: state.payments.count, limit: limits.payments)
            sample.keys = .init(used: state.keyCount, limit: limits.keys)
        }
        addLog(to: &sample)
        return sample
    }

    /// Has requests that fail in a turn told as well.
    func watchRequests() {
        let watch = watch
        sequencer.draft.onFailure = watch.map { watch in
            { request, code in
                watch.requestFailed(request.connection, request.request, request.correlation, code)
            }
        }
    }

    package func noteSaid(_ frames: RawSpan, to id: ConnectionID, wasKnown: Bool, trace: Hash128) {
        watch?.said(frames, to: id, wasKnown: wasKnown, trace: trace)
    }

    package func noteTraced(_ header: MessageHeader, _ body: RawSpan, from id: ConnectionID) {
        watch?.tracer?.begin(header, body, from: id)
    }

    private func addLog(to sample: inout ServerSample) {
        let (next, lastTime) = log.position
        (sample.logEnd, sample.lastEventTime, sample.durableEnd) = (next, lastTime, log.durableEnd)
        let parts = log.parts
        sample.unsealedBytes = .init(
            used: parts.exchange.backlogBytes, limit: parts.options.geometry.sealBacklogBytesMax)
        sample.fileUsed = parts.exchange.usedFraction
        sample.alarms = parts.currentAlarms.map { alarm in
            let work: LogAlarm =
                switch alarm.work {
                case .preparing: .preparing
                case .keys: .keys
                case .sealing: .sealing
                case .proofs: .proofs
                }
            return (work, "\(alarm.error)")
        }
    }
}
