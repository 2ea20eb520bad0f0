import Invariants
import Ledger

// A payment and everything that is its own, as bytes: docs/formats/attic.md. By fields, never by memory, so
// that a later version with other rows still reads them.
extension LedgerState {
    static var packVersion: UInt16 { 1 }

    /// Appends a payment to `packed`; leaves it as it was, and says no, if that is more than fits.
    func pack(_ number: RowNumber, into packed: inout PackedPayments) -> Bool {
        let row = payments[number]
        let start = packed.bytes.count
        var writer = PackWriter(bytes: [])
        swap(&writer.bytes, &packed.bytes)
        defer { swap(&writer.bytes, &packed.bytes) }
        writer.field(Self.packVersion)
        packPayment(row, &writer)
        packHolds(row, &writer)
        var refundsFound: [RowNumber] = []
        let partCount = packCaptures(row, &refundsFound, &writer)
        packRefunds(refundsFound, &writer)
        packParts(row, refundsFound, partCount, &writer)
        packDisputes(row, &writer)
        writer.field(PackChecksum.of(writer.bytes, from: start))
        guard writer.bytes.count - start <= PackedPayments.byteCountMax else {
            writer.bytes.removeSubrange(start...)
            return false
        }
        packed.entries.append((row.id, start..<writer.bytes.count))
        return true
    }

    private func packPayment(_ row: PaymentRow, _ writer: inout PackWriter) {
        writer.field(row.id)
        writer.field(row.latest)
        writer.field(row.authorized)
        writer.field(row.captured)
        writer.field(row.held)
        writer.field(row.letGo)
        writer.field(row.expiresAt)
        writer.field(row.approval)
        writer.field(row.merchantNumber)
        writer.field(row.acquirerNumber)
        writer.field(row.currency)
        writer.field(row.flags.rawValue)
        writer.field(row.phase.rawValue)
        writer.field(row.captureCount)
        writer.field(row.refundCount)
        writer.field(row.incrementCount)
        writer.field(row.attempt)
        writer.field(row.brand.rawValue)
    }

    private func packHolds(_ row: PaymentRow, _ writer: inout PackWriter) {
        writer.field(UInt16(clamping: count(from: row.firstIncrement) { holds[$0].next }))
        var number = row.firstIncrement
        while !number.isNone {
            let hold = holds[number]
            writer.field(hold.id)
            writer.field(hold.held)
            writer.field(hold.expiresAt)
            number = hold.next
        }
    }

    /// Also finds the refunds, in the order of their first capture, and counts their parts.
    private func packCaptures(
        _ row: PaymentRow, _ refundsFound: inout [RowNumber], _ writer: inout PackWriter
    ) -> Int {
        writer.field(UInt16(clamping: count(from: row.firstCapture) { captures[$0].next }))
        var partCount = 0
        var number = row.firstCapture
        while !number.isNone {
            let capture = captures[number]
            writer.field(capture.id)
            writer.field(capture.amount)
            writer.field(capture.refunded)
            writer.field(capture.fee)
            writer.field(capture.batch.isNone ? BatchID.none : batches[capture.batch].id)
            writer.field(capture.state.rawValue)
            writer.field(capture.flags.rawValue)
            var part = capture.firstPart
            while !part.isNone {
                let refund = refundParts[part].refund
                if !refundsFound.contains(refund) { refundsFound.append(refund) }
                partCount += 1
                part = refundParts[part].nextOfCapture
            }
            number = capture.next
        }
        return partCount
    }

    private func packRefunds(_ found: [RowNumber], _ writer: inout PackWriter) {
        writer.field(UInt16(found.count))
        for number in found {
            let refund = refunds[number]
            writer.field(refund.id)
            writer.field(refund.amount)
            writer.field(refund.batch.isNone ? BatchID.none : batches[refund.batch].id)
            writer.field(refund.packedState)
        }
    }

    private func packParts(
        _ row: PaymentRow, _ found: [RowNumber], _ partCount: Int, _ writer: inout PackWriter
    ) {
        writer.field(UInt16(partCount))
        var (number, capture) = (row.firstCapture, UInt16(0))
        while !number.isNone {
            var part = captures[number].firstPart
            while !part.isNone {
                let row = refundParts[part]
                guard let refund = found.firstIndex(of: row.refund) else {
                    invariantViolated("part \(row.number) of a refund that is not there")
                }
                writer.field(row.number)
                writer.field(row.amount)
                writer.field(UInt16(refund))
                writer.field(capture)
                part = row.nextOfCapture
            }
            number = captures[number].next
            capture += 1
        }
    }

    private func packDisputes(_ row: PaymentRow, _ writer: inout PackWriter) {
        writer.field(UInt16(clamping: count(from: row.firstDispute) { disputes[$0].next }))
        var number = row.firstDispute
        while !number.isNone {
            let dispute = disputes[number]
            writer.field(dispute.id)
            writer.field(dispute.amount)
            writer.field(dispute.accepted)
            writer.field(dispute.dueAt)
            writer.field(dispute.acquirerNumber)
            writer.field(dispute.stage.rawValue)
            writer.field(dispute.status.rawValue)
            writer.field(dispute.flags)
            number = dispute.next
        }
    }

    private func count(from first: RowNumber, _ next: (RowNumber) -> RowNumber) -> Int {
        var (number, count) = (first, 0)
        while !number.isNone {
            count += 1
            number = next(number)
        }
        return count
    }
}
