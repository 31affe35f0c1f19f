internal import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439) under one key, in one direction, without additional data.
///
/// `@unchecked Sendable`, since it holds a pointer: it is the context's only owner, and every use is `mutating`.
struct ChaCha20Poly1305: ~Copyable, @unchecked Sendable {
    typealias Nonce = InlineArray<12, UInt8>

    enum Direction: Int32 {
        case opening = 0
        case sealing = 1
    }

    static let tagSize = 16
    private let context: OpaquePointer

    init(key: borrowing SecretBytes, _ direction: Direction) throws(CryptographyError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw Self.failure() }
        let isReady = key.withBytes { bytes in
            let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            return bytes.count == 32
                && EVP_CipherInit_ex2(context, EVP_chacha20_poly1305(), start, nil, direction.rawValue, nil) == 1
        }
        guard isReady else {
            EVP_CIPHER_CTX_free(context)
            throw Self.failure()
        }
        self.context = context
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    /// Writes the ciphertext and its tag: `plaintext.count` + 16 bytes, for which `output` has room.
    mutating func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: Nonce, into output: UnsafeMutableRawBufferPointer
    ) throws(CryptographyError) {
        let rest = UnsafeMutableRawBufferPointer(rebasing: output.dropFirst(plaintext.count))
        guard rest.count >= Self.tagSize, start(nonce), process(plaintext, into: output), finish(),
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagSize), rest.baseAddress) == 1
        else { throw Self.failure() }
    }

    /// Writes the plaintext, 16 bytes fewer than `sealed`, for which `output` has room. False, and zeros in `output`,
    /// if the tag does not belong to key, nonce and ciphertext.
    mutating func open(
        _ sealed: UnsafeRawBufferPointer, nonce: Nonce, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard sealed.count >= Self.tagSize else { return false }
        let count = sealed.count - Self.tagSize
        // OpenSSL copies the tag, and takes it as a pointer to what may change for the sake of other operations.
        let tag = UnsafeMutableRawPointer(mutating: UnsafeRawBufferPointer(rebasing: sealed[count...]).baseAddress)
        let isGenuine =
            start(nonce) && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagSize), tag) == 1
            && process(UnsafeRawBufferPointer(rebasing: sealed[..<count]), into: output) && finish()
        if !isGenuine {
            OPENSSL_cleanse(output.baseAddress, min(count, output.count))
            LibraryFailure.clear()
        }
        return isGenuine
    }

    private func start(_ nonce: Nonce) -> Bool {
        nonce.span.withUnsafeBufferPointer { EVP_CipherInit_ex2(context, nil, nil, $0.baseAddress, -1, nil) == 1 }
    }

    private func process(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard !input.isEmpty else { return true }
        guard input.count <= output.count, let count = Int32(exactly: input.count) else { return false }
        var written: Int32 = 0
        return EVP_CipherUpdate(
            context, output.assumingMemoryBound(to: UInt8.self).baseAddress, &written,
            input.assumingMemoryBound(to: UInt8.self).baseAddress, count) == 1 && written == count
    }

    private func finish() -> Bool {
        // A stream cipher has nothing left to write; the place to write to must be given.
        var rest = InlineArray<16, UInt8>(repeating: 0)
        var written: Int32 = 0
        var span = rest.mutableSpan
        return span.withUnsafeMutableBufferPointer { EVP_CipherFinal_ex(context, $0.baseAddress, &written) == 1 }
            && written == 0
    }

    private static func failure() -> CryptographyError {
        LibraryFailure.error(doing: "using ChaCha20-Poly1305")
    }
}
