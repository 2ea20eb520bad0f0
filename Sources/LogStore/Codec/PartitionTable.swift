/// The months of a log as the superblock knows them: the newest 24 one by one, older ones folded into a
/// chain.
package struct PartitionTable: Sendable, Equatable {
    /// One month: which generation of its manifest is current.
    package struct Entry: Sendable, Equatable {
        /// yyyymm, UTC.
        package var month: UInt32
        package var generation: UInt64
        /// SHA-256 of the manifest file.
        package var hash: Hash256

        package init(month: UInt32, generation: UInt64, hash: Hash256) {
            self.month = month
            self.generation = generation
            self.hash = hash
        }

        package init(decoding span: RawSpan, at offset: Int) throws(DecodingFailure) {
            month = span.u32(offset)
            generation = span.u64(offset + 8)
            hash = Hash256(reading: span, at: offset + 16)
            guard Month(number: month) != nil, span.u32(offset + 4) == 0 else {
                throw DecodingFailure("partition entry of month \(month), reserved \(span.u32(offset + 4))")
            }
            try CounterBound.check(generation, "manifest generation")
        }

        package func write(to span: inout MutableRawSpan, at offset: Int) {
            span.set(month, at: offset)
            span.set(UInt32(0), at: offset + 4)
            span.set(generation, at: offset + 8)
            hash.write(to: &span, at: offset + 16)
        }
    }

    package static let recentMax = 24
    package static let empty = PartitionTable(recent: [], chainedCount: 0, chain: .zero)

    /// The newest months, oldest first.
    package let recent: [Entry]
    /// How many older months are in the chain.
    package let chainedCount: Int
    package let chain: Hash256

    package init(recent: [Entry], chainedCount: Int, chain: Hash256) {
        self.recent = recent
        self.chainedCount = chainedCount
        self.chain = chain
    }

    /// Folds all months, oldest first, into a table.
    package init(folding all: [Entry]) {
        let old = all.dropLast(Self.recentMax)
        recent = Array(all.suffix(Self.recentMax))
        chainedCount = old.count
        chain = Self.chain(over: old)
    }

    /// h ← SHA-256(h ‖ month ‖ generation ‖ hash), starting from zero.
    package static func chain(over entries: ArraySlice<Entry>) -> Hash256 {
        var link = [UInt8](repeating: 0, count: 76)
        var chain = Hash256.zero
        for entry in entries {
            link.withMutableRawSpan { span in
                chain.write(to: &span, at: 0)
                span.set(entry.month, at: 32)
                span.set(entry.generation, at: 36)
                entry.hash.write(to: &span, at: 44)
                chain = SHA256.of(span.bytes)
            }
        }
        return chain
    }
}
