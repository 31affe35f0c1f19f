/// What is encrypted in an age file: chunks that can be opened by themselves, each at its one place (C2SP age,
/// "Payload"). Several threads may use it at the same time.
public struct AgePayload: ~Copyable, Sendable {
    private let key: SecretBytes

    static let reading = "reading an age file"

    /// Finds the file key in the header and checks the header with it, then takes the 16 bytes that follow it.
    ///
    /// Throws `noMatch`, `badMAC`, `workFactor` and `badHeader`.
    public init(header: AgeHeader, nonce: [UInt8], identities: [AgeIdentity]) throws(CryptographyError) {
        guard nonce.count == AgeLayout.nonceSize else { throw Self.truncated("it ends right after its header") }
        let fileKey = try header.fileKey(identities: identities)
        key = try fileKey.payloadKey(nonce: nonce)
    }

    package init(fileKey: borrowing AgeFileKey, nonce: [UInt8]) throws(CryptographyError) {
        key = try fileKey.payloadKey(nonce: nonce)
    }

    /// The nonce of a chunk: its number in 11 bytes, most significant first, and whether it is the last.
    static func nonce(ofChunk number: UInt64, isLast: Bool) -> ChaCha20Poly1305.Nonce {
        var nonce = ChaCha20Poly1305.Nonce(repeating: 0)
        for index in 0..<8 { nonce[3 + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (7 - index))) }
        nonce[11] = isLast ? 1 : 0
        return nonce
    }

    func cipher(_ direction: ChaCha20Poly1305.Direction) throws(CryptographyError) -> ChaCha20Poly1305 {
        try ChaCha20Poly1305(key: key, direction)
    }

    /// Opens one chunk, given with its tag, into `output`, which has room for the 16 bytes fewer that the plaintext has.
    ///
    /// False if it is not that chunk, or not the last where that is claimed, or the reverse; then `output` is zeroed.
    /// Only a file's last chunk proves that nothing is missing behind the others.
    public func open(
        chunk number: UInt64, isLast: Bool, _ sealed: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptographyError) -> Bool {
        guard Self.canBeChunk(number, isLast: isLast, sealedCount: sealed.count) else { return false }
        var cipher = try cipher(.opening)
        return cipher.open(sealed, nonce: Self.nonce(ofChunk: number, isLast: isLast), into: output)
    }

    package func seal(
        chunk number: UInt64, isLast: Bool, _ plaintext: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptographyError) {
        var cipher = try cipher(.sealing)
        try cipher.seal(plaintext, nonce: Self.nonce(ofChunk: number, isLast: isLast), into: output)
    }

    /// All chunks but the last are full, and it is empty only where it is the only one.
    static func canBeChunk(_ number: UInt64, isLast: Bool, sealedCount: Int) -> Bool {
        if !isLast { return sealedCount == AgeLayout.sealedChunkSize }
        let least = ChaCha20Poly1305.tagSize + (number == 0 ? 0 : 1)
        return (least...AgeLayout.sealedChunkSize).contains(sealedCount)
    }

    static func truncated(_ reason: String) -> CryptographyError {
        CryptographyError(
            code: .truncated, doing: reading, reason: reason, advice: "get the file again from where it was made")
    }

    static func wrongChunk(_ number: UInt64, _ reason: String) -> CryptographyError {
        CryptographyError(
            code: .wrongChunk, doing: reading, subject: "chunk \(number)", reason: reason,
            advice: "get the file again from where it was made")
    }

    static func emptyLastChunk(_ number: UInt64) -> CryptographyError {
        wrongChunk(number, "the last chunk is empty, and not the only one")
    }

    static func damaged(_ number: UInt64) -> CryptographyError {
        wrongChunk(number, "it was changed or moved")
    }

    static func damagedLast(_ number: UInt64) -> CryptographyError {
        wrongChunk(number, "the last chunk was changed, or the file was cut inside it")
    }

    static func beyondLast(_ number: UInt64) -> CryptographyError {
        wrongChunk(number, "it follows the last chunk")
    }

    static func cutInsideTag(_ count: Int) -> CryptographyError {
        truncated("its last chunk has only \(count) bytes, fewer than its tag")
    }

    static func cutAfter(_ number: UInt64) -> CryptographyError {
        truncated("it ends after chunk \(number), which is not its last")
    }
}
