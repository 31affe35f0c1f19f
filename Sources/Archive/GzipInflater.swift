internal import CZlib

/// Inflates a gzip file (RFC 1952) as its bytes come: one member, or several as some tools write them.
///
/// Memory is zlib's window and one piece of output, whatever the file is or claims. What the file may become is bounded, too.
public final class GzipInflater {
    /// How much may come of a file.
    public struct Limits: Sendable, Hashable {
        /// In bytes, of text.
        public var bytes: UInt64 = 1 << 30
        /// Times what has been read of the file. deflate reaches 1,032; logs of one line over and over some hundreds.
        public var ratio: UInt64 = 1_000
        /// In bytes: what any file may become, however small.
        public var freely: UInt64 = 16 << 20

        public init() {}
    }

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let limits: Limits
    private var read: UInt64 = 0
    private var made: UInt64 = 0
    /// A member was begun and has not ended.
    private var isInside = false
    private var members = 0
    /// Zeros may follow the last member, as gzip(1) allows it: tapes are filled up with them.
    private var isPadding = false
    /// Why nothing more comes of the file.
    private var problem: String?

    private static let pieceBytes = 64 << 10

    /// - Throws: ``ArchiveError`` when there is no memory.
    public init(_ limits: Limits = Limits()) throws(ArchiveError) {
        self.limits = limits
        stream.initialize(to: z_stream())
        // 16 more than the size of the window: gzip's frame, and no other.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw ArchiveError(
                .compressionFailed, doing: "preparing decompression", reason: "there is no memory for it")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Takes the next bytes of the file, and hands out what comes of them. Once something is wrong, it hands out nothing.
    ///
    /// - Throws: what `body` throws.
    public func push(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var rest = bytes
        // zlib may have taken all that there is, and still have more to give.
        var isFull = false
        while !rest.isEmpty || isFull, problem == nil {
            if isPadding || members > 0 && !isInside {
                if rest.first == 0 { isPadding = true }
                if isPadding {
                    rest = rest.drop { $0 == 0 }
                    if !rest.isEmpty { problem = "there are bytes behind its end that are no gzip" }
                    continue
                }
            }
            isInside = true
            var output: [UInt8] = []
            let (used, status) = inflate(rest, into: &output)
            rest = rest.dropFirst(used)
            read += UInt64(used)
            made += UInt64(output.count)
            isFull = output.count == Self.pieceBytes && status == Z_OK
            if made > limits.bytes || made > max(limits.freely, read.multipliedFull(by: limits.ratio)) {
                problem =
                    "it becomes more than \(min(limits.bytes, made)) bytes when it is unpacked: the rest is not read"
            } else if status == Z_STREAM_END {
                isInside = false
                members += 1
                inflateReset(stream)
            } else if status != Z_OK, status != Z_BUF_ERROR {
                problem = "it is damaged: it is not gzip as it should be"
            } else if used == 0, output.isEmpty, !rest.isEmpty {
                problem = "it is damaged: nothing comes of it"
            }
            if !output.isEmpty { try body(output[...]) }
        }
    }

    /// Says why what was handed out is not all of the file; nil when it is.
    public func finish() -> String? {
        if let problem { return problem }
        if isInside { return "it ends within its compressed content" }
        return members == 0 ? "it is empty, and no gzip" : nil
    }

    private func inflate(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) -> (used: Int, status: Int32) {
        var status = Z_OK
        var used = 0
        output = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { room, count in
            bytes.withUnsafeBufferPointer { input in
                let most = min(input.count, 1 << 30)
                // zlib does not write to its input.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(most)
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
                used = most - Int(stream.pointee.avail_in)
                count = room.count - Int(stream.pointee.avail_out)
            }
        }
        return (used, status)
    }
}

extension UInt64 {
    /// The product, or the most there can be.
    fileprivate func multipliedFull(by factor: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
