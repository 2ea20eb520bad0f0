/// What a load does: how many connections, how much at a time, for how long.
struct LoadPlan: Sendable {
    var connections = 1
    var commandsPerFrame = 1
    /// Of each connection.
    var framesInFlight = 1
    /// Commands in all; none: as long as `seconds` say.
    var commands: Int?
    var seconds = 10.0
    /// Commands a second that are offered whatever becomes of those before; nil: the next when one is
    /// answered.
    var offeredPerSecond: Double?
    /// Whether what was authorized is captured with the next frame.
    var captures = false
}

/// What a load saw.
struct LoadResult: Sendable {
    var commands = 0
    var refused = 0
    /// Frames that were not looked at: `busy`.
    var failed = 0
    var seconds = 0.0
    /// Commands a second over the first and the last million.
    var firstMillion: Double?
    var lastMillion: Double?
    /// Of frames, microseconds.
    var p50 = 0.0
    var p99 = 0.0
    var p999 = 0.0
    var max = 0.0

    var perSecond: Double { seconds > 0 ? Double(commands) / seconds : 0 }
}
