internal import BundleFormat
internal import Glibc

/// Cuts content that comes in pieces into lines. Memory is bounded by the longest line.
struct LineSplitter: Sendable {
    private let limit: Int
    private var rest: [UInt8] = []

    /// - Parameter limit: the longest line with its LF, in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Hands out each line that is complete, without its LF.
    mutating func push(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var start = bytes.startIndex
        while let end = Self.lineEnd(bytes[start...]) {
            if rest.isEmpty {
                guard end - start < limit else { throw tooLong }
                try body(bytes[start..<end])
            } else {
                guard rest.count + end - start < limit else { throw tooLong }
                rest += bytes[start..<end]
                try body(rest[...])
                rest.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        guard rest.count + bytes.endIndex - start < limit else { throw tooLong }
        rest += bytes[start...]
    }

    private static func lineEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { text in
            guard let start = text.baseAddress, let end = memchr(start, 0x0A, text.count) else { return nil }
            return bytes.startIndex + (UnsafeRawPointer(end) - start)
        }
    }

    /// Call at the end of the content: the last line must be complete.
    func finish() throws(FormatError) {
        guard rest.isEmpty else { throw FormatError(doing: "reading lines", reason: "the last line has no end") }
    }

    private var tooLong: FormatError {
        FormatError(code: .tooLarge, doing: "reading lines", reason: "a line is longer than \(limit) bytes")
    }
}
