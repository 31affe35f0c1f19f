internal import Glibc
package import LinuxHost

/// Turns the lines of a container runtime's log file into what the kubelet makes of them for `pods/log`.
///
/// A line of the file is `TIME STREAM TAGS CONTENT`, as in `2016-10-06T00:17:09.669794202Z stderr P a piece of a line`; the first of
/// the tags, which `:` separates, is `F` for the end of a line and `P` for a piece that more follow. The kubelet leaves out stream and
/// tags, joins the pieces, and drops lines of any other form; so does this, but it counts them. Memory is bounded, however long a
/// line is.
///
/// Source: k8s.io/cri-client, pkg/logs/logs.go (parseCRILog, ReadLogs).
package struct ContainerLogDecoder {
    private enum Place {
        case header
        case content(isPiece: Bool, isEmpty: Bool)
        /// A line that is not wanted, or none of the format.
        case passed
    }

    /// Whether each line begins with its time, with nine digits of the second.
    package let timestamps: Bool
    /// Lines from before are left out, and pieces of lines, as the kubelet does it; nil: none is.
    package let since: Timestamp?
    /// Lines that are not of the format, after one that is.
    package private(set) var otherLines = 0
    /// True once a line was found to be of the format.
    package private(set) var hasBegun = false

    private var place = Place.header
    /// The beginning of a header that goes on in the next chunk.
    private var carried: [UInt8] = []
    /// False in the midst of a line that came in pieces.
    private var isAtLineStart = true

    package init(timestamps: Bool, since: Timestamp? = nil) {
        self.timestamps = timestamps
        self.since = since
    }

    /// Appends what becomes of a chunk, which may be cut anywhere.
    ///
    /// - Returns: false when the first line is of another format: then nothing was appended.
    package mutating func decode(_ chunk: ArraySlice<UInt8>, into output: inout [UInt8]) -> Bool {
        guard !carried.isEmpty else { return chunk.withUnsafeBufferPointer { decode($0, into: &output) } }
        let joined = carried + chunk
        carried = []
        return joined.withUnsafeBufferPointer { decode($0, into: &output) }
    }

    /// Takes the end of the file: a line that has only just begun is none of the format.
    package mutating func finish() {
        if hasBegun, !carried.isEmpty { otherLines += 1 }
        carried = []
    }

    private mutating func decode(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            if case .header = place {
                let rest = UnsafeBufferPointer(rebasing: bytes[at...])
                switch ContainerLogHeader.read(rest) {
                case .whole(let header):
                    hasBegun = true
                    at += header.count
                    if let since, header.time(of: rest) < since {
                        place = .passed
                    } else {
                        if timestamps, isAtLineStart { header.appendTime(of: rest, to: &output) }
                        place = .content(isPiece: header.isPiece, isEmpty: true)
                    }
                case .goesOn:
                    carried = Array(rest)
                    return true
                case .other:
                    guard hasBegun else { return false }
                    otherLines += 1
                    place = .passed
                }
            }
            let end = Self.newline(in: bytes, from: at)
            if case .content(let isPiece, let wasEmpty) = place {
                let content = bytes[at..<(end ?? bytes.count)]
                output.append(contentsOf: content)
                place = .content(isPiece: isPiece, isEmpty: wasEmpty && content.isEmpty)
                if end != nil {
                    if !isPiece { output.append(0x0A) }
                    isAtLineStart = !isPiece || (wasEmpty && content.isEmpty)
                }
            }
            guard let end else { return true }
            place = .header
            at = end + 1
        }
        return true
    }

    private static func newline(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, 0x0A, bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
