internal import CHoldfastSystem

/// A piece of work that a copy of this process does: on memory as it was when it began, while this process
/// goes on and changes its own.
///
/// The copy has one thread, writes one file and ends. No other thread of this process is in it, so the work
/// must take no lock that another thread may have held: memory, arithmetic and the one file are what it may
/// touch. Work that stands still all the same is ended by its owner; nothing of it counts until it has
/// ended well.
package struct ForkedWork: Sendable {
    private let process: Int32

    /// How a piece of work goes.
    package enum Progress: Equatable, Sendable {
        case running
        case done
        case failed
    }

    /// - Parameters:
    ///   - descriptor: the one file that is open in the copy.
    ///   - work: whether it went well. Returns in the copy alone.
    /// - Returns: nil if the operating system makes no copy now.
    package init?(keeping descriptor: Int32, _ work: () -> Bool) {
        let process = holdfast_fork(descriptor)
        if process == 0 { holdfast_exit(work() ? 0 : 1) }
        if process < 0 { return nil }
        self.process = process
    }

    /// How far it is. To be asked no more once it has ended.
    package func look() -> Progress {
        switch holdfast_child(process) {
        case 0: .running
        case 1: .done
        default: .failed
        }
    }

    /// Ends it before its time.
    package func end() { holdfast_child_end(process) }
}
