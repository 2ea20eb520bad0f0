import Ledger
import Testing

@Suite struct CommandCodecTests {
    private static let secret = Hash128(low: 0x1122_3344_5566_7788, high: 0x99AA_BBCC_DDEE_FF00)
    private static let names = Names(
        cipher: IDCipher(key: Hash128(low: 0x0B0A_0908_0302_0100, high: 0x1B1A_1918_1312_1110)),
        showsSequences: false)
    private static let merchant = MerchantID(raw: 7)

    /// A command of an operation with fields of any value.
    private static func drawn(_ operation: Operation, _ drawer: inout FieldDrawer) -> Command {
        var request = Request(empty: operation)
        request.visitFields(&drawer)
        var command = Command(request)
        command.merchant = drawer.next() % 2 == 0 ? merchant : MerchantID(raw: drawer.next() | 1)
        if drawer.next() % 2 == 0 { command.effective = LedgerTime(nanoseconds: drawer.next() >> 1 | 1) }
        return command
    }

    private static func bytes(_ command: Command, key: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Command.byteCountMax)
        let key = Array(key.utf8)
        var elements = bytes.mutableSpan
        var target = unsafe elements.mutableBytes
        let count = unsafe command.encode(key: key.span.bytes, names: names, into: &target)
        return Array(bytes[..<count])
    }

    private static func read(_ bytes: [UInt8]) throws(EventFormatError) -> Command {
        try unsafe Command(decoding: bytes.span.bytes, names: names, merchant: merchant, secret: secret)
    }

    private static func problem(_ bytes: [UInt8]) -> EventFormatError? {
        do throws(EventFormatError) { _ = try read(bytes) } catch { return error }
        return nil
    }

    @Test func `what is written is read again, whatever the fields`() throws {
        var drawer = FieldDrawer(seed: 11)
        for operation in Operation.allCases {
            for round in 0..<40 {
                let command = Self.drawn(operation, &drawer)
                let key = round % 3 == 0 ? "" : String(repeating: "k", count: 1 + round * 6)
                let bytes = Self.bytes(command, key: key)
                let read = try Self.read(bytes)
                #expect(read.request == command.request)
                #expect(read.merchant == command.merchant && read.effective == command.effective)
                #expect(read.key.isNone == key.isEmpty && (read.fingerprint == 0) == key.isEmpty)
            }
        }
    }

    @Test func `every cut and every byte too many is refused`() {
        var drawer = FieldDrawer(seed: 12)
        for operation in Operation.allCases {
            let bytes = Self.bytes(Self.drawn(operation, &drawer), key: "order-1")
            #expect(Self.problem(bytes) == nil)
            for count in bytes.indices { #expect(Self.problem(Array(bytes[..<count])) != nil) }
            #expect(Self.problem(bytes + [0]) != nil)
        }
    }

    @Test func `any byte may be any other, and nothing stops`() {
        var drawer = FieldDrawer(seed: 13)
        for operation in Operation.allCases {
            var bytes = Self.bytes(Self.drawn(operation, &drawer), key: "order-1")
            for index in bytes.indices {
                let byte = bytes[index]
                for other in [0, 1, 0x7F, 0x80, 0xFF, byte ^ 1] as [UInt8] {
                    bytes[index] = other
                    // Either it is a command, or the error says of what and which field.
                    if let problem = Self.problem(bytes) { #expect(!problem.subject.isEmpty) }
                }
                bytes[index] = byte
            }
        }
    }

    @Test func `what is wrong is told by name`() {
        let void = Self.bytes(Command(.voidPayment(VoidPayment())), key: "")
        #expect(Self.problem([0xFF, 0xFF] + void[2...])?.description == "command.operation: is 65535")
        #expect(Self.problem(void[..<2] + [8] + void[3...])?.description == "command.parts: are 8")
        #expect(
            Self.problem(void[..<2] + [4, 0] + void[3...])?.description == "command.key: is empty")
        #expect(
            Self.problem(void[..<2] + [4, 1, 10] + void[3...])?.description == "command.key: has the byte 10")
    }

    @Test func `a fingerprint tells operation, merchant and every field, and not the key`() throws {
        var drawer = FieldDrawer(seed: 14)
        var seen: Set<UInt64> = []
        var void = VoidPayment()
        void.payment = PaymentID(raw: 9)
        var reverse = ReversePayment()
        reverse.payment = PaymentID(raw: 9)
        for merchant in 1...3 as ClosedRange<UInt64> {
            for request in [Request.voidPayment(void), .reversePayment(reverse)] {
                var command = Command(request)
                command.merchant = MerchantID(raw: merchant)
                let first = try Self.read(Self.bytes(command, key: "a"))
                let second = try Self.read(Self.bytes(command, key: "b"))
                #expect(first.fingerprint == second.fingerprint && first.key != second.key)
                seen.insert(first.fingerprint)
            }
        }
        #expect(seen.count == 6)
        let command = Self.drawn(.recordAuthorization, &drawer)
        var bytes = Self.bytes(command, key: "a")
        let whole = try Self.read(bytes).fingerprint
        bytes[bytes.count - 1] ^= 1
        if let other = try? Self.read(bytes) { #expect(other.fingerprint != whole) }
    }

    @Test func `a command has the bytes it always had`() throws {
        var drawer = FieldDrawer(seed: 15)
        let now = Operation.allCases.map { operation in
            var request = Request(empty: operation)
            request.visitFields(&drawer)
            var command = Command(request)
            command.merchant = Self.merchant
            command.effective = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)
            let hex = Self.bytes(command, key: "order-1").map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }
            return "\(operation) \(operation.rawValue) \(hex.joined())"
        }
        let golden = try GoldenLines.read("commands-1.txt", keyWords: 2, adding: now)
        #expect(golden.problems(now: now) == [])
    }
}
