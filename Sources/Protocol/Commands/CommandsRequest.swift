package import Ledger

/// The body of `commands`: several commands, each on its own or all of them together.
///
///     0  1  1: all or nothing
///     1  1  length of the request's key; 0 unless all or nothing
///     2  2  count of commands, 1 … 8,190
///     4  …  the key: printable ASCII
///        …  each command: its length in two bytes, and its bytes (`Command`)
///
/// A view into the body: nothing is copied.
package struct CommandsRequest: ~Escapable {
    package let isAtomic: Bool
    package let count: Int
    /// Of the whole request; empty if it has none.
    package let key: RawSpan
    /// The commands, one after the other, with their lengths; what the request's fingerprint is made of.
    package let commands: RawSpan

    @_lifetime(copy body)
    package init(reading body: RawSpan, countMax: Int) throws(WireError) {
        var cursor = WireCursor(body)
        let flags = try cursor.u8("flags")
        guard flags <= 1 else { throw WireError("flags", "are \(flags)") }
        isAtomic = flags == 1
        let keyLength = Int(try cursor.u8("key"))
        guard isAtomic || keyLength == 0 else {
            throw WireError("key", "is of a request that is not all or nothing")
        }
        count = Int(try cursor.u16("count"))
        guard count > 0, count <= countMax else {
            throw WireError("count", "is \(count) of 1 to \(countMax)")
        }
        key = try cursor.run("key", count: keyLength)
        for index in 0..<keyLength {
            // SAFETY: the index is below the span's count.
            let byte = unsafe key.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
            guard byte >= 0x20, byte <= 0x7E else { throw WireError("key", "has the byte \(byte)") }
        }
        commands = cursor.rest
    }

    /// Whether a body that may be one says it is all or nothing; nothing else is looked at.
    package static func isAtomic(_ body: RawSpan) -> Bool {
        // SAFETY: the first byte is there.
        unsafe body.byteCount > 0 && body.unsafeLoad(as: UInt8.self) == 1
    }

    /// Writes what stands before the commands; each is then put by `CommandsRequest.put`.
    package static func writeHead(
        isAtomic: Bool, key: [UInt8] = [], count: Int, to buffer: inout WireBuffer
    ) {
        buffer.put(UInt8(isAtomic ? 1 : 0))
        buffer.put(UInt8(key.count))
        buffer.put(UInt16(count))
        buffer.put(key)
    }

    /// Writes one command with its length.
    package static func put(
        _ command: Command, key: RawSpan, names: Names, to buffer: inout WireBuffer
    ) {
        let start = buffer.count
        buffer.put(UInt16(0))
        buffer.withRoom(Command.byteCountMax) { command.encode(key: key, names: names, into: &$0) }
        buffer.set(UInt16(buffer.count - start - 2), at: start)
    }
}

/// Walks over the commands of a request.
package struct CommandCursor: ~Copyable, ~Escapable {
    private var bytes: WireCursor
    private var left: Int

    @_lifetime(copy request)
    package init(_ request: CommandsRequest) {
        bytes = WireCursor(request.commands)
        left = request.count
    }

    /// The bytes of the next command; nil behind the last.
    @_lifetime(copy self)
    package mutating func next() throws(WireError) -> RawSpan? {
        guard left > 0 else {
            try bytes.expectEnd()
            return nil
        }
        left &-= 1
        return try bytes.run("command", count: Int(try bytes.u16("length of a command")))
    }
}
