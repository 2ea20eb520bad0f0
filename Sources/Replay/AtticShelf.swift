import LogStore

/// The runs of one kind, youngest first, what is on its way into one, and the merge that is under way.
///
/// Four neighbours of one level become one of the next, so that the number of runs grows with the logarithm
/// of what is kept.
struct AtticShelf<P: Platform> {
    let kind: AtticKind
    private(set) var runs: [AtticRun<P.Disk>] = []
    private(set) var buffer = AtticBuffer()
    private var merge: AtticMerge<P>?
    /// Files that are in no run any more; a manifest may still name them.
    private(set) var retired: [AtticRun<P.Disk>] = []

    /// Neighbours that are merged.
    private static var fanIn: Int { 4 }
    /// Hours of keys that a run may have: whole runs are dropped with their last hour, and with the shortest
    /// span of keys, three days, at most an eighth of what is kept is forgotten already.
    private static var hoursMax: UInt64 { 9 }

    init(kind: AtticKind, runs: [AtticRun<P.Disk>] = []) {
        self.kind = kind
        self.runs = runs
    }

    mutating func put(_ key: AtticKey, _ value: RawSpan) { buffer.put(key, value) }

    /// Appends the youngest value of a key to `value`: one filter a run, and about one block in all.
    func find(_ key: AtticKey, into value: inout [UInt8]) throws(LogStoreError) -> Bool {
        if let range = buffer.value(key) {
            value += buffer.bytes[range]
            return true
        }
        for run in runs where try run.find(key, into: &value) { return true }
        return false
    }

    /// Writes the buffer as a run.
    mutating func flush(_ home: AtticHome<P>, number: UInt64) throws(LogStoreError) {
        guard buffer.count > 0 else { return }
        var writer = try AtticRunWriter(
            home, kind: kind, number: number, level: 0, recordsMax: buffer.count)
        for (key, range) in buffer.sorted {
            try buffer.bytes.withRawSpan { (span) throws(LogStoreError) in
                try writer.add(key, span.extracting(range))
            }
        }
        if let run = try writer.finish() { runs.insert(run, at: 0) }
        buffer.removeAll()
    }

    /// Drops runs whose keys are all forgotten.
    mutating func dropForgotten(before hour: UInt64) {
        guard kind == .keys else { return }
        let merging = merge?.inputs.map(\.number) ?? []
        for run in runs where run.footer.hours.upperBound < hour && !merging.contains(run.number) {
            retired.append(run)
        }
        let gone = Set(retired.map(\.number))
        runs.removeAll { gone.contains($0.number) }
    }

    /// Copies about `budget` records of a merge, beginning one if there is something to merge; says whether
    /// there was.
    mutating func mergeStep(
        budget: Int, _ home: AtticHome<P>, number: UInt64, firstLiveHour: UInt64
    ) throws(LogStoreError) -> Bool {
        if merge == nil {
            guard let inputs = neighbours else { return false }
            merge = try AtticMerge(inputs, kind: kind, number: number, home)
        }
        guard var current = merge else { return false }
        merge = nil
        let outcome = try current.step(budget: budget, firstLiveHour: firstLiveHour)
        guard case .done(let run) = outcome else {
            merge = current
            return true
        }
        let merged = current.inputs.map(\.number)
        guard let place = runs.firstIndex(where: { $0.number == merged[0] }) else { return true }
        runs.removeSubrange(place..<place + merged.count)
        if let run { runs.insert(run, at: place) }
        retired += current.inputs
        return true
    }

    /// The oldest neighbours of one level that may become one.
    private var neighbours: [AtticRun<P.Disk>]? {
        guard runs.count >= Self.fanIn else { return nil }
        for start in (0...runs.count - Self.fanIn).reversed() {
            let some = Array(runs[start..<start + Self.fanIn])
            guard some.allSatisfy({ $0.level == some[0].level }) else { continue }
            let first = some.reduce(UInt64.max) { min($0, $1.footer.hours.lowerBound) }
            let last = some.reduce(0) { max($0, $1.footer.hours.upperBound) }
            if kind == .payments || last - first < Self.hoursMax { return some }
        }
        return nil
    }

    /// Files that a merge under way writes or reads.
    var mergeFiles: [String] {
        merge.map { merge in merge.inputs.map(\.entry.fileName) + [merge.outputName] } ?? []
    }

    /// Lets go of retired runs that no manifest names; these are their files.
    mutating func forgetRetired(but named: Set<String>) -> [String] {
        let gone = retired.map(\.entry.fileName).filter { !named.contains($0) }
        if !gone.isEmpty { retired.removeAll { !named.contains($0.entry.fileName) } }
        return gone
    }
}
