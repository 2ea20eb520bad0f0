import ArgumentParser
import Client
import Ledger
import Protocol

/// `holdfast subscribe`: the log, as it is and as it grows.
struct SubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print events from a position on, and follow the log.",
        discussion: """
            A line each, with --json an object each. A key with audit gets everything, another what its \
            merchant may read. Connections that break are made again: every event comes once, in order. To \
            go on later, give the position behind the last line to --from.
            """)

    @Option(help: "Position of the first event: for keys with audit or admin its sequence.") var from:
        UInt64 = 0
    @Flag(help: "Stop when everything that is durable has come.") var untilEnd = false
    @Option(help: "Stop after so many events.") var count: UInt64?
    @Option(help: "Only events of this merchant: mer_1.") var merchant: String?
    @Option(help: "Only events of this type: captured; may be given again and again.") var type: [String] = []
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            let filter = try filter()
            try await connection.withClient { client in
                let line = EventLine(names: try await Self.names(client))
                let events = client.subscribe(from: from, filter, endsWhenCaughtUp: untilEnd)
                // Who follows wants each line at once; who reads all that is there wants it fast.
                var lines = LineBuffer(byteCountMax: untilEnd ? 64 << 10 : 0)
                var left = count ?? .max
                var iterator = events.makeAsyncIterator()
                while left > 0, let event = try await iterator.next() {
                    try lines.put(try output.json ? line.json(event) : line.words(event))
                    left -= 1
                }
                try lines.flush()
            }
        }
    }

    private func filter() throws -> EventFilter {
        var filter = EventFilter()
        if let merchant {
            guard let id = MerchantID(text: merchant) else {
                throw CommandFailure(.usage, "\"\(merchant)\" is no merchant: mer_ and a number")
            }
            filter.merchant = id
        }
        for name in type {
            guard let known = FactType.allCases.first(where: { "\($0)" == name }) else {
                throw CommandFailure(.usage, "\"\(name)\" is no type of event; see docs/formats/events.md")
            }
            filter.types.insert(known.rawValue)
        }
        return filter
    }

    /// How ids are shown. Events of an auditor hold them as the log does: the key of what everybody else sees
    /// is in the ledger's first event.
    private static func names(_ client: LedgerClient) async throws -> Names {
        let first = EventFilter(types: [FactType.ledgerOpened.rawValue])
        guard client.session.scopes.contains(.audit), client.session.merchant.isNone else { return .asShown }
        var iterator = client.subscribe(first, endsWhenCaughtUp: true).makeAsyncIterator()
        let event = try await iterator.next()
        guard case .ledgerOpened(let opening)? = try event?.decoded()?.fact else { return .asShown }
        return Names(cipher: IDCipher(key: opening.idCipherKey), showsSequences: true)
    }
}

/// Gathers lines for standard output.
struct LineBuffer {
    private var bytes: [UInt8] = []
    private let byteCountMax: Int

    /// - Parameter byteCountMax: written when there are more; 0: each line at once.
    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    mutating func put(_ line: String) throws {
        bytes += Array(line.utf8) + [10]
        if bytes.count > byteCountMax { try flush() }
    }

    mutating func flush() throws {
        if bytes.isEmpty { return }
        try StandardOutput.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
