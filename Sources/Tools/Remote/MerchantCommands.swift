import ArgumentParser
import Client
import Ledger
import Protocol

/// `holdfast merchant …`: who is paid.
struct MerchantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merchant", abstract: "Open merchants, and look at them.",
        subcommands: [MerchantOpen.self, MerchantList.self])
}

struct MerchantOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a merchant.",
        discussion: "Takes a key of the whole ledger with scope admin.")

    @Argument(help: "Its name, at most 40 characters of ASCII.") var name: String
    @Option(help: "Its time zone, by IANA's name.") var timeZone = "UTC"
    @Option(help: "When its business day ends: HH:MM in its time zone.") var cutoff = "23:59"
    @Option(help: "Idempotency key (default: a random one).") var key: String?
    @Flag(help: "Print the merchant's id alone.") var quiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            var body = OpenMerchant()
            body.settings.name = try TextArgument.parse(name, "name")
            body.settings.timeZone = try TextArgument.parse(timeZone, "time zone")
            body.settings.cutoffMinute = try minute(cutoff)
            let key = key ?? IdempotencyKey.random()
            try await connection.withClient { client in
                let result = try await client.perform(.openMerchant(body), key: key)
                let made = result.made == 0 ? nil : ("merchant", MerchantID(raw: result.made).text)
                try Answered(made: made, key: key, result: result)
                    .tell(json: output.json, quiet: quiet, "opened")
            }
        }
    }

    private func minute(_ text: String) throws -> UInt16 {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt16($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], hour < 24, minute < 60 else {
            throw CommandFailure(.usage, "--cutoff is a time of day, 23:59")
        }
        return hour * 60 + minute
    }
}

struct MerchantList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List every merchant, newest first.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let merchant: String
        let name: String
        let state: String
        let timeZone: String
        let cutoffMinute: UInt16
    }

    func run() async throws {
        try await reportingFailures {
            try await connection.withClient { client in
                var query = MerchantsQuery()
                repeat {
                    guard let page = try await client.ask(query).answer else { return }
                    for merchant in page.elements { try show(merchant) }
                    query.after = page.next
                } while !query.after.isNone
            }
        }
    }

    private func show(_ record: MerchantRecord) throws {
        let line = Line(
            merchant: record.merchant.text, name: record.settings.name.description, state: "\(record.state)",
            timeZone: record.settings.timeZone.description, cutoffMinute: record.settings.cutoffMinute)
        if output.json { return try StandardOutput.jsonLine(line) }
        try StandardOutput.line("\(line.merchant)  \(line.state)  \(line.name)")
    }
}

/// `holdfast acquirer …`: who takes the cards' money for us.
struct AcquirerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acquirer", abstract: "Add acquirers, and look at them.",
        subcommands: [AcquirerOpen.self, AcquirerList.self])
}

struct AcquirerOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Add an acquirer.",
        discussion: "Takes a key of the whole ledger with scope admin.")

    @Argument(help: "Its name, at most 40 characters of ASCII.") var name: String
    @Flag(help: "Captures are calls, not lines of a day's file; for good.") var online = false
    @Option(help: "Idempotency key (default: a random one).") var key: String?
    @Flag(help: "Print the acquirer's id alone.") var quiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            var body = SetAcquirer()
            body.settings.name = try TextArgument.parse(name, "name")
            body.settings.mode = online ? .online : .file
            let key = key ?? IdempotencyKey.random()
            try await connection.withClient { client in
                let result = try await client.perform(.setAcquirer(body), key: key)
                let made = result.made == 0 ? nil : ("acquirer", AcquirerID(raw: result.made).text)
                try Answered(made: made, key: key, result: result)
                    .tell(json: output.json, quiet: quiet, "added")
            }
        }
    }
}

struct AcquirerList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List every acquirer, newest first.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let acquirer: String
        let name: String
        let mode: String
        let circuit: String
    }

    func run() async throws {
        try await reportingFailures {
            try await connection.withClient { client in
                var query = AcquirersQuery()
                repeat {
                    guard let page = try await client.ask(query).answer else { return }
                    for acquirer in page.elements { try show(acquirer) }
                    query.after = page.next
                } while !query.after.isNone
            }
        }
    }

    private func show(_ record: AcquirerRecord) throws {
        let line = Line(
            acquirer: record.settings.acquirer.text, name: record.settings.name.description,
            mode: "\(record.settings.mode)", circuit: "\(record.circuit)")
        if output.json { return try StandardOutput.jsonLine(line) }
        try StandardOutput.line("\(line.acquirer)  \(line.mode)  \(line.name)")
    }
}

/// Texts of the ledger: short, and of printable ASCII.
enum TextArgument {
    static func parse<let capacity: Int>(_ text: String, _ what: String) throws -> Text<capacity> {
        guard let parsed = Text<capacity>(text) else {
            throw CommandFailure(
                .usage, "\(what) has at most \(capacity) characters of printable ASCII: \"\(text)\"")
        }
        return parsed
    }
}
