extension Event {
    /// Reads a whole event, header included: as the log holds it, or as `encodeShown` wrote it for others.
    ///
    /// - Parameters:
    ///   - bytes: header and payload, nothing behind them.
    ///   - position: where it stands; of an event that is shown it may be a token.
    ///   - isShown: whether ids and sequences in it are those outsiders see. They are taken as they are; such
    ///     an event is for looking at, never to be applied.
    public init(
        reading bytes: RawSpan, at position: SequenceNumber, isShown: Bool
    ) throws(EventFormatError) {
        guard bytes.byteCount >= EventBatch.headerByteCount else {
            throw EventFormatError(
                subject: "event", field: "header", problem: "has \(bytes.byteCount) bytes")
        }
        var header = FieldReader(bytes.extracting(0..<EventBatch.headerByteCount))
        let (type, schema) = (
            try header.integer("type", as: UInt16.self), try header.integer("schema", as: UInt8.self)
        )
        let (flags, time) = (
            try header.integer("flags", as: UInt8.self), try header.integer("time", as: UInt64.self)
        )
        let length = Int(try header.integer("length", as: UInt16.self))
        guard length == bytes.byteCount - EventBatch.headerByteCount else {
            throw EventFormatError(subject: "event", field: "length", problem: "is \(length)")
        }
        try self.init(
            sequence: position, time: LedgerTime(nanoseconds: time), type: type, schema: schema, flags: flags,
            payload: bytes.extracting(EventBatch.headerByteCount..<bytes.byteCount),
            versions: ReleasedVersions.self, isShown: isShown)
    }
}
