internal import LogStore
internal import Protocol
internal import Server

// What leaves depends on nothing that is not durable.
extension LedgerSimulation {
    /// Remembers where the state was when a request was offered: its answer cannot depend on less.
    mutating func noteOffer(_ frame: [UInt8], _ id: ConnectionID, _ server: SimulatedServer) {
        guard frame.count >= MessageHeader.byteCount else { return }
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        let bytes = unsafe frame.span.bytes
        // Half a frame or a damaged one asks for nothing.
        guard let header = try? MessageHeader(reading: bytes, lengthMax: .max) else { return }
        if header.type == .commands || header.type == .query {
            offered[ConnectionRequest(connection: id, request: header.request)] = server.decidedEnd
        }
    }

    /// Looks at frames that leave.
    mutating func inspect(_ bytes: [UInt8], _ id: ConnectionID, _ server: SimulatedServer) {
        do { try known.extend(by: server) } catch { return note("the log is not readable: \(error)") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let frame = Array(rest)
            // SAFETY: as above.
            let span = unsafe frame.span.bytes
            guard case .whole(let header)? = try? FrameScan.first(in: span, lengthMax: .max) else {
                return note("half a frame left")
            }
            let end = MessageHeader.byteCount + Int(header.length)
            let body = span.extracting(MessageHeader.byteCount..<end)
            let needed = dependence(header, body, id)
            if needed > server.durableEnd {
                note("\(header.type) left that needs \(needed) events, \(server.durableEnd) are durable")
            }
            if header.type == .failure { report.busy += 1 }
            rest = rest.dropFirst(end)
        }
    }

    /// How many events have to be durable for a message to be true. One that cannot be read is never true:
    /// `.max`, which the caller reports.
    private mutating func dependence(_ header: MessageHeader, _ body: RawSpan, _ id: ConnectionID) -> UInt64 {
        let offer = ConnectionRequest(connection: id, request: header.request)
        var cursor = WireCursor(body)
        switch header.type {
        case .results:
            return max(offered.removeValue(forKey: offer) ?? 0, Self.dependence(ofResults: &cursor))
        case .answer:
            // Kind and whether it was found come first.
            _ = try? cursor.run("head", count: 3)
            return max(offered.removeValue(forKey: offer) ?? 0, (try? cursor.u64("position")) ?? .max)
        case .session: return (try? Session(reading: body))?.position ?? .max
        case .events:
            _ = try? cursor.u64("start")
            return (try? cursor.u64("end")) ?? .max
        case .progress: return (try? Progress(reading: body))?.durableEnd ?? .max
        default: return 0
        }
    }

    private static func dependence(ofResults cursor: inout WireCursor) -> UInt64 {
        var needed: UInt64 = 0
        guard let head = try? ResultsHead.read(&cursor) else { return .max }
        for _ in 0..<head.count {
            guard let result = try? CommandResult(reading: &cursor) else { return .max }
            switch result.status {
            case .done: needed = max(needed, result.position + UInt64(result.events))
            case .exists: needed = max(needed, result.position + 1)
            case .refused: break
            }
        }
        return needed
    }
}
