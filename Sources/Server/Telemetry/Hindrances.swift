/// What keeps a server from taking work, as its samples show it.
package struct Hindrances {
    /// The durable end that did not move while events waited for it, and for how many samples.
    private var stuckAt: UInt64?
    private var stuckFor = 0
    /// Samples, a second apart, after which a log that does not get durable is told.
    package static let stuckMax = 5

    package init() {}

    /// Why no work should be sent now, a sentence each.
    package mutating func look(at sample: ServerSample) -> [String] {
        var hindrances: [String] = []
        let waits = sample.logEnd > sample.durableEnd
        stuckFor = waits && stuckAt == sample.durableEnd ? stuckFor + 1 : 0
        stuckAt = sample.durableEnd
        if stuckFor >= Self.stuckMax {
            let count = sample.logEnd - sample.durableEnd
            hindrances.append("nothing has become durable for \(stuckFor) s; \(count) events wait")
        }
        if sample.unsealedBytes.limit > 0, sample.unsealedBytes.used >= sample.unsealedBytes.limit {
            hindrances.append("\(sample.unsealedBytes.used) bytes wait to be sealed: appends are refused")
        }
        for alarm in sample.alarms where alarm.work == .preparing {
            hindrances.append("no next write-ahead file: \(alarm.text)")
        }
        if sample.isDraining { hindrances.append("stopping") }
        return hindrances
    }
}
