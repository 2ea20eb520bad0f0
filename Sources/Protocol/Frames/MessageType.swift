/// The number of each kind of message. Never reused. Answers have the upper bit of the low byte set.
package enum MessageType: UInt16, CaseIterable, Sendable {
    // What a client says.
    case hello = 0x0001
    case proof = 0x0002
    case ping = 0x0003
    /// Answer what is in flight, then close.
    case goodbye = 0x0004
    case commands = 0x0010
    case query = 0x0011
    case subscribe = 0x0020
    case credit = 0x0021
    case unsubscribe = 0x0022

    // What a server says.
    case challenge = 0x0081
    case session = 0x0082
    case pong = 0x0083
    /// It is about to stop: ask nothing more here.
    case draining = 0x0084
    case results = 0x0090
    case answer = 0x0091
    case events = 0x00A0
    case progress = 0x00A1
    case subscriptionEnded = 0x00A2
    case failure = 0x00FF

    /// Whether a client may send it.
    package var isFromClient: Bool { rawValue < 0x0080 }
}
