import ArgumentParser

/// `holdfast completions`: what a shell needs to complete commands and options.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print completions for a shell.",
        discussion: """
            bash: holdfast completions bash > ~/.local/share/bash-completion/completions/holdfast
            zsh: holdfast completions zsh > a directory of $fpath, as _holdfast
            fish: holdfast completions fish > ~/.config/fish/completions/holdfast.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var completionShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.") var shell: Shell

    func run() throws {
        try reportingFailures {
            try StandardOutput.line(Holdfast.completionScript(for: shell.completionShell))
        }
    }
}
