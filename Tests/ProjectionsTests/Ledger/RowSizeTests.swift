import Projections
import Testing

@Suite struct RowSizeTests {
    /// A payment has 128 bytes with its place in the index, a key 40. A row that grows has to be wanted.
    @Test func `rows are as large as they are meant to be`() {
        let expected: [String: Int] = [
            "APIKeyRow": 184, "AccountRow": 80, "AcquirerRow": 96, "AwaitedRow": 64, "BatchRefundRow": 16,
            "BatchRow": 200, "CaptureCallRow": 16, "CaptureRow": 64, "CorrectionRow": 16,
            "DisputeRow": 56, "DueEntry": 16, "ExceptionRow": 88, "HoldRow": 40, "KeyRow": 24,
            "LateApprovalRow": 16, "MerchantRow": 128, "MonthBalanceRow": 88, "OpenBatchRow": 24,
            "PaymentRow": 104, "PayoutRow": 32, "PendingKeyRow": 24, "RefundPartRow": 48,
            "RefundRow": 48, "ReserveRow": 16, "ReversalRow": 32, "RiskRow": 88, "TermsRow": 48,
            "ToldRow": 32,
        ]
        let sizes = LedgerState.rowSizes()
        #expect(sizes == expected)
    }
}
