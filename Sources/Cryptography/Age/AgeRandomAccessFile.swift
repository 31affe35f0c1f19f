internal import Synchronization

/// An age file whose plaintext can be read from any place, chunk by chunk.
///
/// Several threads may read at the same time. Memory is four chunks of 64 KiB that were read last, and two for each call
/// under way. Every byte that it gives out is authentic, and a file that ends early is noticed when it is opened.
public final class AgeRandomAccessFile: Sendable {
    /// Fills a buffer from an offset in the encrypted file; fewer bytes, at least one, at any time, none only where the
    /// file ends. Returns how many.
    public typealias Source = @Sendable (UInt64, UnsafeMutableRawBufferPointer) throws -> Int

    public let layout: AgeLayout
    /// False for what a writer that was killed left behind: it ends before its last chunk.
    public let isWhole: Bool
    private let payload: AgePayload
    private let source: Source
    /// The one that was used last is at the end.
    private let cache = Mutex<[Chunk]>([])

    private static let cachedChunks = 4
    /// What the header of a file with a few recipients fits in.
    private static let firstPrefix = 4096

    /// A chunk that was opened.
    private final class Chunk: Sendable {
        let number: UInt64
        let bytes: SecretBytes

        init(number: UInt64, bytes: consuming SecretBytes) {
            self.number = number
            self.bytes = bytes
        }
    }

    /// Opens a file of that size, in bytes: reads its header, finds the file key, and checks the last chunk.
    ///
    /// Throws what `source` throws, and CryptographyError: `noMatch`, `badMAC`, `badHeader`, `truncated`, `wrongChunk`,
    /// `workFactor`, `unsupportedFormat`, `tooLarge`.
    public init(fileSize: UInt64, identities: [AgeIdentity], source: @escaping Source) throws {
        let header = try Self.header(fileSize: fileSize, source: source)
        layout = try AgeLayout(fileSize: fileSize, headerSize: header.size)
        var nonce = [UInt8](repeating: 0, count: AgeLayout.nonceSize)
        try nonce.withUnsafeMutableBytes { try Self.fill($0, from: UInt64(header.size), source: source) }
        payload = try AgePayload(header: header, nonce: nonce, identities: identities)
        self.source = source
        isWhole = true
        _ = try chunk(layout.chunkCount - 1)
    }

    /// Opens what there is of a file whose writer was perhaps killed: its whole chunks, and the last one if that is
    /// there. What follows them is passed over; that all of them are right is found out by reading.
    ///
    /// Throws as above; `truncated` when not even the header is whole.
    public init(remainsOfSize fileSize: UInt64, identities: [AgeIdentity], source: @escaping Source) throws {
        let header = try Self.header(fileSize: fileSize, source: source)
        var nonce = [UInt8](repeating: 0, count: AgeLayout.nonceSize)
        try nonce.withUnsafeMutableBytes { try Self.fill($0, from: UInt64(header.size), source: source) }
        payload = try AgePayload(header: header, nonce: nonce, identities: identities)
        self.source = source
        if let whole = try? AgeLayout(fileSize: fileSize, headerSize: header.size),
            try Self.hasLastChunk(whole, payload, source)
        {
            layout = whole
            isWhole = true
        } else {
            layout = AgeLayout(wholeChunksOf: fileSize, headerSize: header.size)
            isWhole = false
        }
    }

    private static func hasLastChunk(_ layout: AgeLayout, _ payload: borrowing AgePayload, _ source: Source) throws
        -> Bool
    {
        let number = layout.chunkCount - 1
        var sealed = [UInt8](repeating: 0, count: layout.sealedRange(ofChunk: number).count)
        try sealed.withUnsafeMutableBytes {
            try fill($0, from: layout.sealedRange(ofChunk: number).lowerBound, source: source)
        }
        var bytes = SecretBytes(count: layout.plaintextCount(ofChunk: number))
        return try bytes.withMutableBytes { bytes in
            try sealed.withUnsafeBytes { try payload.open(chunk: number, isLast: true, $0, into: bytes) }
        }
    }

    /// Bytes of plaintext.
    public var size: UInt64 { layout.plaintextSize }

    /// Fills `buffer` with plaintext from `offset`; fewer bytes only where the plaintext ends. Returns how many. After an
    /// error the buffer's content means nothing.
    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard offset < size else { return 0 }
        let total = Int(min(UInt64(buffer.count), size - offset))
        var filled = 0
        while filled < total {
            let position = offset + UInt64(filled)
            let number = position / UInt64(AgeLayout.chunkSize)
            let start = Int(position % UInt64(AgeLayout.chunkSize))
            let count = min(layout.plaintextCount(ofChunk: number) - start, total - filled)
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
            if count == AgeLayout.chunkSize, cached(number) == nil {
                try open(number, into: target)
            } else {
                try chunk(number).bytes.withBytes { bytes in
                    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
                }
            }
            filled += count
        }
        return total
    }

    private func chunk(_ number: UInt64) throws -> Chunk {
        if let chunk = cached(number) { return chunk }
        // Not under the lock: others may read meanwhile, at worst the same chunk.
        var bytes = SecretBytes(count: layout.plaintextCount(ofChunk: number))
        try bytes.withMutableBytes { try open(number, into: $0) }
        let chunk = Chunk(number: number, bytes: bytes)
        cache.withLock { chunks in
            chunks.removeAll { $0.number == number }
            if chunks.count == Self.cachedChunks { chunks.removeFirst() }
            chunks.append(chunk)
        }
        return chunk
    }

    private func cached(_ number: UInt64) -> Chunk? {
        cache.withLock { chunks in
            guard let index = chunks.firstIndex(where: { $0.number == number }) else { return nil }
            let chunk = chunks.remove(at: index)
            chunks.append(chunk)
            return chunk
        }
    }

    /// Reads a chunk and opens it into `target`, which has its size.
    private func open(_ number: UInt64, into target: UnsafeMutableRawBufferPointer) throws {
        let range = layout.sealedRange(ofChunk: number)
        let isLast = isWhole && number == layout.chunkCount - 1
        let sealed = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 16)
        defer { sealed.deallocate() }
        try Self.fill(sealed, from: range.lowerBound, source: source)
        let bytes = UnsafeRawBufferPointer(sealed)
        if try payload.open(chunk: number, isLast: isLast, bytes, into: target) { return }
        guard isLast else { throw AgePayload.damaged(number) }
        if try payload.open(chunk: number, isLast: false, bytes, into: target) { throw AgePayload.cutAfter(number) }
        throw AgePayload.damagedLast(number)
    }

    private static func header(fileSize: UInt64, source: Source) throws -> AgeHeader {
        let limit = min(fileSize, UInt64(AgeHeader.maximumSize))
        var count = min(limit, UInt64(firstPrefix))
        while true {
            var prefix = [UInt8](repeating: 0, count: Int(count))
            try prefix.withUnsafeMutableBytes { try fill($0, from: 0, source: source) }
            if let header = try AgeHeader.parse(prefix: prefix) { return header }
            guard count < limit else { break }
            count = min(limit, count * 4)
        }
        throw AgeHeaderParser.truncated(isEmpty: fileSize == 0)
    }

    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, from offset: UInt64, source: Source
    ) throws {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try source(offset + UInt64(filled), rest)
            guard count > 0, count <= rest.count else {
                throw AgePayload.truncated(
                    "it ends at byte \(offset + UInt64(filled)), earlier than when it was opened")
            }
            filled += count
        }
    }
}
