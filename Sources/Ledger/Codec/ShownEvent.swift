import Invariants

extension Event {
    /// Writes the whole event, header included, as those see it who may not read the log: in today's version
    /// of its fact, with ids and sequences as `Names` shows them. What an API key is recognized by is zero.
    ///
    /// - Parameter bytes: at least `EventBatch.eventBytesMax` long.
    /// - Returns: bytes written.
    public func encodeShown(by names: Names, into bytes: inout MutableRawSpan) -> Int {
        invariant(bytes.byteCount >= EventBatch.eventBytesMax, "room of \(bytes.byteCount) bytes")
        var writer = ShownFieldWriter(FieldWriter(bytes._mutatingExtracting(0..<bytes.byteCount)), names)
        writer.fields.integer(fact.type.rawValue)
        writer.fields.integer(fact.type.schema)
        writer.fields.integer(headerFlags)
        writer.fields.integer(time.nanoseconds)
        writer.fields.integer(UInt16(0))
        var (context, fact) = (context, fact.shown)
        context.visit(context.parts, &writer)
        writer.fields.legs(legs)
        fact.visitFields(&writer)
        let byteCount = writer.fields.byteCount
        let length = UInt16(byteCount - EventBatch.headerByteCount)
        bytes.storeBytes(
            of: length.littleEndian, toByteOffset: EventBatch.headerByteCount - 2, as: UInt16.self)
        return byteCount
    }
}

extension Fact {
    /// Without what lets somebody pass for the server, or check guesses, where a merchant reads of its keys.
    fileprivate var shown: Fact {
        guard case .apiKeyCreated(var created) = self else { return self }
        (created.storedKey, created.serverKey) = (.none, .none)
        return .apiKeyCreated(created)
    }
}
