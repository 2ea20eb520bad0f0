import Replay
import Testing

/// Sorted runs on disk.
@Suite struct AtticRunTests {
    @Test func `keys are in the order of their upper bits first`() {
        #expect(AtticKey(low: 9, high: 0) < AtticKey(low: 1, high: 1))
        #expect(AtticKey(low: 1, high: 1) < AtticKey(low: 2, high: 1))
    }
}
