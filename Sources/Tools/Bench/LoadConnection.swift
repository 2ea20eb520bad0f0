import Client
import NIOCore
import Protocol

/// One connection of a load: keeps so many frames in flight, and measures each from when it should have been
/// sent. On the load's event loop.
final class LoadConnection: ClientChannelDelegate {
    private unowned let load: Load
    var channel: ClientChannel<LoadConnection>?
    /// By place: when the frame that has it should have been sent; 0 if the place is free.
    private var sentAt: [UInt64]
    private var free: [Int]
    /// By place: the merchants of its authorizations, for captures; empty if it is of captures.
    private var merchants: [[UInt64]]
    /// Payments that were authorized and are not captured.
    private var authorized: [(payment: UInt64, merchant: UInt64)] = []
    private var out = WireBuffer(capacity: 1 << 20)

    init(_ load: Load, places: Int) {
        self.load = load
        sentAt = [UInt64](repeating: 0, count: places)
        free = Array((0..<places).reversed())
        merchants = [[UInt64]](repeating: [], count: places)
    }

    var isIdle: Bool { free.count == sentAt.count }
    var hasRoom: Bool { !free.isEmpty }

    func isReady(_ challenge: Challenge, _ session: Session) { load.connectionIsReady() }

    func ended(_ error: ClientError) { load.connectionEnded(error) }

    /// Puts a frame; `flush` sends it.
    ///
    /// - Parameter time: when it should have been sent.
    func put(at time: UInt64) {
        guard let place = free.popLast() else { return }
        sentAt[place] = time
        let start = out.beginFrame()
        let count = load.plan.commandsPerFrame
        let isCapture = load.plan.captures && authorized.count >= count
        CommandsRequest.writeHead(isAtomic: false, count: count, to: &out)
        merchants[place].removeAll(keepingCapacity: true)
        for _ in 0..<count {
            if isCapture {
                let (payment, merchant) = authorized.removeLast()
                load.commands.putCapture(of: payment, merchant, into: &out)
            } else {
                let merchant = load.commands.putAuthorization(into: &out)
                if load.plan.captures { merchants[place].append(merchant) }
            }
        }
        out.endFrame(start, .commands, request: UInt64(place) + 1)
    }

    func flush() {
        if out.count == 0 { return }
        channel?.send(out)
        out.removeAll()
        channel?.flush()
    }

    func received(_ header: MessageHeader, _ body: RawSpan) {
        guard header.request > 0, Int(header.request) <= sentAt.count else { return }
        let place = Int(header.request) - 1
        let time = load.now
        load.record(nanoseconds: time - sentAt[place])
        free.append(place)
        do throws(WireError) {
            if header.type == .results {
                try read(body, place)
            } else {
                load.framesFailed += 1
            }
        } catch { load.connectionEnded(.malformedAnswer("\(error)")) }
        load.answered(self, at: time)
    }

    private func read(_ body: RawSpan, _ place: Int) throws(WireError) {
        var cursor = WireCursor(body)
        let (count, _) = try ResultsHead.read(&cursor)
        for index in 0..<count {
            let result = try CommandResult(reading: &cursor)
            if result.status != .done {
                load.refused(result)
            } else if index < merchants[place].count {
                authorized.append((result.made, merchants[place][index]))
            }
        }
        load.commandsAnswered(count)
    }

    func close() { channel?.close() }
}
