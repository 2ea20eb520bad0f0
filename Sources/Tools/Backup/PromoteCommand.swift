import ArgumentParser
import LogStore

/// `holdfast promote`: a fork may be served from now on.
struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Let a forked ledger be served.",
        discussion: """
            A fork lacks what its parent recorded after the cut: money may have moved outside that it does \
            not know of. Before promoting it, look at the acquirers for authorizations and charges of that \
            interval. There is no way back to reading only.
            """)

    @OptionGroup var place: LedgerPlaceOptions
    @OptionGroup var output: OutputOptions

    private struct Promoted: Encodable {
        let ledger: String
    }

    func run() throws {
        try reportingFailures {
            let ledger = try LogPromotion.run(try place.existing(), shard: place.shard)
            if output.json { return try StandardOutput.json(Promoted(ledger: ledger.description)) }
            try StandardOutput.line("ledger \(ledger) may be served")
        }
    }
}
