import Ledger
import LogStore
import Projections
import Replay
import Simulation

/// A simulated machine with an attic on its disk.
struct AtticMachine {
    let home: AtticHome<SimulatedPlatform>

    init(seed: UInt64 = 1, isEncrypted: Bool = false) {
        let platform = SimulatedPlatform(seed: seed)
        let ledger = platform.makeUUID()
        let month = MonthKey(
            month: 202_611, id: platform.makeUUID(), created: 1, secret: SecretKey(randomFrom: platform))
        home = AtticHome(
            platform: platform, directory: StoragePath("attic"), ledger: ledger,
            encryption: isEncrypted ? .on(MonthKeys(ledger: ledger, [month])) : .off, month: 202_611)
    }

    /// The same keys and ledger over another disk.
    init(_ other: AtticMachine, disk: SimulatedDisk) {
        home = AtticHome(
            platform: SimulatedPlatform(disk: SimulatedStorage(disk: disk), seed: 2),
            directory: other.home.directory, ledger: other.home.ledger,
            encryption: other.home.encryption, month: other.home.month)
    }

    var disk: SimulatedDisk { home.platform.disk.disk }

    func names() throws -> [String] { try home.platform.disk.list(home.directory) }

    /// An attic with small buffers.
    func attic(paymentBytes: Int = 2_000, keys: Int = 40) throws(AtticError) -> Attic<SimulatedPlatform> {
        var attic = try Attic(home)
        attic.bufferLimits.paymentBytes = paymentBytes
        attic.bufferLimits.keys = keys
        return attic
    }

    static func payment(_ number: UInt64) -> PaymentID { PaymentID(raw: number) }

    /// Bytes of a version of a payment: any will do, the attic does not look at them.
    static func packed(_ number: UInt64, version: UInt64) -> [UInt8] {
        (0..<Int(20 + (number &* 7 &+ version) % 300)).map {
            UInt8(truncatingIfNeeded: $0) &+ UInt8(version & 0xFF)
        }
    }

    /// A key whose outcome is done, of an hour.
    static func key(_ number: UInt64, hour: UInt64) -> AgedKey? {
        AgedKey(
            KeyHash(hash(number)), word: number << 14 | 1 << 10, fingerprint: UInt32(number & 0xFFFF),
            hour: hour)
    }

    static func hash(_ number: UInt64) -> Hash128 {
        Hash128(low: number &* 0x9E37_79B9_7F4A_7C15, high: number & 0xFFFF_FFFF)
    }
}

extension [UInt8] {
    /// All digits, two a byte.
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

extension Attic {
    mutating func put(_ payment: PaymentID, _ bytes: [UInt8]) throws(AtticError) {
        try bytes.withRawSpan { (span) throws(AtticError) in try put(payment, span) }
    }

    /// What was kept of a payment last; nil if nothing was.
    func found(_ payment: PaymentID) throws(AtticError) -> [UInt8]? {
        var bytes: [UInt8] = []
        return try find(payment, into: &bytes) ? bytes : nil
    }
}
