/// A table of sockets that was read from `/proc/net`, here or in a container.
public struct SocketTable: Hashable, Sendable {
    /// Which table.
    public let name: SocketTableName
    /// Its sockets, in the kernel's order.
    public internal(set) var sockets: [SocketRecord] = []
    /// Lines that were not understood: a newer kernel, text cut off, or a socket's name that holds a line feed.
    public internal(set) var unparsedLines = 0
    /// The first of those lines, at most three, cut at 256 bytes.
    public internal(set) var unparsedSamples: [RawText] = []
    /// Whether the text ended within a line, or a limit stopped the reading: there may be more sockets.
    public internal(set) var isTruncated = false

    /// An empty table.
    public init(name: SocketTableName) {
        self.name = name
    }
}

/// The order of the bytes in a machine's words. The kernel prints addresses as words of its own.
public enum ByteOrder: Hashable, Sendable {
    case littleEndian, bigEndian

    /// This machine's.
    public static var host: ByteOrder { UInt16(1).littleEndian == 1 ? .littleEndian : .bigEndian }
}

/// Reads the text of the tables under `/proc/net`.
///
/// These are plain functions of bytes: the text may come from a file here or through `exec cat /proc/net/tcp` from a
/// container on another machine. What is not understood is counted, never fatal.
public enum ProcNet {
    /// Reads the whole text of a table.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - name: which table it is.
    ///   - byteOrder: of the machine that printed it; all but s390x and a few others are little-endian.
    ///   - limit: the greatest number of sockets to keep.
    public static func parse(
        _ bytes: [UInt8], as name: SocketTableName, byteOrder: ByteOrder = .host, limit: Int = 1_000_000
    ) -> SocketTable {
        var parser = SocketTableParser(name: name, byteOrder: byteOrder, limit: limit)
        parser.push(bytes.span)
        return parser.finish()
    }
}

/// Reads a table that arrives in pieces.
public struct SocketTableParser {
    private var table: SocketTable
    private var lines = LineAssembler()
    private var decoder: SocketLineDecoder
    private let limit: Int

    /// A parser for one table; `limit` bounds the sockets that are kept.
    public init(name: SocketTableName, byteOrder: ByteOrder = .host, limit: Int = 1_000_000) {
        table = SocketTable(name: name)
        decoder = SocketLineDecoder(table: name, byteOrder: byteOrder)
        self.limit = limit
    }

    /// Whether the limit is reached, so that more text is of no use.
    public var isFull: Bool { table.sockets.count >= limit }

    /// Whether no socket has been read yet.
    package var isEmpty: Bool { table.sockets.isEmpty }

    /// Takes the next piece of the text.
    public mutating func push(_ bytes: Span<UInt8>) {
        lines.push(bytes) { line, range in Self.take(line, range, decoder, limit, &table) }
    }

    /// The table, after the last piece.
    public mutating func finish() -> SocketTable {
        let unterminated = lines.finish { line, range in Self.take(line, range, decoder, limit, &table) }
        table.unparsedLines += lines.overlongLines
        if unterminated || lines.overlongLines > 0 { table.isTruncated = true }
        return table
    }

    private static func take(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ decoder: SocketLineDecoder, _ limit: Int,
        _ table: inout SocketTable
    ) {
        if range.isEmpty || decoder.isHeading(bytes, range) { return }
        guard table.sockets.count < limit else {
            table.isTruncated = true
            return
        }
        if let socket = decoder.decode(bytes, range) {
            table.sockets.append(socket)
        } else {
            table.unparsedLines += 1
            if table.unparsedSamples.count < 3 {
                table.unparsedSamples.append(RawText(copy(bytes, range.prefix(256))))
            }
        }
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> {
        lowerBound..<Swift.min(upperBound, lowerBound + count)
    }
}
