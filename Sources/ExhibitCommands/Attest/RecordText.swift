internal import BundleFormat
internal import Cryptography
internal import StructuredText
internal import Terminal

/// A record in words, escaped, and as JSON. Whatever it says of people and places is a claim.
struct RecordText {
    let record: AttestationRecord

    init(_ record: AttestationRecord) {
        self.record = record
    }

    /// One line.
    var summary: String {
        switch record.body {
        case .signature(let signature): "\(signature.form.rawValue) signature over \(Self.text(signature.over))"
        case .timestamp(let stamp): "time stamp over \(Self.text(stamp.over))"
        case .custody(let custody): Self.words(custody)
        case .note(let text, let entry): "note\(Self.about(entry)): \(TerminalText.escaped(text))"
        case .dismissal(let finding, let text, let entry):
            "finding \(TerminalText.escaped(finding)) dismissed\(Self.about(entry)): \(TerminalText.escaped(text))"
        case .unknown(let kind, _): "of the kind \(TerminalText.escaped(kind)), which this version does not know"
        }
    }

    private static func words(_ custody: AttestationRecord.Custody) -> String {
        var text = "custody: \(TerminalText.escaped(custody.action))"
        for (word, value) in [("from", custody.from), ("to", custody.to), ("at", custody.place)] {
            if let value { text += " \(word) \(TerminalText.escaped(value))" }
        }
        if let file = custody.file { text += " (the file was sha256 \(file.hex))" }
        if let note = custody.text { text += ": \(TerminalText.escaped(note))" }
        return text
    }

    private static func about(_ entry: EntryPath?) -> String {
        entry.map { " on \($0)" } ?? ""
    }

    static func text(_ subject: AttestationRecord.Subject) -> String {
        switch subject {
        case .seal: "the seal"
        case .record(let number): "record \(number)"
        case .file(let path): path.rawValue
        }
    }

    var json: JSONValue {
        var object: JSONObject = [
            "record": JSONValue(record.number), "time": .string(Timestamp.text(record.time)),
            "kind": .string(record.body.kind), "by": .string(record.by),
        ]
        switch record.body {
        case .signature(let signature):
            object["type"] = .string(signature.form.rawValue)
            object["over"] = .string(Self.text(signature.over))
        case .timestamp(let stamp): object["over"] = .string(Self.text(stamp.over))
        case .custody(let custody):
            for (name, value) in [
                ("action", custody.action), ("from", custody.from), ("to", custody.to), ("place", custody.place),
                ("file", custody.file?.hex), ("text", custody.text),
            ] {
                if let value { object[name] = .string(value) }
            }
        case .note(let text, let entry):
            object["text"] = .string(text)
            if let entry { object["entry"] = .string(entry.rawValue) }
        case .dismissal(let finding, let text, let entry):
            object["finding"] = .string(finding)
            object["text"] = .string(text)
            if let entry { object["entry"] = .string(entry.rawValue) }
        case .unknown(_, let body): object["body"] = .object(body)
        }
        return .object(object)
    }
}
