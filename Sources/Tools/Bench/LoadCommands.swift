import Ledger
import LogStore
import Protocol

/// The commands of a load: authorizations of random merchants and cards under keys never used before, and
/// captures of what was authorized. A command is a copy of a model with a few numbers changed, so that making
/// the load takes little from the machine that is measured.
struct LoadCommands {
    private let authorization: [UInt8]
    private let capture: [UInt8]
    private let merchants: UInt64
    private var random: UInt64
    /// Of the next key; with the run's own number before it.
    private var drawn: UInt64 = 0
    private let run: UInt64

    /// Bytes of a key: two numbers in hexadecimal.
    private static let keyLength = 32
    // Where things lie in a command: length 2, operation 2, parts 1, merchant 8, length of the key 1, key,
    // fields. See docs/protocol.md.
    private static let merchantOffset = 5
    private static let keyOffset = 14
    private static let fieldsOffset = keyOffset + keyLength
    /// Behind amount 8, currency 2, method, capture, initiator, exemption 1 each, hold span 8, token 8.
    private static let fingerprintOffset = fieldsOffset + 30

    init(merchants: Int, seed: UInt64) {
        self.merchants = UInt64(merchants)
        random = seed | 1
        run = seed
        var body = RecordAuthorization()
        body.order.amount = 1_000
        body.order.currency = 978
        body.order.card.fingerprint = 1
        body.order.card.brand = .visa
        body.acquirer = AcquirerID(raw: 1)
        authorization = Self.encode(Command(.recordAuthorization(body)))
        var capture = CapturePayment()
        capture.payment = PaymentID(raw: 1)
        self.capture = Self.encode(Command(.capturePayment(capture)))
    }

    private static func encode(_ command: Command) -> [UInt8] {
        var command = command
        command.merchant = MerchantID(raw: 1)
        var buffer = WireBuffer()
        let key = [UInt8](repeating: 0x30, count: keyLength)
        key.withRawSpan { CommandsRequest.put(command, key: $0, names: .asShown, to: &buffer) }
        return buffer.array
    }

    /// Puts an authorization; returns its merchant.
    mutating func putAuthorization(into buffer: inout WireBuffer) -> UInt64 {
        let start = buffer.count
        buffer.put(authorization)
        let merchant = 1 + next() % merchants
        buffer.set(merchant, at: start + Self.merchantOffset)
        putKey(at: start, into: &buffer)
        buffer.set(Int64(100 + next() % 100_000), at: start + Self.fieldsOffset)
        buffer.set(1 + next() % 5_000_000, at: start + Self.fingerprintOffset)
        return merchant
    }

    /// Puts the capture of all of a payment.
    mutating func putCapture(of payment: UInt64, _ merchant: UInt64, into buffer: inout WireBuffer) {
        let start = buffer.count
        buffer.put(capture)
        buffer.set(merchant, at: start + Self.merchantOffset)
        putKey(at: start, into: &buffer)
        buffer.set(payment, at: start + Self.fieldsOffset)
    }

    private mutating func putKey(at start: Int, into buffer: inout WireBuffer) {
        drawn += 1
        buffer.set(Self.hexadecimal(UInt32(truncatingIfNeeded: run >> 32)), at: start + Self.keyOffset)
        buffer.set(Self.hexadecimal(UInt32(truncatingIfNeeded: run)), at: start + Self.keyOffset + 8)
        buffer.set(Self.hexadecimal(UInt32(truncatingIfNeeded: drawn >> 32)), at: start + Self.keyOffset + 16)
        buffer.set(Self.hexadecimal(UInt32(truncatingIfNeeded: drawn)), at: start + Self.keyOffset + 24)
    }

    /// The eight digits of a number, as the bytes of a word.
    private static func hexadecimal(_ number: UInt32) -> UInt64 {
        var spread = UInt64(number)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (spread + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread + 0x3030_3030_3030_3030 + letters * 0x27
    }

    /// xorshift64* (Vigna, 2016).
    private mutating func next() -> UInt64 {
        random ^= random >> 12
        random ^= random << 25
        random ^= random >> 27
        return random &* 0x2545_F491_4F6C_DD1D >> 16
    }
}

extension WireBuffer {
    /// The bytes, copied.
    var array: [UInt8] {
        var bytes: [UInt8] = []
        withBytes(0..<count) { span in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
