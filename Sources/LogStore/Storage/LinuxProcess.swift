internal import Glibc

/// The end of a process whose log has failed.
package enum LinuxProcess {
    /// Says why on standard error and exits at once with status 74 (`EX_IOERR`): no destructor runs, nothing is
    /// flushed, nothing more is written.
    package static func end(because error: LogStoreError) -> Never {
        let message = "holdfast: the log stops: \(error)\n"
        // SAFETY: the string is NUL-terminated and lives through the call.
        unsafe message.withCString { text in _ = unsafe write(STDERR_FILENO, text, strlen(text)) }
        _exit(EX_IOERR)
    }
}
