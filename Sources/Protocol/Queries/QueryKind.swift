public import Ledger

/// What can be asked. Numbers are stable, and none is used again.
public enum QueryKind: UInt16, CaseIterable, Sendable, BitwiseCopyable, FieldValue {
    // The ledger itself.
    case status = 0x0001
    case digest = 0x0002
    case settings = 0x0003
    case apiKeys = 0x0004
    case acquirers = 0x0005

    // Who is paid.
    case merchant = 0x0101
    case merchants = 0x0102

    // Money.
    case balances = 0x0201
    case account = 0x0202
    case pastBalance = 0x0203
    case trialBalance = 0x0204
    case safeguarding = 0x0205

    // Payments and what follows from them.
    case payment = 0x0301
    case payments = 0x0302
    case holds = 0x0304
    case batches = 0x0401
    case batchItems = 0x0402
    case disputes = 0x0501
    case exceptions = 0x0601
    case payouts = 0x0701

    /// Whether events have to be read for it: it is answered by who reads the log, not by who decides.
    package var needsLog: Bool { self == .pastBalance }
}
