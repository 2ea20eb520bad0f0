import ArgumentParser
import Client
import Ledger
import Protocol

/// `holdfast import`: transactions of a file, once.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Record the card transactions of a CSV file as payments.",
        discussion: """
            The first line names the columns; docs/import.md tells which are known. Each row becomes an \
            authorization with its own time as effective time, captured at once unless --hold. Its \
            idempotency key comes from --source and the row's id: importing a file again does nothing twice \
            for as long as the ledger remembers keys. Merchants are opened as they are met, "csv 7" for the \
            file's 7. Status 20 if rows \
            were not done. Takes a key of the whole ledger with scopes write, read and admin.
            """)

    @Argument(help: "The file; - is standard input.") var file: String
    @Option(help: "Currency of rows that name none.") var currency = "EUR"
    @Option(help: "Who authorized them: acq_1 (default: the only one; opened if there is none).")
    var acquirer: String?
    @Option(help: "Name of where the rows are from, a part of their keys.") var source = "csv"
    @Option(help: "Terminals that make a merchant, where the file names terminals.")
    var terminalsPerMerchant: UInt64 = 100
    @Flag(help: "Hold the money, capture nothing.") var hold = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard terminalsPerMerchant > 0 else { throw ValidationError("--terminals-per-merchant is 1 or more") }
        guard (1...20).contains(source.utf8.count), source.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ValidationError("--source is 1 to 20 characters of ASCII") }
    }

    func run() async throws {
        try await reportingFailures {
            var reader = try CSVReader(path: file)
            defer { reader.close() }
            let columns = try columns(&reader)
            try await connection.withClient(patience: 600) { client in
                var run = ImportRun(client, columns, source: source, captures: !hold)
                try await run.chooseAcquirer(acquirer)
                try await run.findMerchants()
                var report = ImportReport(file)
                try await importAll(&reader, columns, &run, &report)
                try report.tell(json: output.json)
            }
        }
    }

    private func columns(_ reader: inout CSVReader) throws -> ImportColumns {
        do {
            guard let header = try reader.next() else {
                throw CommandFailure(.missing, "\(file) has no first line")
            }
            return try ImportColumns(
                header: header.fields, currency: try MoneyArgument.currency(currency),
                terminalsPerMerchant: terminalsPerMerchant)
        } catch let malformed as CSVReader.Malformed {
            throw CommandFailure(.corruptCommitted, "\(file), line \(malformed.line): \(malformed.problem)")
        }
    }

    private func importAll(
        _ reader: inout CSVReader, _ columns: ImportColumns, _ run: inout ImportRun,
        _ report: inout ImportReport
    ) async throws {
        var rows: [ImportRow] = []
        while let record = try next(&reader, &report) {
            do throws(ImportProblem) { rows.append(try columns.row(record)) } catch { report.bad(error) }
            if rows.count == ImportRun.rowsMax {
                try await run.send(rows, &report)
                rows.removeAll(keepingCapacity: true)
            }
        }
        if !rows.isEmpty { try await run.send(rows, &report) }
    }

    /// The next line that is a record; others are reported.
    private func next(
        _ reader: inout CSVReader, _ report: inout ImportReport
    ) throws -> CSVReader.Record? {
        while true {
            do { return try reader.next() } catch let malformed as CSVReader.Malformed {
                report.bad(
                    ImportProblem(
                        line: malformed.line, column: malformed.column, name: "", problem: malformed.problem))
            }
        }
    }
}

/// Rows on their way to a ledger, in the order of the file.
struct ImportRun {
    private let client: LedgerClient
    private let columns: ImportColumns
    private let source: String
    private let captures: Bool
    private var acquirer = AcquirerID.none
    /// By what the file calls them.
    private var merchants: [String: MerchantID] = [:]

    /// Rows of one request: one at a time keeps their order, and so many make its way there and back cheap.
    static var rowsMax: Int { 4_000 }

    init(_ client: LedgerClient, _ columns: ImportColumns, source: String, captures: Bool) {
        (self.client, self.columns, self.source, self.captures) = (client, columns, source, captures)
    }

    /// The one that is named, or the only one; the first one if there is none.
    mutating func chooseAcquirer(_ name: String?) async throws {
        do { acquirer = try await LedgerNames.acquirer(name, client) } catch let failure as CommandFailure {
            guard failure.status == .missing else { throw failure }
            var body = SetAcquirer()
            body.settings.name = try TextArgument.parse("Import", "name")
            let key = "import/\(source)/acquirer"
            acquirer = AcquirerID(raw: try await made(.setAcquirer(body), key: key))
        }
    }

    mutating func send(_ rows: [ImportRow], _ report: inout ImportReport) async throws {
        var commands: [(command: Command, key: String?)] = []
        for row in rows {
            var command = Command(.recordAuthorization(body(row)))
            command.merchant = try await merchant(row.merchant)
            command.effective = row.time
            commands.append((command, "import/\(source)/\(row.id)"))
        }
        let results = try await client.execute(commands)
        for (row, result) in zip(rows, results) { report.add(row, result, columns) }
    }

    private func body(_ row: ImportRow) -> RecordAuthorization {
        var body = RecordAuthorization()
        (body.order.amount, body.order.currency) = (row.minorUnits, row.currency.number)
        (body.order.card.token, body.order.card.fingerprint) = (row.card, row.card)
        body.order.reference = row.reference
        body.order.capture = captures ? .automatic : .manual
        body.acquirer = acquirer
        return body
    }

    private mutating func merchant(_ name: String) async throws -> MerchantID {
        if let known = merchants[name] { return known }
        var body = OpenMerchant()
        body.settings.name = try TextArgument.parse("\(source) \(name)", "merchant")
        let key = "import/\(source)/merchant/\(name)"
        merchants[name] = MerchantID(raw: try await made(.openMerchant(body), key: key))
        return try await merchant(name)
    }

    /// Finds the merchants that were opened before: they are known by their names.
    mutating func findMerchants() async throws {
        var query = MerchantsQuery()
        repeat {
            guard let page = try await client.ask(query).answer else { return }
            // Newest first: of several of one name the oldest counts.
            for merchant in page.elements {
                let name = merchant.settings.name.description
                guard name.hasPrefix("\(source) ") else { continue }
                merchants[String(name.dropFirst(source.utf8.count + 1))] = merchant.merchant
            }
            query.after = page.next
        } while !query.after.isNone
    }

    /// What a command made.
    private func made(_ request: Request, key: String) async throws -> UInt64 {
        let result = try await client.perform(request, key: key)
        guard result.made != 0 else {
            throw CommandFailure(.refused, "\(key) was not done: \(result.status)")
        }
        return result.made
    }
}
