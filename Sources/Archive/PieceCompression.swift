import CZstd
import Synchronization

/// Compresses pieces of a stream that two of this program's processes pass to each other, each to one zstd frame that stands for itself.
///
/// The frames are those of format.md, section 9.2: a single segment that says how long its content is, with a checksum, without a
/// dictionary. Level 1: the pieces are on their way for milliseconds.
public final class PieceCompressor: Sendable {
    /// Smaller ones save no packet.
    private static let leastBytes = 512

    private let compressor: Mutex<Compressor>

    /// - Throws: when there is no memory for it.
    public init() throws(ArchiveError) {
        compressor = Mutex(try Compressor(level: 1))
    }

    /// - Parameter piece: up to ``PieceDecompressor/maximumPieceBytes``.
    /// - Returns: the frame; nil when the piece had better go as it is, since it is small or hardly becomes smaller.
    public func compress(_ piece: ArraySlice<UInt8>) -> [UInt8]? {
        guard piece.count >= Self.leastBytes else { return nil }
        let frame = compressor.withLock { try? $0.compress(piece) }
        return frame.flatMap { $0.count < piece.count - piece.count / 8 ? $0 : nil }
    }
}

/// Reads what ``PieceCompressor`` makes, from whoever sent it.
public final class PieceDecompressor: Sendable {
    /// Of the content of one frame.
    public static let maximumPieceBytes = 4 << 20

    private let decompressor: Mutex<Decompressor>

    /// - Throws: when there is no memory for it.
    public init() throws(ArchiveError) {
        decompressor = Mutex(try Decompressor())
    }

    /// The content of one frame, and nothing but one: as long as its header says, within the limit.
    ///
    /// - Throws: ``ArchiveError/Code/badFrame``, ``ArchiveError/Code/badFrameHeader``, ``ArchiveError/Code/emptyFrame`` or
    ///   ``ArchiveError/Code/frameTooLarge``. Memory is taken for the size that was said, once that is within the limit.
    public func content(of frame: ArraySlice<UInt8>) throws(ArchiveError) -> [UInt8] {
        do {
            return try unpacked(Array(frame))
        } catch {
            throw ArchiveError(error.code, doing: "reading a compressed piece", reason: error.reason)
        }
    }

    private func unpacked(_ frame: [UInt8]) throws(Defect) -> [UInt8] {
        guard let header = try ZstdFrame.header(in: frame, at: 0, end: frame.count) else {
            throw Defect(.badFrame, "it is cut off")
        }
        guard header.contentBytes <= Self.maximumPieceBytes else {
            throw Defect(.frameTooLarge, "it claims \(header.contentBytes) bytes of content")
        }
        // The library would go on with a frame behind it.
        let length = frame.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
        guard length == frame.count else {
            throw Defect(.badFrame, ZSTD_isError(length) == 0 ? "bytes are behind it" : "it is cut off, or damaged")
        }
        return try decompressor.withLock { decompressor in
            Result { () throws(Defect) in try decompressor.decompress(frame, contentBytes: header.contentBytes) }
        }.get()
    }
}
