import Dispatch
import Glibc

/// SIGTERM and SIGINT, waited for instead of dying of them.
final class StopSignals {
    private let came = DispatchSemaphore(value: 0)
    private let sources: [any DispatchSourceSignal]

    init() {
        let came = came
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { came.signal() }
            source.resume()
            return source
        }
    }

    /// Blocks until one of them came.
    func wait() { came.wait() }
}
