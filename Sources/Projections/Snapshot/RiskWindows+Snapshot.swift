import Ledger

// The windows of risk in a snapshot: 8 bytes of period, then both generations, each a table. What is
// forgotten is there only until a request is over.

extension RiskWindows {
    func write<Sink: SnapshotSink>(to sink: Sink) throws(SnapshotFailure) {
        try sink.write(word: period)
        try running.write(to: sink)
        try before.write(to: sink)
    }

    /// Takes what `write` wrote in place of nothing.
    mutating func load<Source: SnapshotSource>(from source: Source) throws(SnapshotFailure) {
        period = try source.word()
        try running.load(from: source)
        try before.load(from: source)
    }
}
