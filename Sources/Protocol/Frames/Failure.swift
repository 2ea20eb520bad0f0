/// Why a request was not looked at, or a connection ends. Numbers are stable; refusals of the ledger have
/// their own (`RefusalCode`, 100 to 1,099).
package enum FailureCode: UInt16, CaseIterable, Sendable {
    // The connection ends.
    case malformedFrame = 1
    case frameTooLong = 2
    case unknownMessage = 3
    case unsupportedVersion = 4
    /// Something else than the handshake has now.
    case outOfTurn = 5
    /// Key unknown, revoked, expired, or not proved: nobody is told which.
    case unauthorized = 6
    case idle = 7
    case tooManyConnections = 8
    /// The client does not read what it asked for.
    case slowReader = 9
    case tooManyRequests = 10

    // The request ends, the connection goes on.
    case malformedRequest = 20
    /// Not with this key.
    case forbidden = 21
    /// Ask again after the milliseconds told.
    case busy = 22
    /// The server is about to stop; ask another, or later.
    case draining = 23
    case unknownQuery = 24
    case tooManySubscriptions = 25
    case unknownSubscription = 26
    /// The sequence asked for is after the end, or no position.
    case unknownPosition = 27
    /// Not readable here: its month was given to the archive, or it is damaged.
    case notReadable = 28

    /// Whether the connection ends with it.
    package var endsConnection: Bool { rawValue < 20 }
}

/// The body of a `failure`: which request it is about stands in the header; 0 is the connection.
///
///     0  2  code
///     2  2  index of the command it is about; 65,535 if none
///     4  4  milliseconds after which to ask again; 0 if that would not help
///     8  2+ what is wrong, for people
package struct Failure: Equatable, Sendable {
    package static let textMax = 512
    package static let noIndex = UInt16.max

    package var code: FailureCode
    package var index: UInt16
    package var retryMilliseconds: UInt32
    package var text: String

    package init(_ code: FailureCode, _ text: String, index: UInt16 = noIndex, retryMilliseconds: UInt32 = 0)
    {
        (self.code, self.index, self.retryMilliseconds) = (code, index, retryMilliseconds)
        self.text = String(text.prefix(Self.textMax / 4))
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        let number = try cursor.u16("code")
        guard let code = FailureCode(rawValue: number) else { throw WireError("code", "is \(number)") }
        self.code = code
        index = try cursor.u16("index")
        retryMilliseconds = try cursor.u32("retry")
        text = try cursor.text("text", countMax: Self.textMax)
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(code.rawValue)
        buffer.put(index)
        buffer.put(retryMilliseconds)
        buffer.put(text: text)
    }
}
