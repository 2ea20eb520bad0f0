import Dispatch
import Glibc

/// SIGTERM and SIGINT, waited for instead of dying of them.
final class StopSignals {
    private let came: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, came) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.came = stream
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { came.yield() }
            source.resume()
            return source
        }
    }

    /// Waits until one of them came.
    func wait() async { for await _ in came { return } }
}
