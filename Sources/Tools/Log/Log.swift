import ArgumentParser

/// `holdfast log …`: make, fill, look into, check, repair and prove a log.
struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work with an append-only log.",
        subcommands: [
            LogInit.self, LogAppend.self, LogSeal.self, LogInspect.self, LogVerify.self, LogRecover.self,
            LogRepairCommand.self, LogProve.self, LogCheckpoint.self, LogVkey.self, LogExport.self,
            LogFind.self, LogKeysCommand.self,
        ])
}
