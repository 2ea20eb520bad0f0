/// Encrypts and decrypts the frames of one write-ahead file under its data key.
///
/// Nonce: use "frame" ‖ the frame's ordinal. Authenticated: the 128 header bytes with both CRCs zero ‖ file
/// UUID ‖ file offset, so that a frame opens only as itself and in its place. Used by one thread.
package final class FrameCipher {
    private let cipher: AEADCipher
    private var nonces = NonceGuard()
    private var authenticated = [UInt8](repeating: 0, count: FrameHeader.byteCount + 16 + 8)

    package init(key: SecretKey) { cipher = AEADCipher(key: key) }

    /// Writes ciphertext ‖ tag of a frame's events to `target`.
    package func seal(_ events: RawSpan, header: FrameHeader, into target: inout MutableRawSpan) {
        let nonce = Nonce(.frame, header.ordinal)
        nonces.use(nonce)
        authenticate(header)
        authenticated.withRawSpan { cipher.seal(events, nonce: nonce, authenticating: $0, into: &target) }
    }

    /// Opens the stored bytes of a frame into `target`; false if they are not genuine.
    package func open(_ stored: RawSpan, header: FrameHeader, into target: inout MutableRawSpan) -> Bool {
        authenticate(header)
        return authenticated.withRawSpan {
            cipher.open(stored, nonce: Nonce(.frame, header.ordinal), authenticating: $0, into: &target)
        }
    }

    private func authenticate(_ header: FrameHeader) {
        var bare = header
        bare.bodyCRC = 0
        authenticated.withMutableRawSpan { span in
            bare.writeFields(to: &span)
            header.fileUUID.write(to: &span, at: FrameHeader.byteCount)
            span.set(header.fileOffset, at: FrameHeader.byteCount + 16)
        }
    }
}
