import CHoldfastAllocations
import Ledger
import Projections
import Testing

/// A command costs no memory allocation, nor does what falls due: only blocks of thousands of rows, and none
/// of those either where rows come and go.
@Suite(
    .enabled(
        if: holdfast_allocations_are_counted() == 1 && !_isDebugAssertConfiguration(),
        "a sanitizer stands in for malloc, or nothing is optimized"))
struct LedgerAllocationTests {
    @Test func `no command of a mixed life allocates, and one planted allocation each is found`() {
        var life = AllocationLife()
        for _ in 0..<2_000 { life.round(plants: false) }
        life.forget()
        for _ in 0..<2_000 { life.round(plants: false) }
        #expect(life.commands > 60_000)
        #expect(life.allocations.count >= 25)
        #expect(life.refused == 0)
        // A key's row is one of 2,048 of a block, its only memory that is not taken by the page: every
        // command brings one, some bring two, and a block is as likely in the turn of any kind. Of tables
        // that are small yet, some double. Nothing else may be allocated. The answer to a request of several
        // is a list; what is undone of one that is refused, nobody waits for often.
        let allowed = ["a request of 3": 1, "a request of 2": 6]
        var growth = 0
        for (operation, count) in life.allocations.sorted(by: { $0.key < $1.key }) {
            let beyond = count.allocations - count.commands * (allowed[operation] ?? 0)
            #expect(beyond <= 8 + count.commands / 256, "\(operation): \(count)")
            #expect(count.mostAtOnce <= 8 || allowed[operation] != nil, "\(operation): \(count)")
            growth += max(0, beyond)
        }
        #expect(growth <= life.commands / 1_024, "\(growth) of \(life.commands)")
        life.forget()
        for _ in 0..<100 { life.round(plants: true) }
        for (operation, count) in life.allocations {
            #expect(count.allocations >= count.commands, "\(operation): \(count)")
        }
    }

    @Test func `a tick allocates nothing after warm-up`() {
        var life = AllocationLife()
        for _ in 0..<2 {
            _ = life.storm(of: 5_000)
            life.answerReversals()
        }
        let allocations = life.storm(of: 5_000)
        #expect(life.kindsTimed == [.holdExpiring, .holdExpired, .attemptUnknown, .batchClosed])
        #expect(life.timed == 3 * (10_000 + 500 + 1))
        #expect(allocations == 0)
    }
}
