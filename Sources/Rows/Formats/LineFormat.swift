/// A format that is read line by line.
protocol LineFormat: Sendable {
    /// Reads a line. What it finds goes into `row`, which is cleared when a row was handed out.
    mutating func read(_ line: Span<UInt8>, _ row: inout RowBuilder) -> LineOutcome
    /// A section begins: headings may follow.
    mutating func beginSection()
    /// The section or the file ends: whether `row` is one that was still open.
    mutating func end(_ row: inout RowBuilder) -> LineOutcome
    /// Whether a row has begun that further lines belong to.
    var isOpen: Bool { get }
    /// Headings that columns name and the file has not.
    var absentHeadings: [String] { get }
}

enum LineOutcome {
    /// It is no row, or part of one that goes on.
    case nothing
    /// It ends a row.
    case row
    /// It cannot be read, for this reason.
    case unread(String)
}

extension LineFormat {
    mutating func beginSection() {}
    mutating func end(_ row: inout RowBuilder) -> LineOutcome { .nothing }
    var isOpen: Bool { false }
    var absentHeadings: [String] { [] }
}
