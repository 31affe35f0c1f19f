/// Where the chunks of an age file lie, as its size tells (C2SP age, "Payload").
public struct AgeLayout: Hashable, Sendable {
    /// Bytes of plaintext in every chunk but the last.
    public static let chunkSize = 64 << 10
    /// Bytes of such a chunk in the file.
    public static let sealedChunkSize = chunkSize + ChaCha20Poly1305.tagSize
    /// What a chunk is longer in the file, in bytes.
    public static let tagSize = ChaCha20Poly1305.tagSize
    /// Bytes of the nonce between header and first chunk.
    public static let nonceSize = 16

    /// Offset of the first chunk in the file.
    public let payloadOffset: UInt64
    /// Bytes of plaintext.
    public let plaintextSize: UInt64
    /// At least one in a file that is whole.
    public let chunkCount: UInt64

    /// The layout of a file of that size, in bytes, with a header of that size. Throws `truncated` or `wrongChunk` if no
    /// age file has that size.
    public init(fileSize: UInt64, headerSize: Int) throws(CryptographyError) {
        let sealed = UInt64(Self.sealedChunkSize)
        let tag = UInt64(ChaCha20Poly1305.tagSize)
        payloadOffset = UInt64(headerSize) + UInt64(Self.nonceSize)
        guard fileSize >= payloadOffset + tag else {
            throw AgePayload.truncated("it ends before its first chunk does")
        }
        let payloadSize = fileSize - payloadOffset
        let rest = payloadSize % sealed
        chunkCount = payloadSize / sealed + (rest == 0 ? 0 : 1)
        guard rest == 0 || rest >= tag else { throw AgePayload.cutInsideTag(Int(rest)) }
        guard rest != tag || chunkCount == 1 else { throw AgePayload.emptyLastChunk(chunkCount - 1) }
        plaintextSize = payloadSize - chunkCount * tag
    }

    /// Of a file that perhaps ends too early: its whole chunks, of which there may be none.
    init(wholeChunksOf fileSize: UInt64, headerSize: Int) {
        payloadOffset = UInt64(headerSize) + UInt64(Self.nonceSize)
        chunkCount = (fileSize - min(fileSize, payloadOffset)) / UInt64(Self.sealedChunkSize)
        plaintextSize = chunkCount * UInt64(Self.chunkSize)
    }

    /// Where a chunk lies in the file, its tag included. `number` is below ``chunkCount``.
    public func sealedRange(ofChunk number: UInt64) -> Range<UInt64> {
        let start = payloadOffset + number * UInt64(Self.sealedChunkSize)
        return start..<start + UInt64(plaintextCount(ofChunk: number) + ChaCha20Poly1305.tagSize)
    }

    /// Bytes of plaintext of a chunk: as many as any has, or fewer in the last. `number` is below ``chunkCount``.
    public func plaintextCount(ofChunk number: UInt64) -> Int {
        let start = number * UInt64(Self.chunkSize)
        return Int(min(plaintextSize - start, UInt64(Self.chunkSize)))
    }
}
