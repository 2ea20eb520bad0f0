import Glibc
import LogStore
import TestSupport

/// One life of a process with a log: opens it (which recovers it), checks what is there, and, in `run` mode,
/// appends until it is killed. It tells its parent line by line, each in one write(2):
///
///     opened <sequence> <count> <verdict> <cuts> <repaired>   recovered, read and right up to here
///     ack <sequence> <count>          durable up to here, events of our own among them
///     refused <error>                 an append failed but the log goes on
///     closed <sequence> <count>       orderly end
///     wrong <what>                    the log is not what was acknowledged
///
/// Exit status: 0 orderly end, 1 wrong, 2 usage, 74 a write or sync failed, 75 appends were refused to the
/// end, 76 recovery refused.
@main
enum CrashWorker {
    static func main() {
        do {
            let arguments = try Arguments(CommandLine.arguments)
            exit(try Life(arguments).run())
        } catch let error as UsageError {
            say("\(error)")
            exit(2)
        } catch LogStoreError.refused(let refusal) {
            say("wrong recovery refused: \(refusal)".replacingLineEnds)
            exit(76)
        } catch let error as LogStoreError {
            say("failed \(error)".replacingLineEnds)
            exit(EX_IOERR)
        } catch {
            say("failed \(error)")
            exit(EX_IOERR)
        }
    }

    /// One line to the parent. A pipe takes it whole, so that a killed process leaves no half line behind.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // SAFETY: the pointer and count are the buffer's own.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

extension String {
    var replacingLineEnds: String { String(map { $0 == "\n" ? ";" : $0 }) }
}
