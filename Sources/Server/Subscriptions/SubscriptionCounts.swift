package import Ledger
package import LogStore
internal import Protocol

/// How much the feed takes on.
package struct SubscriptionLimits: Sendable {
    /// Subscriptions of one connection, as the handshake tells.
    package var perConnectionMax = 16
    /// Subscriptions in all: each is looked at in every step.
    package var countMax = 1_024
    /// Bytes of an `events` frame, unless a single event is longer.
    package var frameBytesMax = 256 << 10
    /// From so many events behind the end a subscription is catching up, which may wait for other work.
    package var catchingUpDistance: UInt64 = 65_536

    package init() {}
}

/// What the feed has done, for whoever measures.
package struct SubscriptionCounts: Equatable, Sendable {
    package private(set) var events: UInt64 = 0
    package private(set) var frames: UInt64 = 0
    /// Of frames with events.
    package private(set) var bytes: UInt64 = 0
    /// Subscriptions that ended because the log could not be read, and why the last did.
    package private(set) var faults: UInt64 = 0
    package private(set) var lastFault: String?

    mutating func note(events count: UInt32, byteCount: Int) {
        events &+= UInt64(count)
        frames &+= 1
        bytes &+= UInt64(byteCount)
    }

    mutating func note(_ fault: SubscriptionFault) {
        faults &+= 1
        lastFault = fault.description
    }
}

/// Why a subscription cannot go on: what it stands at cannot be read.
package enum SubscriptionFault: Error, Sendable, CustomStringConvertible {
    case unreadable(LogStoreError)
    case undecodable(EventFormatError, sequence: UInt64)

    package var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .undecodable(let error, let sequence): "event \(sequence): \(error)"
        }
    }

    /// Files and sequences are told only to those who may read the log.
    func failure(toldTo form: SubscriptionForm) -> Failure {
        switch form {
        case .asLogged: Failure(.notReadable, description)
        case .shown: Failure(.notReadable, "the events from here on cannot be read now")
        }
    }
}
