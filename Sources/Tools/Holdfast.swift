import ArgumentParser
import Glibc

@main
struct Holdfast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "An event-sourced payment ledger.",
        subcommands: [LedgerInit.self, LedgerAuditCommand.self, LedgerReplayCommand.self, Log.self])

    static func main() {
        // A reader that goes away is an error of one write (see `StandardOutput`), not the end of the
        // process.
        signal(SIGPIPE, SIG_IGN)
        main(nil)
    }
}
