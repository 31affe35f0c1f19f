import CZstd

/// A zstd compression context that makes frames of the strict form. It is reused from frame to frame.
struct Compressor: ~Copyable {
    /// Levels of zstd: 1 is fast, 19 is small; those beyond take memory that a capture must not.
    static let levels = 1...19

    private let context: OpaquePointer

    /// A context for frames at this level.
    init(level: Int) throws(ArchiveError) {
        context = try Self.makeContext(level: level)
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    /// Compresses `input` (1 byte to 8 MiB) to one frame.
    mutating func compress(_ input: ArraySlice<UInt8>) throws(ArchiveError) -> [UInt8] {
        // A window that holds the whole content is what makes the frame a single segment.
        let windowLog = max(10, Int.bitWidth - (input.count - 1).leadingZeroBitCount)
        try Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Int32(windowLog)))
        var result = 0
        let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(input.count)) { buffer, count in
            result = input.withUnsafeBytes {
                ZSTD_compress2(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        try Self.check(result)
        return frame
    }

    /// Frees the context now rather than at the end of its scope.
    consuming func close() {}

    private static func makeContext(level: Int) throws(ArchiveError) -> OpaquePointer {
        guard let context = ZSTD_createCCtx() else {
            throw ArchiveError(.compressionFailed, doing: "preparing compression", reason: "out of memory")
        }
        do {
            try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level)))
            try check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
            try check(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1))
            try check(ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0))
        } catch {
            ZSTD_freeCCtx(context)
            throw error
        }
        return context
    }

    private static func check(_ result: Int) throws(ArchiveError) {
        guard ZSTD_isError(result) == 0 else {
            throw ArchiveError(
                .compressionFailed, doing: "compressing a frame", reason: String(cString: ZSTD_getErrorName(result)))
        }
    }
}
