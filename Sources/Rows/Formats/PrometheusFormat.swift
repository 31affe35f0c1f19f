internal import StructuredText

/// The text formats of metrics. Sources: Prometheus, Exposition Formats (0.0.4, and 1.0.0 with names in quotes); OpenMetrics 1.0.
///
/// Either is read whichever is said, as programs mix them; only what a time stamp counts depends on it. Exemplars are passed over.
struct PrometheusFormat: LineFormat {
    private let plan: ColumnPlan
    private let openMetrics: Bool
    private let metrics: [BytePattern]
    private let needsLabels: Bool
    /// What was said last of a family, whose samples follow.
    private var family: [UInt8] = []
    private var type: String?
    private var help: String?
    private var unit: String?
    private var isEnded = false

    private var name: [UInt8] = []
    private var labels: [(name: String, value: String)] = []

    init(_ columns: [TableColumn], openMetrics: Bool, metrics: [String]) {
        plan = ColumnPlan(columns)
        self.openMetrics = openMetrics
        self.metrics = metrics.map(BytePattern.init)
        needsLabels = !plan.labels.isEmpty || plan.parts.contains { $0.part == .labels }
    }

    mutating func read(_ line: Span<UInt8>, _ row: inout RowBuilder) -> LineOutcome {
        var cursor = PrometheusCursor()
        cursor.skipBlanks(line)
        guard cursor.position < line.count else { return .nothing }
        if isEnded { return .unread("it stands behind # EOF") }
        if line[cursor.position] == UInt8(ascii: "#") {
            takeComment(line, &cursor)
            return .nothing
        }
        labels.removeAll(keepingCapacity: true)
        do throws(PrometheusCursor.Failure) {
            try cursor.readName(line, &name)
            try cursor.readLabels(line, &name, &labels)
        } catch {
            return .unread(error.message)
        }
        guard isWanted else { return .nothing }
        cursor.skipBlanks(line)
        let value = cursor.word(line)
        guard !value.isEmpty, let number = NumberText.real(line.extracting(value)) else {
            return .unread("its value is no number")
        }
        cursor.skipBlanks(line)
        var time: Range<Int>?
        if cursor.position < line.count, line[cursor.position] != UInt8(ascii: "#") {
            time = cursor.word(line)
            cursor.skipBlanks(line)
        }
        guard cursor.position == line.count || line[cursor.position] == UInt8(ascii: "#") else {
            return .unread("something follows its time stamp")
        }
        var moment: RowTime?
        if let time {
            // Only OpenMetrics has fractions, of seconds.
            let isSeconds = openMetrics || line.extracting(time).index(of: UInt8(ascii: ".")) != nil
            moment = TimeText.time(line.extracting(time), isSeconds ? .seconds : .milliseconds)
            guard moment != nil else { return .unread("its time stamp is no time") }
        }
        fill(&row, number, line.extracting(value), moment)
        return .row
    }

    private var isWanted: Bool {
        guard !metrics.isEmpty else { return true }
        for pattern in metrics where pattern.matches(name.span) { return true }
        return false
    }

    private func fill(_ row: inout RowBuilder, _ number: Double, _ text: Span<UInt8>, _ time: RowTime?) {
        for (column, wanted) in plan.labels {
            if let label = labels.first(where: { $0.name == wanted }) {
                let bytes = Array(label.value.utf8)
                row.set(column, bytes.span)
            }
        }
        for (column, part) in plan.parts {
            switch part {
            case .metric: row.set(column, name.span)
            case .value:
                if row.columns[column].type == .real {
                    row.set(column, value: number.isNaN ? .null : .real(number))
                } else {
                    row.set(column, text)
                }
            case .timestamp: set(time, column, &row)
            case .labels:
                if row.columns[column].type == .json {
                    row.set(column, value: .json(labelsText()))
                } else {
                    row.set(column, text: labelsText())
                }
            case .type: if isOfFamily, let type { row.set(column, text: type) }
            case .help: if isOfFamily, let help { row.set(column, text: help) }
            case .unit: if isOfFamily, let unit { row.set(column, text: unit) }
            case .section, .text, .key, .index: break
            }
        }
    }

    /// A time is what it is, whatever form the column has; in a column of another type it is its words.
    private func set(_ time: RowTime?, _ column: Int, _ row: inout RowBuilder) {
        guard let time else { return }
        if case .time = row.columns[column].type {
            row.set(column, value: .time(time))
        } else {
            row.set(column, text: time.words)
        }
    }

    private func labelsText() -> String {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for (index, label) in labels.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            JSONText.append(string: label.name, to: &text)
            text.append(UInt8(ascii: ":"))
            JSONText.append(string: label.value, to: &text)
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }

    /// A sample has the name of its family, or that with one of these behind it.
    private var isOfFamily: Bool {
        guard !family.isEmpty, name.count >= family.count, name.starts(with: family) else { return false }
        if name.count == family.count { return true }
        let suffix = name[family.count...]
        return Self.suffixes.contains { suffix.elementsEqual($0) }
    }

    private static let suffixes: [[UInt8]] = [
        "_total", "_created", "_count", "_sum", "_bucket", "_gcount", "_gsum", "_info",
    ].map { Array($0.utf8) }

    // MARK: Comments

    /// `# HELP`, `# TYPE`, `# UNIT` and `# EOF`; any other is passed over.
    private mutating func takeComment(_ line: Span<UInt8>, _ cursor: inout PrometheusCursor) {
        cursor.position += 1
        cursor.skipBlanks(line)
        let keyword = line.extracting(cursor.word(line)).text
        if keyword == "EOF" {
            cursor.skipBlanks(line)
            isEnded = cursor.position == line.count
            return
        }
        guard ["HELP", "TYPE", "UNIT"].contains(keyword) else { return }
        cursor.skipBlanks(line)
        var named: [UInt8] = []
        guard (try? cursor.readName(line, &named)) != nil else { return }
        if named != family {
            family = named
            (type, help, unit) = (nil, nil, nil)
        }
        cursor.skipBlanks(line)
        let rest = line.extracting(cursor.position..<line.count)
        switch keyword {
        case "TYPE": type = rest.extracting(rest.trimmed(0..<rest.count)).text
        case "UNIT": unit = rest.extracting(rest.trimmed(0..<rest.count)).text
        default: help = PrometheusCursor.unescaped(rest).span.text
        }
    }
}
