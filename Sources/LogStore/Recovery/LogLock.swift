/// The right to write to a log's directory: one process at a time.
///
/// The file says for people who has it; the lock itself is the kernel's, and goes with the process.
package enum LogLock {
    /// Takes it, or says who has it.
    package static func take<P: Platform>(on platform: P) throws(LogStoreError) -> P.Disk.Lock {
        let note = LockHolder(platform.process).note
        do throws(StorageError) { return try platform.disk.lock(ShardPaths.lock, note: note) } catch {
            guard error.code == ErrorNumber.wouldBlock else { throw .storage(error) }
            throw .locked(ShardPaths.lock, by: holder(on: platform))
        }
    }

    /// Who says to have it; nil if the note is not whole, as while it is written, or cannot be read: it is
    /// for people, and the lock is held whatever it says.
    private static func holder(on platform: some Platform) -> LockHolder? {
        let bytes = try? AtomicFile.read(ShardPaths.lock, byteCountMax: 4096, on: platform.disk)
        guard var holder = bytes.flatMap({ LockHolder(note: String(decoding: $0, as: UTF8.self)) }) else {
            return nil
        }
        holder.isElsewhere = holder.process.bootID != platform.process.bootID
        return holder
    }
}

/// Who holds a log, as its `LOCK` says: `holdfast`, `pid <number>`, `boot <id>`, a line each.
public struct LockHolder: Sendable, Equatable, CustomStringConvertible {
    /// The process that took the lock.
    public var process: ProcessIdentity
    /// It runs on another machine: the directory is shared, and the number means nothing here.
    public var isElsewhere = false

    package init(_ process: ProcessIdentity) { self.process = process }

    package var note: String { "holdfast\npid \(process.number)\nboot \(process.bootID)\n" }

    package init?(note: String) {
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0] == "holdfast", lines[1].hasPrefix("pid "),
            lines[2].hasPrefix("boot "), lines[3].isEmpty, let number = Int32(lines[1].dropFirst(4))
        else { return nil }
        process = ProcessIdentity(number: number, bootID: String(lines[2].dropFirst(5)))
    }

    /// "process 4711", and where, if not here.
    public var description: String {
        "process \(process.number)" + (isElsewhere ? " of another machine (boot \(process.bootID))" : "")
    }
}
