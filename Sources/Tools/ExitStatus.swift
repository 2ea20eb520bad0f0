import ArgumentParser
import Client
import LogStore
import Replay

/// What the exit status says; `docs/cli.md` has the table. Each verdict has its own, the rest follow
/// sysexits(3).
enum ExitStatus: Int32 {
    case ok = 0
    /// `TORN_TAIL` of a dry run: opening would cut what was never acknowledged.
    case tornTail = 10
    /// Only redundant copies are bad; the next open rewrites them.
    case repairable = 11
    /// The ledger refused what was asked for; or rows of an import were not done.
    case refused = 20
    /// The answer was lost: ask again with the same idempotency key.
    case outcomeUnknown = 21
    case usage = 64
    /// `CORRUPT_COMMITTED`, and damage outside a log's files.
    case corruptCommitted = 65
    /// Something asked for is not there.
    case missing = 66
    /// No connection to the server.
    case unreachable = 68
    /// Another process owns the log.
    case locked = 69
    case internalError = 70
    case storageFull = 73
    case inputOutput = 74
    /// Ask again later.
    case busy = 75
    /// `AMBIGUOUS`: an operator must decide.
    case ambiguous = 76
    case wrongKey = 77
    case corruptSealed = 80
    case corruptSuperblock = 81
    case keyringDamaged = 82
    /// A proof, a signature or an earlier checkpoint does not hold.
    case contradicted = 83
    /// Whoever read standard output went away (as a shell reports SIGPIPE).
    case brokenPipe = 141

    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .cleanEnd: .ok
            case .tornTail: .tornTail
            case .ambiguous: .ambiguous
            case .corruptCommitted: .corruptCommitted
            case .corruptSealed: .corruptSealed
            case .corruptSuperblock: .corruptSuperblock
            }
    }

    init(_ error: LogStoreError) {
        self =
            switch error {
            case .storage(let storage): storage.code == ErrorNumber.notFound ? .missing : .inputOutput
            case .damaged: .corruptCommitted
            case .refused(let refusal): ExitStatus(refusal.verdict)
            case .wrongKey: .wrongKey
            case .keyringDamaged: .keyringDamaged
            case .busy: .busy
            case .storageFull: .storageFull
            case .locked: .locked
            case .notReadable: .missing
            case .invalidRequest: .usage
            case .stopped: .inputOutput
            }
    }

    init(_ error: ReplayError) {
        self =
            switch error {
            case .log(let failure, _): ExitStatus(failure)
            // The bytes are the ones that were written: what they say cannot be.
            case .undecodable, .misfit, .digestDiffers: .contradicted
            case .attic: .internalError
            }
    }

    init(_ error: LedgerCreationError) {
        self =
            switch error {
            case .exists: .usage
            case .unreadable(let failure): ExitStatus(failure)
            case .log(let failure): ExitStatus(failure)
            }
    }

    var code: ExitCode { ExitCode(rawValue) }
}

/// A failure told to the user in one sentence, with its exit status.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Runs a command's work; failures go to standard error and become the exit status.
func reportingFailures(_ work: () throws -> Void) throws {
    do { try work() } catch { throw exitCode(reporting: error) }
}

/// The same for work that waits.
func reportingFailures(_ work: () async throws -> Void) async throws {
    do { try await work() } catch { throw exitCode(reporting: error) }
}

/// Tells a failure on standard error; its exit status, or the error itself if it is none of ours.
private func exitCode(reporting error: any Error) -> any Error {
    let status: ExitStatus
    switch error {
    case let error as LogStoreError: status = ExitStatus(error)
    case let error as ClientError: status = ExitStatus(error)
    case let failure as CommandFailure:
        if !failure.message.isEmpty { StandardError.write("holdfast: \(failure.message)") }
        return failure.status.code
    case let error as StorageError: status = ExitStatus(.storage(error))
    case let error as ReplayError: status = ExitStatus(error)
    case let error as LedgerCreationError: status = ExitStatus(error)
    case is VerificationFailure: status = .contradicted
    case is DecodingFailure: status = .corruptCommitted
    default: return error
    }
    StandardError.write("holdfast: \(error)")
    return status.code
}
