import ArgumentParser

@main
struct Holdfast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "An event-sourced payment ledger.")
}
