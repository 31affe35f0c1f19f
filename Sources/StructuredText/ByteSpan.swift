/// Lends the bytes of any collection as a span: without a copy when they lie in one piece, else after copying them
/// once.
@inline(__always)
func withSpan<Result, Failure: Error>(
    of bytes: some Collection<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Result
) throws(Failure) -> Result {
    // The library's function does not carry typed errors, so the outcome travels as a value.
    let outcome = bytes.withContiguousStorageIfAvailable { buffer -> Swift.Result<Result, Failure> in
        do throws(Failure) {
            return .success(try body(buffer.span))
        } catch {
            return .failure(error)
        }
    }
    if let outcome { return try outcome.get() }
    return try body(Array(bytes).span)
}

extension Span<UInt8> {
    /// The bytes of `range` as a string; what is not UTF-8 becomes U+FFFD.
    func string(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends the bytes of `range` to `output`.
    @inline(__always)
    func append(_ range: Range<Int>, to output: inout [UInt8]) {
        extracting(range).withUnsafeBufferPointer { output.append(contentsOf: $0) }
    }
}
