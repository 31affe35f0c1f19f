internal import Inspection
internal import StructuredText
internal import Terminal

/// Prints what a hunt found: by indicator, the most telling first.
struct HuntPrinter: ~Copyable {
    let report: HuntReport
    let list: IndicatorList
    private var output = RenderingOutput()

    init(report: HuntReport, list: IndicatorList) {
        self.report = report
        self.list = list
    }

    mutating func write(_ format: OutputFormat) throws {
        for found in report.found {
            switch format {
            case .json: for hit in found.hits { try output.json(Self.json(hit, of: found)) }
            case .text: try writeText(found)
            }
        }
        if format == .text { try writeSummary() }
        try output.flush()
    }

    private mutating func writeText(_ found: HuntReport.Found) throws {
        let style = output.style
        let isTelling = (found.hits.first?.rank ?? .log) <= .file
        try output.line(
            style(isTelling ? .error : .warning, found.indicator.kind.rawValue) + " "
                + style(.bold, TerminalText.escaped(found.indicator.value)) + "  "
                + Quantity.count(found.count, "place", "places")
                + style(.dim, "  (\(TerminalText.escaped(HuntCheck.words(found.place))))"))
        for hit in found.hits {
            var words = hit.what
            let owner = Self.owner(hit.owner)
            if !owner.isEmpty { words += ", " + owner }
            if let source = hit.source { words += ", by the word of " + source }
            if let note = hit.note { words += " (\(note))" }
            try output.line("  " + TerminalText.escaped(words))
            try output.line("    " + TerminalText.escaped(Self.single(hit.excerpt)))
            if let place = Self.place(hit) { try output.line("    " + style(.dim, TerminalText.escaped(place))) }
        }
        let more = found.count - found.hits.count
        if more > 0 { try output.line("  … and \(Quantity.count(more, "other place", "other places"))") }
        try output.line()
    }

    private mutating func writeSummary() throws {
        let searched =
            "\(Quantity.count(list.indicators.count, "indicator", "indicators")) looked for in "
            + "\(Quantity.count(report.files, "file", "files")) with \(Quantity.bytes(report.bytes)) and in what is known of "
            + "processes, sockets, files and objects"
        if report.found.isEmpty {
            try output.line("nothing was found: \(searched). That is no proof that all is well.")
        } else {
            try output.line(
                "\(Quantity.count(report.found.count, "indicator was", "indicators were")) found, in "
                    + "\(Quantity.count(report.hits, "place", "places")): \(searched)")
        }
    }

    private static func owner(_ owner: HuntHit.Owner) -> String {
        var words = ""
        if let pod = owner.pod {
            words = (owner.namespace.map { $0 + "/" } ?? "") + pod
            if let container = owner.container { words += " " + container }
        } else if let namespace = owner.namespace {
            words = "namespace " + namespace
        }
        if let node = owner.node { words += (words.isEmpty ? "node " : " on ") + node }
        return words
    }

    /// As `exhibit cat` and editors take it.
    private static func place(_ hit: HuntHit) -> String? {
        guard let entry = hit.entry else { return nil }
        if let line = hit.line { return "\(entry):\(line)" }
        return hit.offset.map { "\(entry), byte \($0)" } ?? entry
    }

    /// Without the white space around it, which would part the lines of a hit.
    private static func single(_ text: String) -> String {
        var text = text[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }

    private static func json(_ hit: HuntHit, of found: HuntReport.Found) -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return [
            "kind": .string(found.indicator.kind.rawValue), "indicator": .string(found.indicator.value),
            "places": JSONValue(found.count), "list": .string(found.place.list),
            "listLine": JSONValue(found.place.line),
            "found": .string(hit.rank.words), "what": .string(hit.what), "namespace": text(hit.owner.namespace),
            "pod": text(hit.owner.pod), "container": text(hit.owner.container), "node": text(hit.owner.node),
            "source": text(hit.source), "entry": text(hit.entry), "line": hit.line.map { JSONValue($0) } ?? .null,
            "offset": hit.offset.map { JSONValue($0) } ?? .null, "note": text(hit.note),
            "excerpt": .string(hit.excerpt),
        ]
    }
}
