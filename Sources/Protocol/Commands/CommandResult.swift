public import Ledger

/// What became of one command. 24 bytes:
///
///     0  2  status: 0 done · 1 exists · from 100 on refused (`RefusalCode`)
///     2  1  of what exists: 0 pending · 1 done · 2 declined · 3 blocked · 4 refused · 5 failed
///     3  1  0
///     4  2  of what exists: why it was declined or blocked (`DeclineCode`) or refused; else 0
///     6  2  events that were written for it
///     8  8  position of the first of them; of what exists, of the event that said so first
///     16 8  id of what was made: a payment, a capture …; 0 if nothing was
public struct CommandResult: Equatable, Sendable, BitwiseCopyable {
    package static let byteCount = 24

    /// Whether it was done, had been before, or is refused.
    public enum Status: Equatable, Sendable, BitwiseCopyable {
        case done
        case exists(Known)
        case refused(RefusalCode)
    }

    /// What became of a request that was made before.
    public enum Known: Equatable, Sendable, BitwiseCopyable {
        case pending
        case done
        case declined(DeclineCode)
        case blocked(DeclineCode)
        case refused(RefusalCode)
        case failed
    }

    public var status: Status
    public var events: UInt16
    /// As `Names` shows it.
    public var position: UInt64
    /// As `Names` shows it.
    public var made: UInt64

    package init(_ status: Status, events: UInt16 = 0, position: UInt64 = 0, made: UInt64 = 0) {
        (self.status, self.events, self.position, self.made) = (status, events, position, made)
    }

    package init(reading cursor: inout WireCursor) throws(WireError) {
        let (status, outcome) = (try cursor.u16("status"), try cursor.u8("outcome"))
        guard try cursor.u8("outcome") == 0 else { throw WireError("outcome", "has no zero behind it") }
        let code = try cursor.u16("code")
        switch status {
        case 1: self.status = .exists(try Known(outcome, code))
        case _ where outcome != 0 || code != 0: throw WireError("outcome", "is told of what does not exist")
        case 0: self.status = .done
        default: self.status = .refused(try Known.refusal(status))
        }
        (events, position, made) = (
            try cursor.u16("events"), try cursor.u64("position"), try cursor.u64("made")
        )
    }

    @inline(__always)
    package func write(to buffer: inout WireBuffer) {
        let (number, outcome, code): (UInt16, UInt8, UInt16) =
            switch status {
            case .done: (0, 0, 0)
            case .refused(let code): (code.rawValue, 0, 0)
            case .exists(.pending): (1, 0, 0)
            case .exists(.done): (1, 1, 0)
            case .exists(.declined(let code)): (1, 2, UInt16(code.rawValue))
            case .exists(.blocked(let code)): (1, 3, UInt16(code.rawValue))
            case .exists(.refused(let code)): (1, 4, code.rawValue)
            case .exists(.failed): (1, 5, 0)
            }
        buffer.put(UInt64(number) | UInt64(outcome) << 16 | UInt64(code) << 32 | UInt64(events) << 48)
        buffer.put(position)
        buffer.put(made)
    }
}

extension CommandResult.Known {
    fileprivate init(_ outcome: UInt8, _ code: UInt16) throws(WireError) {
        switch (outcome, code) {
        case (0, 0): self = .pending
        case (1, 0): self = .done
        case (2, _): self = .declined(try Self.decline(code))
        case (3, _): self = .blocked(try Self.decline(code))
        case (4, _): self = .refused(try Self.refusal(code))
        case (5, 0): self = .failed
        default: throw WireError("outcome", "is \(outcome) with the code \(code)")
        }
    }

    fileprivate static func refusal(_ number: UInt16) throws(WireError) -> RefusalCode {
        guard let code = RefusalCode(rawValue: number) else { throw WireError("refusal", "is \(number)") }
        return code
    }

    private static func decline(_ number: UInt16) throws(WireError) -> DeclineCode {
        guard let raw = DeclineCode.RawValue(exactly: number), let code = DeclineCode(rawValue: raw) else {
            throw WireError("decline code", "is \(number)")
        }
        return code
    }
}

/// The body of `results`.
///
///     0  2  count
///     2  2  of a request that was refused as a whole: index of the command that is the reason; else 65,535
///     4  4  0
///     8  …  the results, in the order of the commands; one for all if the whole was refused or exists
package enum ResultsHead {
    package static let none = UInt16.max

    package static func write(count: Int, reason: UInt16 = none, to buffer: inout WireBuffer) {
        buffer.put(UInt64(UInt16(count)) | UInt64(reason) << 16)
    }

    package static func read(_ cursor: inout WireCursor) throws(WireError) -> (count: Int, reason: Int?) {
        let (count, reason) = (try cursor.u16("count"), try cursor.u16("reason"))
        guard try cursor.u32("padding") == 0 else { throw WireError("padding", "is not zero") }
        return (Int(count), reason == none ? nil : Int(reason))
    }
}
