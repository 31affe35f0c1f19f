/// Opens the chunks of an age file in their order.
struct AgeChunkReader: ~Copyable {
    private var cipher: ChaCha20Poly1305
    private var number: UInt64 = 0
    private var isAtEnd = false

    init(_ payload: borrowing AgePayload) throws(CryptographyError) {
        cipher = try payload.cipher(.opening)
    }

    /// Appends the plaintext of a full chunk, which may be the last.
    mutating func openFull(
        _ sealed: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        guard !isAtEnd else { throw AgePayload.beyondLast(number) }
        if !open(sealed, isLast: false, appendingTo: &output) {
            guard open(sealed, isLast: true, appendingTo: &output) else { throw AgePayload.damaged(number) }
            isAtEnd = true
        }
        number += 1
    }

    /// Appends the plaintext of what remains at the end of a file, fewer bytes than in a full chunk.
    mutating func finish(
        _ sealed: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) throws(CryptographyError) {
        if isAtEnd {
            guard sealed.isEmpty else { throw AgePayload.beyondLast(number) }
            return
        }
        guard !sealed.isEmpty else {
            throw number == 0 ? AgePayload.truncated("it ends before its first chunk") : AgePayload.cutAfter(number - 1)
        }
        guard sealed.count >= ChaCha20Poly1305.tagSize else { throw AgePayload.cutInsideTag(sealed.count) }
        guard sealed.count > ChaCha20Poly1305.tagSize || number == 0 else { throw AgePayload.emptyLastChunk(number) }
        guard open(sealed, isLast: true, appendingTo: &output) else { throw AgePayload.damagedLast(number) }
    }

    private mutating func open(
        _ sealed: UnsafeRawBufferPointer, isLast: Bool, appendingTo output: inout [UInt8]
    ) -> Bool {
        let size = sealed.count - ChaCha20Poly1305.tagSize
        let nonce = AgePayload.nonce(ofChunk: number, isLast: isLast)
        var isGenuine = false
        output.append(addingCapacity: size) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                let room = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + size])
                isGenuine = cipher.open(sealed, nonce: nonce, into: UnsafeMutableRawBufferPointer(room))
                if isGenuine { count += size }
            }
        }
        return isGenuine
    }
}
