internal import FoundationEssentials
internal import Inspection
internal import StructuredText
internal import Terminal

/// Prints what was found in one file.
// why: it is handed from task to task, but only one at a time uses it.
final class GrepPrinter: GrepReport, @unchecked Sendable {
    /// The same for all files.
    struct Form: Sendable {
        var flags: GrepFlags
        var isJSON: Bool
    }

    private let path: String
    private let form: Form
    private let output: OrderedOutput
    private let outcome: GrepOutcome
    private let place: Int
    private let style: TerminalStyle
    /// Whether what could steer a terminal is spelt out.
    private let isEscaping: Bool
    private var bytes: [UInt8] = []

    private static let bufferBytes = 32 << 10

    init(_ path: String, _ form: Form, _ output: OrderedOutput, _ outcome: GrepOutcome) {
        self.path = path
        self.form = form
        self.output = output
        self.outcome = outcome
        place = output.begin()
        style = TerminalStyle(isEnabled: output.hasStyle && !form.isJSON)
        isEscaping = output.isTerminal || output.hasStyle
    }

    func line(_ line: GrepLine) throws {
        if form.isJSON {
            json(line)
        } else if form.flags.onlyMatches {
            if !form.flags.isInverted {
                line.matches { match in
                    prefix(line)
                    text(line.text[match], isMatch: true)
                    bytes.append(0x0A)
                }
            }
        } else {
            if line.followsGap { bytes += "\(style(.dim, "--"))\n".utf8 }
            prefix(line)
            whole(line)
            bytes.append(0x0A)
        }
        if bytes.count >= Self.bufferBytes { try write() }
    }

    func end(_ result: GrepResult) throws {
        let flags = form.flags
        if flags.listsFiles && result.selected > 0 || flags.listsOthers && result.selected == 0 && result.problem == nil
        {
            summary(words: path, ["path": .string(path)])
        } else if flags.countsLines, result.selected > 0 {
            let words = flags.hidesPath ? "\(result.selected)" : "\(path):\(result.selected)"
            summary(words: words, ["path": .string(path), "count": JSONValue(result.selected)])
        } else if result.isBinary {
            summary(words: "\(path): binary file matches", ["path": .string(path), "binary": .bool(true)])
        }
        try write()
        try output.end(place)
        outcome.add(result, path)
    }

    private func write() throws {
        guard !bytes.isEmpty else { return }
        try output.write(bytes, of: place)
        bytes.removeAll(keepingCapacity: true)
    }

    private func summary(words: String, _ object: JSONValue) {
        if form.isJSON {
            bytes += json(object)
        } else {
            bytes += words.utf8
        }
        bytes.append(0x0A)
    }

    // MARK: Text

    /// As grep(1) has it: a colon behind path and number of a line that was selected, else a hyphen.
    private func prefix(_ line: GrepLine) {
        let mark = line.isSelected ? ":" : "-"
        if !form.flags.hidesPath { bytes += "\(style(.bold, path))\(style(.dim, mark))".utf8 }
        if line.number > 0 { bytes += "\(style(.ok, "\(line.number)"))\(style(.dim, mark))".utf8 }
    }

    private func whole(_ line: GrepLine) {
        var start = 0
        if style.isEnabled, line.isSelected, !form.flags.isInverted {
            line.matches { match in
                text(line.text[start..<match.lowerBound], isMatch: false)
                text(line.text[match], isMatch: true)
                start = match.upperBound
            }
        }
        text(line.text[start...], isMatch: false)
        if line.isCut { bytes += style(.dim, " [cut: the line is too long]").utf8 }
    }

    private func text(_ text: Slice<UnsafeRawBufferPointer>, isMatch: Bool) {
        guard isEscaping else {
            bytes.append(contentsOf: text)
            return
        }
        let safe = TerminalText.escaped(bytes: text, keeping: .tab)
        if isMatch, style.isEnabled {
            bytes += style(.error, String(decoding: safe, as: UTF8.self)).utf8
        } else {
            bytes += safe
        }
    }

    // MARK: JSON

    private func json(_ value: JSONValue) -> [UInt8] {
        isEscaping ? RenderingOutput.asciiOnly(value.serialized()) : value.serialized()
    }

    private func json(_ line: GrepLine) {
        var object = JSONObject()
        object["path"] = .string(path)
        if line.number > 0 { object["line"] = JSONValue(line.number) }
        let content = Array(line.text)
        if let text = String(validating: content, as: UTF8.self) {
            object["text"] = .string(text)
        } else {
            object["base64"] = .string(Data(content).base64EncodedString())
        }
        if line.isSelected, !form.flags.isInverted {
            var matches: [JSONValue] = []
            line.matches { matches.append(.array([JSONValue($0.lowerBound), JSONValue($0.upperBound)])) }
            object["matches"] = .array(matches)
        }
        if !line.isSelected { object["context"] = .bool(true) }
        if line.isCut { object["cut"] = .bool(true) }
        bytes += json(.object(object))
        bytes.append(0x0A)
    }
}
