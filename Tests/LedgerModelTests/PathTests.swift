import Ledger
import LedgerModel
import Testing

/// The worked example of the postings, and sixteen ordinary paths of money, by commands. Balances are to
/// the cent, debits positive.
struct PathTests {
    @Test func `The worked example ends as the page says`() {
        let world = PathWorld(reserve: 100_000)
        _ = world.captured(10_000)
        #expect(world.balances == [1100: 10_000, 2010: -10_000])
        world.sendBatch()
        #expect(world.balances == [1110: 10_000, 2010: -10_000])
        world.settle()
        world.cash(9_820)
        world.cost(interchange: 150, scheme: 10, markup: 20)
        let settled = [1010: 9_820, 2020: -8_712, 2030: -968, 4010: -320, 5010: 150, 5020: 10, 5030: 20]
        #expect(world.balances == settled)
        _ = world.payOut(8_712)
        #expect(world.balances[1010] == 9_820 - 8_712)
        #expect(world.balances[2020] == nil)
    }

    @Test func `Captured, sent, settled, paid`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.settle()
        world.cash(9_820)
        world.cost(interchange: 150, scheme: 10, markup: 20)
        let settled = [1010: 9_820, 2020: -9_680, 4010: -320, 5010: 150, 5020: 10, 5030: 20]
        #expect(world.balances == settled)
    }

    @Test func `A full refund between sending and settling leaves only the fee`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(10_000)
        world.sendBatch()
        world.settle()
        #expect(world.balances == [1200: 320, 4010: -320])
    }

    @Test func `A partial refund, then settled`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.settle()
        world.sendBatch()
        #expect(world.balances == [1110: 7_000, 2020: -6_680, 4010: -320])
    }

    @Test func `A fee larger than its payment is owed`() {
        let world = PathWorld()
        _ = world.captured(20)
        world.sendBatch()
        world.settle()
        #expect(world.balances == [1110: 20, 1200: 11, 4010: -31])
    }

    @Test func `A capture voided in its open batch leaves nothing`() {
        let world = PathWorld()
        var body = VoidCapture()
        let payment = world.captured(10_000)
        (body.payment, body.capture) = (payment.id, payment.captures[0].id)
        world.done(.voidCapture(body))
        #expect(world.balances.isEmpty)
        #expect(world.latest.phase == .voided)
    }

    @Test func `A whole refund of a capture in its open batch is its void`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.refund(10_000)
        #expect(world.balances.isEmpty)
        #expect(world.latest.refunds.isEmpty)
    }

    @Test func `A rejected item that is not presented again leaves nothing`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.reject()
        world.withdraw()
        #expect(world.balances.isEmpty)
    }

    @Test func `A refund sent and failed before its capture is settled`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.sendBatch()
        world.failRefund()
        #expect(world.balances == [1110: 10_000, 2010: -10_000])
        world.settle()
        #expect(world.balances == [1110: 10_000, 2020: -9_680, 4010: -320])
    }

    @Test func `A refund sent, settled meanwhile, and failed`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.sendBatch()
        world.settle()
        world.failRefund()
        #expect(world.balances == [1110: 10_000, 2020: -9_680, 4010: -320])
    }

    @Test func `A dispute of everything after a partial refund, lost`() {
        let world = PathWorld(chargebackFee: 1_500)
        _ = world.captured(10_000)
        world.sendBatch()
        world.settle()
        world.cash(10_000)
        world.refund(3_000)
        world.sendBatch()
        world.dispute(10_000)
        world.pull(10_000)
        world.decide(.lost)
        let end = [1010: 10_000, 1110: -13_000, 1200: 1_820, 1900: 3_000, 4010: -320, 4020: -1_500]
        #expect(world.balances == end)
    }

    @Test func `A dispute after the payout, won, repays the debt first`() {
        let world = PathWorld(chargebackFee: 1_500)
        _ = world.captured(10_000)
        world.sendBatch()
        world.settle()
        world.cash(10_000)
        _ = world.payOut(9_680)
        world.dispute(10_000)
        world.pull(10_000)
        #expect(world.balances[1200] == 11_500)
        world.decide(.won)
        world.giveBack(10_000)
        #expect(world.balances == [1010: 320, 1200: 1_500, 4010: -320, 4020: -1_500])
    }

    @Test func `A payout comes back`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.settle()
        world.cash(10_000)
        let payout = world.payOut(9_680)
        world.answer(payout, .returned)
        #expect(world.balances == [1010: 10_000, 2020: -9_680, 4010: -320])
    }

    @Test func `A batch of nothing but a refund takes money from us`() {
        let world = PathWorld(fee: 0, feeFixed: 0)
        _ = world.captured(3_000)
        world.sendBatch()
        world.settle()
        world.cash(3_000)
        _ = world.payOut(3_000)
        world.refund(3_000)
        #expect(world.balances == [1200: 3_000, 2060: -3_000])
        world.sendBatch()
        #expect(world.balances == [1110: -3_000, 1200: 3_000])
    }

    @Test func `A dispute before settlement, lost`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.dispute(10_000)
        world.pull(10_000)
        #expect(world.balances[1200] == 10_000)
        world.settle()
        world.decide(.lost)
        #expect(world.balances == [1200: 320, 4010: -320])
    }

    @Test func `A refund that never left fails with the rejection of its settled item`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.settle()
        #expect(world.balances == [1110: 10_000, 2020: -6_680, 2060: -3_000, 4010: -320])
        world.reject()
        #expect(world.balances == [1100: 10_000, 2020: -9_680, 4010: -320])
    }

    @Test func `An item rejected with a refund that never left, and withdrawn`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.reject()
        #expect(world.balances == [1100: 10_000, 2010: -10_000])
        world.withdraw()
        #expect(world.balances.isEmpty)
    }

    @Test func `A rejection after settlement takes the money and gives the fee back`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.settle()
        world.reject()
        world.withdraw()
        #expect(world.balances.isEmpty)
    }

    @Test func `A refund that leaves after the settlement of its capture fails`() {
        let world = PathWorld()
        _ = world.captured(10_000)
        world.sendBatch()
        world.refund(3_000)
        world.settle()
        world.sendBatch()
        world.failRefund()
        #expect(world.balances == [1110: 10_000, 2020: -9_680, 4010: -320])
    }
}
