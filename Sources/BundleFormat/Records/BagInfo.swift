/// `bag-info.txt` (section 4.5): labels and values in the format's order.
public struct BagInfo: Hashable, Sendable {
    /// The exact content of `bagit.txt`.
    public static let declaration = Array("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".utf8)

    /// In the order of the format.
    private static let labels = [
        "Source-Organization", "Contact-Name", "External-Description", "External-Identifier",
        "Internal-Sender-Identifier", "Internal-Sender-Description", "Bag-Software-Agent", "Bagging-Date",
        "Bag-Group-Identifier", "Payload-Oxum",
    ]

    public var fields: [(label: String, value: String)]

    /// - Parameters:
    ///   - payloadBytes: octets of all files below `data/`.
    ///   - payloadFiles: their number.
    ///   - bagged: wall time in nanoseconds since 1970-01-01 UTC.
    public init(opening: OpeningRecord, payloadBytes: UInt64, payloadFiles: UInt64, bagged: Int64) {
        let record = opening.caseRecord
        let values: [(String, String?)] = [
            ("Contact-Name", record.operator),
            ("External-Description", record.purpose),
            ("External-Identifier", record.evidence),
            ("Internal-Sender-Identifier", record.id),
            ("Internal-Sender-Description", record.authorisation),
            ("Bag-Software-Agent", "\(opening.tool.name) \(opening.tool.version)"),
            ("Bagging-Date", Timestamp.dateText(bagged)),
            ("Bag-Group-Identifier", opening.bundle.rawValue),
            ("Payload-Oxum", "\(payloadBytes).\(payloadFiles)"),
        ]
        fields = values.compactMap { label, value in
            let clean = Self.clean(value ?? "")
            return clean.isEmpty ? nil : (label, clean)
        }
    }

    /// Reads the file; every line must be `Label: value`, with the format's labels in the format's order, and values as it
    /// wants them.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        let doing = "reading bag-info.txt"
        guard bytes.last == 0x0A, let text = String(validating: bytes, as: UTF8.self) else {
            throw FormatError(doing: doing, reason: "it is not UTF-8 that ends in a line end")
        }
        fields = []
        var next = 0
        for line in text.unicodeScalars.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            guard let colon = line.firstIndex(of: ":"), line[colon...].starts(with: ": ".unicodeScalars) else {
                throw FormatError(doing: doing, reason: "a line is not `Label: value`")
            }
            let field = (label: String(line[..<colon]), value: String(line[colon...].dropFirst(2)))
            guard let position = Self.labels[next...].firstIndex(of: field.label) else {
                throw FormatError(
                    doing: doing, subject: field.label, reason: "it is no label of the format, or not in its order")
            }
            guard !field.value.isEmpty, field.value == Self.clean(field.value) else {
                throw FormatError(
                    doing: doing, subject: field.label,
                    reason: "the value is empty, has control characters, or white space at an end")
            }
            next = position + 1
            fields.append(field)
        }
    }

    public subscript(_ label: String) -> String? {
        fields.first { $0.label == label }?.value
    }

    public func encoded() -> [UInt8] {
        fields.flatMap { "\($0.label): \($0.value)\n".utf8 }
    }

    public static func == (left: BagInfo, right: BagInfo) -> Bool {
        left.encoded() == right.encoded()
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(encoded())
    }

    /// Control characters and line separators as spaces, none at either end.
    private static func clean(_ value: String) -> String {
        let scalars = value.unicodeScalars.map { scalar -> Unicode.Scalar in
            let isBreak = scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
            return isBreak ? " " : scalar
        }
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let head = scalars.drop(while: isSpace)
        guard let last = head.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(String.UnicodeScalarView(head[...last]))
    }
}
