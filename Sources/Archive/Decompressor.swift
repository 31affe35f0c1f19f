import CZstd

/// A zstd decompression context. It is reused from frame to frame.
struct Decompressor: ~Copyable {
    private let context: OpaquePointer

    init() throws(ArchiveError) {
        guard let context = ZSTD_createDCtx() else {
            throw ArchiveError(
                .compressionFailed, doing: "preparing decompression", reason: "out of memory")
        }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Decompresses exactly one frame, which must have exactly the content size that its header claims.
    ///
    /// The output buffer has that size, so a frame that lies cannot make it grow.
    mutating func decompress(_ frame: [UInt8], contentBytes: Int) throws(Defect) -> [UInt8] {
        var result = 0
        let content = [UInt8](unsafeUninitializedCapacity: contentBytes) { buffer, count in
            result = frame.withUnsafeBytes {
                ZSTD_decompressDCtx(context, buffer.baseAddress, contentBytes, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(result) == 0 ? min(result, contentBytes) : 0
        }
        guard ZSTD_isError(result) == 0 else {
            throw Defect(.badFrame, "it is damaged: " + String(cString: ZSTD_getErrorName(result)))
        }
        guard content.count == contentBytes else {
            throw Defect(.badFrame, "it has \(content.count) bytes of content, its header claims \(contentBytes)")
        }
        return content
    }

    /// Frees the context now rather than at the end of its scope.
    consuming func close() {}
}
