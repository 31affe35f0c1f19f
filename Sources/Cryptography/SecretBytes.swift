internal import COpenSSL

/// Memory for secrets: never copied by the language, wiped when it goes away.
///
/// `@unchecked Sendable`, since it holds a pointer: it is the only owner of that memory, and only the `mutating` method,
/// which needs exclusive access, writes there.
struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let buffer: UnsafeMutableRawBufferPointer

    /// `count` zero bytes.
    init(count: Int) {
        buffer = .allocate(byteCount: count, alignment: 16)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// A copy of `bytes`. The original is the caller's to wipe.
    init(copying bytes: UnsafeRawBufferPointer) {
        self.init(count: bytes.count)
        buffer.copyMemory(from: bytes)
    }

    deinit {
        OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        buffer.deallocate()
    }

    var count: Int { buffer.count }

    func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(buffer))
    }

    mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(buffer)
    }
}
