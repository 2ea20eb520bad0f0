import LogStore

/// `crash-worker run|verify <directory> [--name value …]`.
struct Arguments: Sendable {
    var isVerifying: Bool
    var directory: String
    var seed: UInt64 = 1
    /// Chooses group sizes and pauses; differs from life to life.
    var lifeSeed: UInt64 = 1
    var isEncrypted = false
    var writes = LinuxStorage.DurableWrites.automatic
    /// Seconds between events: large, so that months pass quickly.
    var stepSeconds: UInt64 = 60
    /// Groups to append before an orderly end; endless if zero.
    var groups = 0
    /// Where the check starts: everything before was checked by an earlier life.
    var fromSequence: UInt64 = 0
    var fromCount: UInt64 = 0

    init(_ words: [String]) throws(UsageError) {
        guard words.count >= 3, words.count % 2 == 1, ["run", "verify"].contains(words[1]) else {
            throw UsageError("usage: crash-worker run|verify <directory> [--name value …]")
        }
        isVerifying = words[1] == "verify"
        directory = words[2]
        for index in stride(from: 3, to: words.count, by: 2) { try set(words[index], words[index + 1]) }
    }

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--seed": seed = try Self.number(value)
        case "--life-seed": lifeSeed = try Self.number(value)
        case "--encrypted": isEncrypted = try Self.number(value) == 1
        case "--step-seconds": stepSeconds = try Self.number(value)
        case "--groups": groups = Int(clamping: try Self.number(value))
        case "--from-sequence": fromSequence = try Self.number(value)
        case "--from-count": fromCount = try Self.number(value)
        case "--writes":
            switch value {
            case "automatic": writes = .automatic
            case "sync-call": writes = .syncCall
            case "direct": writes = .direct
            default: throw UsageError("--writes automatic, sync-call or direct, not \(value)")
            }
        default: throw UsageError("unknown option \(name)")
        }
    }

    private static func number(_ text: String) throws(UsageError) -> UInt64 {
        guard let number = UInt64(text) else { throw UsageError("not a number: \(text)") }
        return number
    }
}

/// Arguments that make no sense.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
