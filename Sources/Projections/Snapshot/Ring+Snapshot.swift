import Invariants
import Ledger

extension Ring {
    /// Writes the rows from `first` on: two words for the positions, then the rows as they lie in memory.
    func write<Sink: SnapshotSink>(
        from first: UInt64, to sink: Sink
    ) throws(SnapshotFailure) {
        invariant(first >= firstPosition && first <= endPosition, "position \(first) is not in the ring")
        try sink.write(word: first)
        try sink.write(word: endPosition)
        let layout = RowLayout(of: Row.self)
        var piece = Region<Row>()
        var scratch: [UInt8] = []
        var position = first
        while position < endPosition {
            while piece.count > 0 { piece.removeLast() }
            while position < endPosition, piece.count < SnapshotPiece.elementCount {
                piece.append(self[position])
                position += 1
            }
            _ = try piece.writePiece(from: 0, layout, &scratch, to: sink)
        }
    }

    /// Takes what `write` wrote in place of nothing, and hands on each row.
    mutating func load<Source: SnapshotSource, Intake: RowIntake & ~Copyable>(
        from source: Source, into intake: inout Intake
    ) throws(SnapshotFailure) where Intake.Row == Row {
        invariant(endPosition == 0 && endChunk == 0, "a snapshot into a ring of \(count)")
        let (first, end) = (try source.word(), try source.word())
        guard first <= end, end - first < UInt64(UInt32.max), end < 1 << 60 else {
            throw SnapshotFailure("a ring from \(first) to \(end)")
        }
        (head, tail) = (first, first)
        (firstChunk, endChunk) = (first >> UInt64(Chunk.shift), first >> UInt64(Chunk.shift))
        intake.expect(Int(end - first))
        while tail < end {
            if tail >> UInt64(Chunk.shift) == endChunk { addChunk() }
            let rest = Chunk.elementCount - Int(tail & UInt64(Chunk.mask))
            let number = min(Int(end - tail), rest, SnapshotPiece.elementCount)
            // SAFETY: the block was just seen to exist, and has room; see `Region.readPiece`.
            let memory = unsafe UnsafeMutableRawBufferPointer(
                start: address(of: tail), count: number * MemoryLayout<Row>.stride)
            var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
            try source.read(into: &bytes)
            let start = tail
            tail += UInt64(number)
            for position in start..<tail {
                let row = self[position]
                runningDigest.add(row)
                intake.take(row, self.number(of: position))
            }
        }
    }
}
