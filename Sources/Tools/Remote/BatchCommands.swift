import ArgumentParser
import Client
import Ledger
import Protocol

/// `holdfast batch …`: what goes to an acquirer in one day.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Look at the days' batches, close them before their time.",
        subcommands: [BatchList.self, BatchClose.self])
}

struct BatchList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List batches, of each merchant newest first.")

    @Option(help: "Of this merchant alone: mer_1 (default: all the key may see).") var merchant: String?
    @Option(
        help: "Only those in this state: open, closed, submitted …",
        transform: { try WordArgument.parse($0) as BatchState })
    var state: BatchState?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let batch: String
        let merchant: String
        let acquirer: String
        let currency: String
        let day: String
        let state: String
        let items: Int
        let capturedMinor: Int64
        let refundedMinor: Int64
    }

    func run() async throws {
        try await reportingFailures {
            try await connection.withClient { client in
                for batch in try await client.batches(of: merchant, state) { try show(batch) }
            }
        }
    }

    private func show(_ record: BatchRecord) throws {
        let line = Line(
            batch: record.batch.text, merchant: record.merchant.text, acquirer: record.acquirer.text,
            currency: "\(record.currency)", day: DayText.text(record.day), state: "\(record.state)",
            items: Int(record.count), capturedMinor: record.captured.minorUnits,
            refundedMinor: record.refunded.minorUnits)
        if output.json { return try StandardOutput.jsonLine(line) }
        let money = MoneyText.text(Int128(record.captured.minorUnits), record.currency)
        try StandardOutput.line(
            "\(line.batch)  \(line.day)  \(line.state)  \(line.merchant)  \(line.items) items, "
                + "captured \(money) \(line.currency)")
    }
}

struct BatchClose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Close batches before their time.",
        discussion: """
            What is captured afterwards goes to the next. Closed again, a batch stays as it is. Takes a key \
            with scope write.
            """)

    @Argument(help: "Batches: bat_ and 16 digits.") var batches: [String] = []
    @Flag(help: "Close every open batch.") var all = false
    @Option(help: "With --all: of this merchant alone.") var merchant: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Closed: Encodable {
        let batches: Int
        let closed: Int
        /// Closed before.
        let existed: Int
        let refused: [Refused]
    }

    private struct Refused: Encodable {
        let batch: String
        let code: Int
        let reason: String
    }

    func validate() throws {
        guard all == batches.isEmpty else { throw ValidationError("batches, or --all") }
        guard all || merchant == nil else { throw ValidationError("--merchant goes with --all") }
    }

    func run() async throws {
        try await reportingFailures {
            try await connection.withClient { client in
                let found = try await wanted(client)
                var results: [CommandResult] = []
                for start in stride(from: 0, to: found.count, by: 1_000) {
                    let part = found[start..<min(start + 1_000, found.count)]
                    results += try await client.execute(part.map { close($0, client) })
                }
                try tell(zip(found, results))
            }
        }
    }

    private func wanted(_ client: LedgerClient) async throws -> [BatchRecord] {
        let open = try await client.batches(of: merchant, all ? .open : nil)
        if all { return open }
        return try batches.map { text in
            guard let batch = open.first(where: { $0.batch.text == text }) else {
                throw CommandFailure(.missing, "there is no batch \(text)")
            }
            return batch
        }
    }

    /// The key is the batch's: a command that is asked again closes nothing twice.
    private func close(
        _ record: BatchRecord, _ client: LedgerClient
    ) -> (command: Command, key: String?) {
        var body = CloseBatch()
        body.batch = record.batch
        var command = Command(.closeBatch(body))
        command.merchant = client.naming(record.merchant)
        return (command, "close/\(record.batch.text)")
    }

    private func tell(_ answers: some Sequence<(BatchRecord, CommandResult)>) throws {
        var (count, closed, refused) = (0, 0, [Refused]())
        for (record, result) in answers {
            count += 1
            if case .done = result.status { closed += 1 }
            if let code = Answered(made: nil, key: "", result: result).refusal {
                refused.append(
                    Refused(batch: record.batch.text, code: Int(code.rawValue), reason: "\(code)"))
            }
        }
        let told = Closed(
            batches: count, closed: closed, existed: count - closed - refused.count, refused: refused)
        if output.json {
            try StandardOutput.jsonLine(told)
        } else {
            try StandardOutput.line(
                "closed \(closed) of \(count) batches, \(told.existed) were closed before")
            for one in refused {
                StandardError.write("\(one.batch): refused: \(one.reason) (\(one.code))")
            }
        }
        if !refused.isEmpty { throw ExitStatus.refused.code }
    }
}

extension LedgerClient {
    /// The batches of a merchant that is named, or that the key is of, or of all.
    func batches(of merchant: String?, _ state: BatchState?) async throws -> [BatchRecord] {
        if merchant != nil || !session.merchant.isNone {
            return try await batches(of: LedgerNames.merchant(merchant, self), in: state)
        }
        var found: [BatchRecord] = []
        var query = MerchantsQuery()
        repeat {
            guard let page = try await ask(query).answer else { return found }
            for merchant in page.elements { found += try await batches(of: merchant.merchant, in: state) }
            query.after = page.next
        } while !query.after.isNone
        return found
    }

    private func batches(of merchant: MerchantID, in state: BatchState?) async throws -> [BatchRecord] {
        var found: [BatchRecord] = []
        var query = BatchesQuery()
        query.merchant = merchant
        if let state { query.state = OptionalWord(state) }
        repeat {
            guard let page = try await ask(query).answer else { return found }
            found += page.elements
            query.after = page.next
        } while !query.after.isNone
        return found
    }
}
