import Glibc

/// `errno` values the log reacts to, by name, and their texts.
package enum ErrorNumber {
    package static var noSpace: Int32 { ENOSPC }
    package static var inputOutput: Int32 { EIO }
    package static var notFound: Int32 { ENOENT }
    package static var wouldBlock: Int32 { EWOULDBLOCK }
    package static var invalid: Int32 { EINVAL }
    package static var noDirectory: Int32 { ENOTDIR }
    package static var isDirectory: Int32 { EISDIR }
    package static var readOnly: Int32 { EROFS }

    /// "No such file or directory (2)".
    package static func text(_ code: Int32) -> String {
        guard let message = unsafe strerror(code) else { return "error \(code)" }
        // SAFETY: strerror returns a NUL-terminated string that lives until the next call on this thread.
        return unsafe "\(String(cString: message)) (\(code))"
    }
}
