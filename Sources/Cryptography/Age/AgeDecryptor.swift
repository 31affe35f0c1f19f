/// Reads an age file (C2SP age v1) from front to back. Memory is the header, and then one chunk of 64 KiB.
///
/// Every byte that it gives out is authentic. That none is missing is known only when ``finish()`` has returned.
public struct AgeDecryptor: ~Copyable, Sendable {
    private let identities: [AgeIdentity]
    private var parser = AgeHeaderParser()
    private var header: AgeHeader?
    private var chunks: AgeChunkReader?
    /// The nonce, or a chunk, that is not whole yet.
    private var pending = SecretBytes(count: AgeLayout.sealedChunkSize)
    private var pendingCount = 0
    private var failure: CryptographyError?

    public init(identities: [AgeIdentity]) {
        self.identities = identities
    }

    /// Takes bytes of the file, and appends to `output` the plaintext of the full chunks that are whole with them, also
    /// when it throws for what comes after those. After an error every call throws the same.
    public mutating func update(
        _ bytes: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        if let failure { throw failure }
        do throws(CryptographyError) { try take(bytes, appendingTo: &output) } catch {
            failure = error
            throw error
        }
    }

    public mutating func update(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var output: [UInt8] = []
        try bytes.span.bytes.withUnsafeBytes { bytes throws(CryptographyError) in
            try update(bytes, appendingTo: &output)
        }
        return output
    }

    /// The plaintext of the last chunk, unless that was a full one. Throws `truncated` or `wrongChunk` if the file was not
    /// at its end.
    public consuming func finish() throws(CryptographyError) -> [UInt8] {
        if let failure { throw failure }
        guard header != nil else { throw parser.truncated }
        guard chunks != nil else { throw AgePayload.truncated("it ends right after its header") }
        var output: [UInt8] = []
        try pending.withBytes { pending throws(CryptographyError) in
            let rest = UnsafeRawBufferPointer(rebasing: pending[..<pendingCount])
            try chunks?.finish(rest, appendingTo: &output)
        }
        return output
    }

    /// Decrypts what is in memory.
    public static func decrypt(_ file: [UInt8], identities: [AgeIdentity]) throws(CryptographyError) -> [UInt8] {
        var decryptor = AgeDecryptor(identities: identities)
        let beginning = try decryptor.update(file)
        return beginning + (try decryptor.finish())
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        var rest = bytes
        if header == nil {
            var consumed = 0
            header = try parser.add(rest, consumed: &consumed)
            rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
        }
        guard let header else { return }
        if chunks == nil {
            guard gather(&rest, upTo: AgeLayout.nonceSize) else { return }
            let nonce = pending.withBytes { [UInt8]($0[..<AgeLayout.nonceSize]) }
            chunks = try AgeChunkReader(try AgePayload(header: header, nonce: nonce, identities: identities))
            pendingCount = 0
        }
        while !rest.isEmpty {
            if pendingCount == 0 && rest.count >= AgeLayout.sealedChunkSize {
                let full = UnsafeRawBufferPointer(rebasing: rest[..<AgeLayout.sealedChunkSize])
                try chunks?.openFull(full, appendingTo: &output)
                rest = UnsafeRawBufferPointer(rebasing: rest[full.count...])
            } else if gather(&rest, upTo: AgeLayout.sealedChunkSize) {
                try pending.withBytes { pending throws(CryptographyError) in
                    try chunks?.openFull(pending, appendingTo: &output)
                }
                pendingCount = 0
            }
        }
    }

    /// Moves bytes from `rest` to what is pending, until that has `limit` bytes. Whether it has.
    private mutating func gather(_ rest: inout UnsafeRawBufferPointer, upTo limit: Int) -> Bool {
        let taken = UnsafeRawBufferPointer(rebasing: rest.prefix(limit - pendingCount))
        pending.withMutableBytes { [pendingCount] pending in
            UnsafeMutableRawBufferPointer(rebasing: pending[pendingCount...]).copyMemory(from: taken)
        }
        pendingCount += taken.count
        rest = UnsafeRawBufferPointer(rebasing: rest[taken.count...])
        return pendingCount == limit
    }
}
