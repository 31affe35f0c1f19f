internal import Bundle
internal import BundleFormat
internal import StructuredText
internal import Terminal

/// What was added to the records of a bundle.
struct AdditionReport {
    let addition: Attestor.Addition
    let bundle: String

    /// A time stamp that was asked for and could not be had costs nothing else, but the exit code says so.
    var status: ExitStatus { addition.lackingTimestamp == nil ? .ok : .withoutTimestamp }

    func lines(_ style: TerminalStyle) -> [String] {
        var lines = addition.records.map { record in
            "\(style(.bold, "record"))    \(record.number): \(RecordText(record).summary)"
        }
        lines.append("\(style(.bold, "in"))        \(TerminalText.escaped(addition.sidecar))")
        lines.append("\(style(.bold, "Seal ID"))   \(addition.seal)")
        if let time = addition.stampedAt {
            lines.append("\(style(.bold, "stamped"))   \(Timestamp.text(seconds: time))")
        }
        if let failure = addition.lackingTimestamp {
            lines.append(style(.warning, "no time stamp: \(TerminalText.escaped(failure.description))"))
            lines.append(style(.dim, "later: exhibit timestamp \(ShellText.quoted(bundle)) --tsa URL"))
        }
        if let fragment = addition.fragment {
            lines.append(
                style(
                    .warning,
                    "half a record, which an append left that was cut off, was moved to \(TerminalText.escaped(fragment))"
                ))
        }
        return lines
    }

    var json: JSONValue {
        [
            "records": .array(addition.records.map { RecordText($0).json }), "file": .string(addition.sidecar),
            "sealID": .string("\(addition.seal)"),
            "stampedAt": addition.stampedAt.map { .string(Timestamp.text(seconds: $0)) } ?? .null,
            "lackingTimestamp": addition.lackingTimestamp.map { .string($0.description) } ?? .null,
            "fragment": addition.fragment.map { .string($0) } ?? .null, "exitCode": JSONValue(status.rawValue),
        ]
    }

    /// Prints it. The record is there, whether somebody still reads or not.
    func print(_ format: OutputFormat) throws -> ExitStatus {
        var output = RenderingOutput()
        switch format {
        case .text: try output.lines(lines(output.style))
        case .json: try output.json(json)
        }
        output.finish(saying: "\(addition.records.count) records were added to \(addition.sidecar)")
        return status
    }
}
