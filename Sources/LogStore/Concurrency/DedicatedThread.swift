internal import CHoldfastSystem
import Glibc

/// A thread of its own for work that blocks: committing, preparing, sealing. Joined exactly once.
@safe package final class DedicatedThread: @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: written once in `init`, joined by the one owner.
    private let handle: pthread_t

    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Parameter name: at most 15 bytes, shown by top and perf.
    package init(name: String, _ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                // SAFETY: balances `passRetained` above; the pointer is handed to exactly this thread.
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe holdfast_thread_name(start.name)
                start.body()
                return nil
            }, start)
        invariant(code == 0, "cannot start thread \(name): \(ErrorNumber.text(code))")
        self.handle = handle
    }

    /// Waits for the body to return.
    package func join() { _ = pthread_join(handle, nil) }

    /// Lowers the calling thread to idle priority: it runs when nothing else wants the core.
    package static func beIdle() { _ = holdfast_thread_be_idle() }

    /// Raises the calling thread back to normal priority.
    package static func beNormal() { _ = holdfast_thread_be_normal() }
}
