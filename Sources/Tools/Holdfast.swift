import ArgumentParser
import Glibc

@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "An event-sourced payment ledger.",
        subcommands: [
            ServeCommand.self, StatusCommand.self, PayCommand.self, MerchantCommand.self,
            AcquirerCommand.self, BatchCommand.self,
            SubscribeCommand.self, ImportCommand.self, LedgerInit.self,
            LedgerAuditCommand.self, LedgerReplayCommand.self, BackupCommand.self, RestoreCommand.self,
            PromoteCommand.self, BenchCommand.self, SimulationCommand.self, Log.self, CompletionsCommand.self,
        ])

    static func main() async {
        // A reader that goes away is an error of one write (see `StandardOutput`), not the end of the
        // process.
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
