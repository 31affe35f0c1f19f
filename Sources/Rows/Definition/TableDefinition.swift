/// How an output becomes rows: which file of a collector, in which format, and what the columns are.
///
/// It is data, and may come from a bundle that somebody forged: ``Bounds`` hold for every one.
public struct TableDefinition: Sendable, Hashable {
    /// What SQL calls it: see ``TableNames``.
    public var name: String
    /// Which files of the collector: the last part of their path, `*` and `?` as in patterns of names.
    public var from: String
    public var format: TableFormat
    public var columns: [TableColumn]
    /// How a file is cut into sections, for formats of lines; nil when it is one piece.
    public var sections: TableSections?
    /// Lines that are neither rows nor unreadable: patterns. For formats of lines.
    public var ignored: [String]
    /// Where it begins in the definition's file, from 1; nil when it came from none.
    public var line: Int?

    public init(
        name: String, from: String, format: TableFormat, columns: [TableColumn], sections: TableSections? = nil,
        ignored: [String] = [], line: Int? = nil
    ) {
        self.name = name
        self.from = from
        self.format = format
        self.columns = columns
        self.sections = sections
        self.ignored = ignored
        self.line = line
    }

    /// What no definition may exceed, wherever it is from.
    public enum Bounds {
        /// Of one collector.
        public static let tables = 32
        /// Of one table.
        public static let columns = 256
        /// Members on the way to a value in JSON.
        public static let pathSegments = 16
        /// Patterns of a list.
        public static let patterns = 32
        /// The highest number of a field in a line.
        public static let fields = 1_000
    }
}

/// Sections of a file, each begun by a line that is a heading, as `head` and `tail` write them: `==> NAME <==`.
public struct TableSections: Sendable, Hashable {
    /// Which lines are headings: patterns with one `*`, whose text is the section's name. Blanks before a heading do not count.
    public var headings: [String]
    /// Patterns of names of the sections that have rows; empty for all.
    public var wanted: [String]
    /// The line of a section behind which its rows stand, blanks at its ends aside; nil where they follow the heading.
    public var after: String?
    /// The line, behind that, at which they end; nil where they go on to the section's end.
    public var before: String?

    public init(
        headings: [String] = ["==> * <=="], wanted: [String] = [], after: String? = nil, before: String? = nil
    ) {
        self.headings = headings
        self.wanted = wanted
        self.after = after
        self.before = before
    }
}

/// How the text of an output is cut into rows and cells.
public enum TableFormat: Sendable, Hashable {
    /// One JSON text (RFC 8259). `rows` leads to the rows; see ``JSONRowPath``.
    case json(rows: [String])
    /// A JSON text in each line.
    case jsonLines(rows: [String])
    /// RFC 4180, leniently: as Python's `csv` reads it. `headings` lines come first; the first names the columns.
    case csv(separator: UInt8, headings: Int)
    /// Fields between tabs, as PostgreSQL's `COPY … TO` and ClickHouse write them: `\t`, `\n`, `\\` …, `\N` for null.
    case tsv(escapes: Bool, headings: Int, leastFields: Int)
    /// A key, a separator and a value.
    case keyValue(separator: [UInt8], row: KeyValueRow)
    /// Fields between blanks, as in `/proc` and the output of `ps` and `df`.
    case fields(headings: Int, leastFields: Int)
    /// The text formats of Prometheus (0.0.4) and OpenMetrics (1.0): a row for each sample.
    case prometheus(openMetrics: Bool, metrics: [String])

    /// What a row of keys and values is made of.
    public enum KeyValueRow: Sendable, Hashable {
        /// All of the output, or of a section.
        case output
        /// Lines up to an empty one.
        case paragraph
        /// Every line; pairs stand between these bytes. A value may be in double quotes.
        case line(between: [UInt8])
        /// Every pair.
        case pair
    }

    /// As definitions write it.
    public var name: String {
        switch self {
        case .json: "json"
        case .jsonLines: "jsonl"
        case .csv: "csv"
        case .tsv: "tsv"
        case .keyValue: "keyvalue"
        case .fields: "proc"
        case .prometheus(let openMetrics, _): openMetrics ? "openmetrics" : "prometheus"
        }
    }
}
