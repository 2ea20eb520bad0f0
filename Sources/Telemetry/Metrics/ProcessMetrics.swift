package import CoreMetrics
internal import Foundation
internal import Glibc
internal import Synchronization

/// What the kernel says of this process, under the names every Prometheus client gives it.
package final class ProcessMetrics: Sendable {
    private let resident: Meter
    private let cpu: FloatingPointCounter
    private let files: Meter
    private let told = Mutex(0.0)

    /// By name.
    package static let descriptions: [String: PrometheusRegistry.Description] = [
        "process_resident_memory_bytes": .init(help: "Memory of this process that is in RAM."),
        "process_cpu_seconds_total": .init(help: "Seconds of a core this process has used."),
        "process_open_fds": .init(help: "File descriptors that are open."),
        "process_start_time_seconds": .init(help: "When it began, in seconds since 1970."),
    ]

    package init(_ factory: any MetricsFactory, startedAt start: Double) {
        resident = Meter(label: "process_resident_memory_bytes", factory: factory)
        cpu = FloatingPointCounter(label: "process_cpu_seconds_total", factory: factory)
        files = Meter(label: "process_open_fds", factory: factory)
        Meter(label: "process_start_time_seconds", factory: factory).set(start)
    }

    /// Looks again. What cannot be read stays as it was.
    package func sample() {
        if let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) {
            let fields = statm.split(separator: " ")
            if fields.count > 1, let pages = Int64(fields[1]) {
                resident.set(pages * Int64(sysconf(Int32(_SC_PAGESIZE))))
            }
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One of them was this look itself.
            files.set(open.count - 1)
        }
        noteCPU()
    }

    private func noteCPU() {
        var time = timespec()
        // SAFETY: the kernel fills a structure of ours.
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return }
        let seconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        told.withLock { told in
            if seconds > told { cpu.increment(by: seconds - told) }
            told = max(told, seconds)
        }
    }
}
