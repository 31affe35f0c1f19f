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
        var outcome = Result<Void, Defect>.success(())
        let content = [UInt8](unsafeUninitializedCapacity: contentBytes) { buffer, count in
            count = contentBytes
            let room = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<contentBytes])
            outcome = Result { () throws(Defect) in try decompress(frame, into: room) }
        }
        try outcome.get()
        return content
    }

    /// Decompresses exactly one frame, whose content must fill `content`.
    mutating func decompress(_ frame: [UInt8], into content: UnsafeMutableRawBufferPointer) throws(Defect) {
        let result = frame.withUnsafeBytes {
            ZSTD_decompressDCtx(context, content.baseAddress, content.count, $0.baseAddress, $0.count)
        }
        guard ZSTD_isError(result) == 0 else {
            throw Defect(.badFrame, "it is damaged: " + String(cString: ZSTD_getErrorName(result)))
        }
        guard result == content.count else {
            throw Defect(.badFrame, "it has \(result) bytes of content, its header claims \(content.count)")
        }
    }

    /// Frees the context now rather than at the end of its scope.
    consuming func close() {}
}

extension Decompressor: PieceDecoder {
    static func contentBytes(of frame: CompressedFrame) -> Int { frame.contentBytes }

    mutating func decode(
        _ frame: CompressedFrame, into buffer: UnsafeMutableRawBufferPointer, file: String
    ) -> DecodedPiece {
        do {
            try decompress(frame.bytes, into: buffer)
            return DecodedPiece(count: buffer.count)
        } catch {
            return DecodedPiece(count: 0, failure: frame.error(error, file: file))
        }
    }
}
