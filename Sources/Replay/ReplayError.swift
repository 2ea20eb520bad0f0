package import Ledger
package import LogStore
package import Projections

/// Why a log gives no state: what, at which event, in which file as far as that is known.
package enum ReplayError: Error, Sendable, Equatable {
    /// The log cannot be read from `sequence` on: damaged, evicted, or no key for it.
    case log(LogStoreError, sequence: UInt64)
    /// An event is authentic, and no event of this ledger or of this software.
    case undecodable(EventFormatError, Place)
    /// An event contradicts those before it.
    case misfit(String, Place)
    /// The state is not the one the ledger had when it wrote `said`.
    case digestDiffers(said: StateDigest, found: StateDigest, Place)
    /// A machine with little memory does not get back what an event needs.
    case attic(AtticError, Place)

    /// Where an event is.
    package struct Place: Sendable, Equatable, CustomStringConvertible {
        package let sequence: UInt64
        /// Nil if no file is known to hold it any more.
        package let file: StoragePath?

        package init(sequence: UInt64, file: StoragePath?) {
            self.sequence = sequence
            self.file = file
        }

        package var description: String { "event \(sequence)" + (file.map { " in \($0)" } ?? "") }
    }

    /// The event it stopped at: those before it were applied.
    package var sequence: UInt64 {
        switch self {
        case .log(_, let sequence): sequence
        case .undecodable(_, let place), .misfit(_, let place), .digestDiffers(_, _, let place),
            .attic(_, let place):
            place.sequence
        }
    }

    /// With the file that holds the event, if none is named yet.
    func located(_ file: StoragePath?) -> ReplayError {
        func named(_ place: Place) -> Place { Place(sequence: place.sequence, file: place.file ?? file) }
        return switch self {
        case .log: self
        case .undecodable(let error, let place): .undecodable(error, named(place))
        case .misfit(let what, let place): .misfit(what, named(place))
        case .digestDiffers(let said, let found, let place):
            .digestDiffers(said: said, found: found, named(place))
        case .attic(let error, let place): .attic(error, named(place))
        }
    }
}

extension ReplayError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .log(let error, let sequence): "the log cannot be replayed from event \(sequence): \(error)"
        case .undecodable(let error, let place): "\(place) cannot be read: \(error)"
        case .misfit(let what, let place): "\(place) does not fit: \(what)"
        case .digestDiffers(let said, let found, let place):
            "\(place) says that the state before it is \(said), and replay gives \(found)"
        case .attic(let error, let place): "\(place) cannot be applied: \(error)"
        }
    }
}

extension StateDigest: CustomStringConvertible {
    /// The value in hexadecimal, and of how many rows.
    package var description: String { "\(hexadecimal) of \(rowCount) rows" }

    /// The value in 32 digits.
    package var hexadecimal: String {
        let value = UInt128(value.high) << 64 | UInt128(value.low)
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
