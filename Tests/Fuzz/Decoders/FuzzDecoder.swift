import LogStore

/// One decoder of bytes from outside, as the fuzzer and the replay see it.
///
/// `judge` may refuse an input or accept it; what it must never do is stop the process. Where a structure has
/// exactly one encoding, accepting also means that encoding again gives the input back.
package struct FuzzDecoder: Sendable {
    /// Names corpus and findings directories, for ever.
    package let name: String
    /// Larger inputs are not tried.
    package let byteCountMax: Int
    /// Whether the decoder accepts the input.
    package let judge: @Sendable ([UInt8]) -> Bool
    /// Makes lengths and checksums right again after a mutation, so that fuzzing gets behind them.
    package let repair: (@Sendable (inout [UInt8]) -> Void)?
    /// Small inputs, made by the encoders; all are accepted.
    package let samples: @Sendable () throws -> [[UInt8]]

    package init(
        _ name: String, byteCountMax: Int = 4096, judge: @escaping @Sendable ([UInt8]) -> Bool,
        repair: (@Sendable (inout [UInt8]) -> Void)? = nil,
        samples: @escaping @Sendable () throws -> [[UInt8]]
    ) {
        self.name = name
        self.byteCountMax = byteCountMax
        self.judge = judge
        self.repair = repair
        self.samples = samples
    }

    /// All of them, in the order of a full run.
    package static let all: [FuzzDecoder] =
        eventDecoders + pageDecoders + [walFile] + blockDecoders + segmentDecoders + keyDecoders
        + proofDecoders + [backupManifest] + wireDecoders + connectionDecoders

    package static func named(_ name: String) -> FuzzDecoder? { all.first { $0.name == name } }
}

/// Whether `body` accepts the bytes.
func accepts(_ bytes: [UInt8], _ body: (RawSpan) throws(DecodingFailure) -> Void) -> Bool {
    decoded { () throws(DecodingFailure) in
        try bytes.withRawSpan { (span) throws(DecodingFailure) in try body(span) }
    } != nil
}

/// What `body` makes, or nil if it refuses.
func decoded<Value>(_ body: () throws(DecodingFailure) -> Value) -> Value? {
    do throws(DecodingFailure) { return try body() } catch {
        // A refusal explains itself; an empty explanation would be a mistake of the decoder.
        invariant(!error.description.isEmpty, "a refusal without a reason")
        return nil
    }
}

/// The second half of a round trip: an accepted input is the one encoding of what it stands for.
func expectSame(_ encoded: [UInt8], _ input: RawSpan, _ what: String) {
    invariant(encoded.withRawSpan { $0.equals(input) }, "\(what) accepted, but encoded differently again")
}
