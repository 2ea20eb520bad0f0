import Synchronization
import Telemetry
import Testing

@Suite struct HealthBoardTests {
    /// A clock that is set by hand.
    private final class Clock: Sendable {
        private let now = Atomic<UInt64>(1_000)

        var value: UInt64 { now.load(ordering: .relaxed) }

        func advance(_ nanoseconds: UInt64) { now.wrappingAdd(nanoseconds, ordering: .relaxed) }
    }

    @Test func `a server is ready while it serves, and alive before and after`() {
        let clock = Clock()
        let board = HealthBoard { clock.value }
        #expect(board.live.isGood && !board.ready.isGood)
        board.enter(.serving)
        #expect(board.live.isGood && board.ready.isGood)
        board.enter(.stopping)
        #expect(board.live.isGood && board.ready.reasons == ["stopping"])
        board.enter(.failed("disk"))
        #expect(board.live.reasons == ["failed: disk"] && board.ready.reasons == ["failed: disk"])
    }

    @Test func `a hindrance takes the readiness, not the life, until it is gone`() {
        let clock = Clock()
        let board = HealthBoard { clock.value }
        board.enter(.serving)
        board.note(hindrances: ["no next write-ahead file"])
        #expect(board.live.isGood && board.ready.reasons == ["no next write-ahead file"])
        board.note(hindrances: [])
        #expect(board.ready.isGood)
    }

    @Test func `a loop that was heard of and then is silent is taken for stuck`() {
        let clock = Clock()
        let board = HealthBoard { clock.value }
        board.enter(.serving)
        board.note(hindrances: [])
        clock.advance(HealthBoard.silenceMax)
        #expect(board.live.isGood)
        clock.advance(1)
        #expect(board.live.reasons == ["the event loop has been silent for 15 s"])
        #expect(!board.ready.isGood)
        board.note(hindrances: [])
        #expect(board.live.isGood && board.ready.isGood)
    }
}
