/// Writes an age file (C2SP age v1) from front to back. Memory is one chunk of 64 KiB.
///
/// ```swift
/// var encryptor = try AgeEncryptor(recipients: recipients)
/// write(try encryptor.update(bytes))
/// write(try encryptor.finish())
/// ```
public struct AgeEncryptor: ~Copyable, Sendable {
    private var cipher: ChaCha20Poly1305
    /// Header and nonce, until they have been given out.
    private var beginning: [UInt8]
    /// Plaintext that may turn out to be the last chunk's.
    private var pending = SecretBytes(count: AgeLayout.chunkSize)
    private var pendingCount = 0
    private var chunk: UInt64 = 0

    /// Opens this one file, whoever its recipients are, for as long as it is in memory: its writer can read it back.
    public let identity: AgeIdentity

    /// A new file for all of the recipients; a passphrase can only be the only one. Each file has a key of its own.
    ///
    /// A passphrase takes the memory and time that its work factor says.
    public init(recipients: [AgeRecipient]) throws(CryptographyError) {
        let fileKey = try AgeFileKey.random()
        let stanzas = try AgeRecipient.stanzas(for: recipients, fileKey: fileKey)
        let header = try AgeHeader.encode(stanzas, fileKey: fileKey)
        let nonce = try SecureRandom.bytes(AgeLayout.nonceSize)
        cipher = try AgePayload(fileKey: fileKey, nonce: nonce).cipher(.sealing)
        beginning = header + nonce
        identity = AgeIdentity(kind: .writer(AgeIdentity.WriterHalf(fileKey)))
    }

    /// Takes plaintext, and appends to `output` what is thereby known of the file: whole chunks, the first time header
    /// and nonce before them.
    public mutating func update(
        _ plaintext: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        begin(&output)
        var rest = plaintext
        while !rest.isEmpty {
            // More follows, so a full chunk is not the last.
            if pendingCount == AgeLayout.chunkSize { try sealPending(isLast: false, appendingTo: &output) }
            if pendingCount == 0 && rest.count > AgeLayout.chunkSize {
                let whole = UnsafeRawBufferPointer(rebasing: rest[..<AgeLayout.chunkSize])
                try seal(whole, isLast: false, appendingTo: &output)
                rest = UnsafeRawBufferPointer(rebasing: rest[whole.count...])
                continue
            }
            let taken = UnsafeRawBufferPointer(rebasing: rest.prefix(AgeLayout.chunkSize - pendingCount))
            pending.withMutableBytes { [pendingCount] pending in
                UnsafeMutableRawBufferPointer(rebasing: pending[pendingCount...]).copyMemory(from: taken)
            }
            pendingCount += taken.count
            rest = UnsafeRawBufferPointer(rebasing: rest[taken.count...])
        }
    }

    public mutating func update(_ plaintext: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var output: [UInt8] = []
        try plaintext.span.bytes.withUnsafeBytes { plaintext throws(CryptographyError) in
            try update(plaintext, appendingTo: &output)
        }
        return output
    }

    /// The rest of the file.
    public consuming func finish() throws(CryptographyError) -> [UInt8] {
        var output: [UInt8] = []
        begin(&output)
        try sealPending(isLast: true, appendingTo: &output)
        return output
    }

    /// Lends the plaintext that was taken and is in no chunk yet, at most 64 KiB: what would be lost if the file ended
    /// with what has been given out.
    public func withUnsealed<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try pending.withBytes { pending throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: pending[..<pendingCount]))
        }
    }

    /// Encrypts what is in memory.
    public static func encrypt(_ plaintext: [UInt8], to recipients: [AgeRecipient]) throws(CryptographyError) -> [UInt8]
    {
        var encryptor = try AgeEncryptor(recipients: recipients)
        let beginning = try encryptor.update(plaintext)
        return beginning + (try encryptor.finish())
    }

    private mutating func begin(_ output: inout [UInt8]) {
        guard !beginning.isEmpty else { return }
        output += beginning
        beginning = []
    }

    private mutating func sealPending(isLast: Bool, appendingTo output: inout [UInt8]) throws(CryptographyError) {
        let nonce = AgePayload.nonce(ofChunk: chunk, isLast: isLast)
        try pending.withBytes { [pendingCount] pending throws(CryptographyError) in
            try Self.seal(
                UnsafeRawBufferPointer(rebasing: pending[..<pendingCount]), with: &cipher, nonce: nonce,
                appendingTo: &output)
        }
        pendingCount = 0
        chunk += 1
    }

    private mutating func seal(
        _ plaintext: UnsafeRawBufferPointer, isLast: Bool, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        let nonce = AgePayload.nonce(ofChunk: chunk, isLast: isLast)
        try Self.seal(plaintext, with: &cipher, nonce: nonce, appendingTo: &output)
        chunk += 1
    }

    private static func seal(
        _ plaintext: UnsafeRawBufferPointer, with cipher: inout ChaCha20Poly1305, nonce: ChaCha20Poly1305.Nonce,
        appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        let size = plaintext.count + ChaCha20Poly1305.tagSize
        try output.append(addingCapacity: size) { (span: inout OutputSpan<UInt8>) throws(CryptographyError) in
            try span.withUnsafeMutableBufferPointer { buffer, count throws(CryptographyError) in
                let room = UnsafeMutableRawBufferPointer(
                    UnsafeMutableBufferPointer(rebasing: buffer[count..<count + size]))
                try cipher.seal(plaintext, nonce: nonce, into: room)
                count += size
            }
        }
    }
}
