import LogStore

/// How much smaller do sealed blocks get, with and without the column shuffle, and at what speed?
struct CompressionBenchmark {
    private static let blocks = 400

    func run() throws {
        for (identifiers, name) in [(PaymentEvents.Identifiers.ordered, "ordered"), (.random, "random")] {
            for (codec, method) in [(BlockHeader.Codec.shuffledLZ4, "shuffle+lz4"), (.lz4, "lz4")] {
                try report(identifiers, name, codec, method)
            }
        }
    }

    private func report(
        _ identifiers: PaymentEvents.Identifiers, _ name: String, _ codec: BlockHeader.Codec, _ method: String
    ) throws {
        var events = PaymentEvents(eventsMax: 256, identifiers: identifiers)
        var encoder = BlockEncoder(codec: codec)
        var target = [UInt8](repeating: 0, count: BlockEncoder.blockByteCountMax(rawByteCount: 256 * 160))
        var durations = Durations(capacity: Self.blocks)
        var (raw, stored) = (0, 0)
        var sequence: UInt64 = 0
        for _ in 0..<Self.blocks {
            events.make(256)
            let run = EventRun(unchecked: events.group.bytes, count: 256, firstSequence: sequence)
            let start = Clock.now
            stored += target.withMutableRawSpan {
                encoder.encode(
                    run: run, ordinal: sequence + 1, fileUUID: .zero, fileOffset: 4096 + UInt64(stored),
                    cipher: nil, into: &$0)
            }
            durations.add(Clock.now - start)
            raw += run.bytes.byteCount
            sequence += 256
        }
        let run = Run(count: raw, nanoseconds: durations.values.reduce(0, +), durations: durations)
        var line = Line("compression", [run], ceilings: [])
        line.add("ratio", Double(raw) / Double(stored))
        line.add("codec", text: method)
        line.add("identifiers", text: name)
        line.print()
    }
}
