internal import Inspection
internal import Rows
internal import StructuredText
internal import Terminal

/// `exhibit logs --top`: what the logs say, in short.
struct TopReport {
    let digest: LogDigest
    /// Rows of each section.
    let most: Int

    private static let errors: Set<LogLine.Level> = [.error, .fatal]
    private static let warnings: Set<LogLine.Level> = [.warning]

    func write(_ format: OutputFormat) throws {
        let top = TopMessages(digest)
        var output = RenderingOutput()
        switch format {
        case .json: try writeJSON(top, &output)
        case .text: try writeText(top, &output)
        }
        try output.flush()
    }

    // MARK: For people

    private func writeText(_ top: TopMessages, _ output: inout RenderingOutput) throws {
        try output.line("\(Quantity.count(digest.lines, "line", "lines"))")
        try section("Errors", top.of(Self.errors), &output)
        try section("Warnings", top.of(Self.warnings), &output)
        try section("Other messages", top.others(than: Self.errors.union(Self.warnings)), &output)
        guard digest.requests.count > 0 else { return }
        let requests = digest.requests
        try output.line()
        try output.line(output.style(.bold, "Requests") + "  \(Quantity.count(requests.count))")
        try output.line(
            "  by status: "
                + requests.byStatus.sorted { $0.key < $1.key }.map { "\($0.key) \(Quantity.count($0.value))×" }
                .joined(separator: ", "))
        for (kind, count) in failed.prefix(most) {
            try output.line(
                shown("  \(padded(count))  \(kind.status) \(kind.method ?? "") \(kind.path ?? "")", output.width))
        }
        if failed.count > most { try output.line("  and \(Quantity.count(failed.count - most)) others that failed") }
        if requests.failedOthers > 0 {
            try output.line(
                "  and \(Quantity.count(requests.failedOthers, "request", "requests")) that failed, of kinds that are not kept"
            )
        }
        guard !requests.slowest.isEmpty else { return }
        try output.line()
        try output.line(output.style(.bold, "Slowest requests"))
        for slow in requests.slowest.prefix(most) {
            let words = [slow.request.status.map { "\($0)" }, slow.request.method, slow.request.path].compactMap { $0 }
            try output.line(
                shown(
                    "  \(milliseconds(slow))  \(words.joined(separator: " "))  \(source(slow.place))"
                        + (slow.time.map { "  \(Self.short($0.words))" } ?? ""), output.width))
        }
    }

    private func section(
        _ title: String, _ section: TopMessages.Section, _ output: inout RenderingOutput
    ) throws {
        guard section.lines > 0 else { return }
        let messages = section.messages
        try output.line()
        try output.line(
            output.style(.bold, title)
                + "  \(Quantity.count(section.lines, "line", "lines")), "
                + "\(section.otherLines > 0 ? "more than " : "")\(Quantity.count(messages.count)) different")
        for message in messages.prefix(most) {
            let pattern = message.pattern.isEmpty ? "(empty lines)" : message.pattern
            try output.line(shown("  \(padded(message.count))  \(pattern)", output.width))
            var about: [String] = []
            if let first = message.first, let last = message.last {
                about.append(first == last ? Self.short(first) : "\(Self.short(first)) to \(Self.short(last))")
            }
            if let source = message.sources.first {
                about.append(
                    source.name + (message.sources.count > 1 ? " and \(message.sources.count - 1) more" : ""))
            }
            about.append("\(message.entry):\(message.line)")
            try output.line(
                output.style(
                    .dim, TerminalText.escaped(String(repeating: " ", count: 12) + about.joined(separator: "  "))))
        }
        if messages.count > most {
            try output.line("  and \(Quantity.count(messages.count - most)) others: --top \(messages.count) shows all")
        }
        if section.otherLines > 0 {
            try output.line(
                "  and \(Quantity.count(section.otherLines, "line", "lines")) with seldom messages, of which there are too many"
            )
        }
    }

    private var failed: [(key: RequestTally.Kind, value: Int)] {
        digest.requests.failed.sorted {
            ($1.value, $0.key.status, $0.key.path ?? "") < ($0.value, $1.key.status, $1.key.path ?? "")
        }
    }

    private func padded(_ count: Int) -> String {
        let text = Quantity.count(count)
        return String(repeating: " ", count: max(0, 7 - text.count)) + text + "×"
    }

    private func milliseconds(_ slow: RequestTally.Slow) -> String {
        let text = "\(Int((slow.request.milliseconds ?? 0).rounded())) ms"
        return String(repeating: " ", count: max(0, 11 - text.count)) + text
    }

    private func shown(_ text: String, _ width: Int?) -> String {
        let safe = TerminalText.escaped(text)
        return width.map { DisplayWidth.truncated(safe, to: max($0, 20)) } ?? safe
    }

    private func source(_ place: LogPlace) -> String {
        "\(place.namespace)/\(place.pod)" + (place.container.map { "/\($0)" } ?? "")
    }

    /// To the second.
    private static func short(_ time: String) -> String { time.prefix(19) + "Z" }

    // MARK: For programs

    /// One object with everything.
    private func writeJSON(_ top: TopMessages, _ output: inout RenderingOutput) throws {
        let errors = top.of(Self.errors), warnings = top.of(Self.warnings)
        let others = top.others(than: Self.errors.union(Self.warnings))
        func texts(_ section: TopMessages.Section) -> JSONValue { .array(section.messages.map(Self.json)) }
        let requests = digest.requests
        let byStatus = requests.byStatus.sorted { $0.key < $1.key }.map { ("\($0.key)", JSONValue($0.value)) }
        let failures = failed.map { kind, count -> JSONValue in
            [
                "status": JSONValue(kind.status), "method": Self.text(kind.method), "path": Self.text(kind.path),
                "count": JSONValue(count),
            ]
        }
        let slowest = requests.slowest.map { slow -> JSONValue in
            [
                "milliseconds": .number("\(slow.request.milliseconds ?? 0)"), "method": Self.text(slow.request.method),
                "path": Self.text(slow.request.path),
                "status": slow.request.status.map { JSONValue($0) } ?? .null,
                "namespace": .string(slow.place.namespace), "pod": .string(slow.place.pod),
                "container": Self.text(slow.place.container), "time": Self.text(slow.time?.words),
                "entry": .string(slow.entry), "line": JSONValue(slow.line),
            ]
        }
        try output.json([
            "lines": JSONValue(digest.lines),
            "errors": texts(errors), "warnings": texts(warnings), "others": texts(others),
            // Lines of each level, and those whose messages are left out, as there are too many different ones.
            "errorLines": JSONValue(errors.lines), "errorLinesLeftOut": JSONValue(errors.otherLines),
            "warningLines": JSONValue(warnings.lines), "warningLinesLeftOut": JSONValue(warnings.otherLines),
            "otherLines": JSONValue(others.lines), "otherLinesLeftOut": JSONValue(others.otherLines),
            "requests": [
                "count": JSONValue(requests.count), "byStatus": .object(JSONObject(byStatus)),
                "failed": .array(failures), "failedOthers": JSONValue(requests.failedOthers),
                "slowest": .array(slowest),
            ],
        ])
    }

    private static func json(_ message: TopMessages.Message) -> JSONValue {
        [
            "level": text(message.level?.rawValue), "pattern": .string(message.pattern),
            "count": JSONValue(message.count), "first": text(message.first), "last": text(message.last),
            "sources": .array(
                message.sources.map { ["source": .string($0.name), "count": JSONValue($0.count)] }),
            "example": .string(message.example), "entry": .string(message.entry), "line": JSONValue(message.line),
        ]
    }

    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
