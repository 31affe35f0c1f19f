import Foundation
import StructuredText
import Testing

/// What is written from an API server's JSON, read back by two readers that share no code: PyYAML (YAML 1.1, with its own
/// scanner and with libyaml's) and YAML::PP (YAML 1.2).
@Suite("YAML as others read it")
struct YAMLReadersTests {
    @Test(
        "PyYAML reads what Python's json reads: values, their types, their order, and the digits of numbers",
        .enabled(if: PyYAML.isAvailable, "python3 with PyYAML is not installed"))
    func pyYAML() throws {
        let documents = try Self.corpus + Self.raw.map { try Document(Array($0.utf8)) }
        let report = try PyYAML.compare(
            documents.map { [.string($0.json), .string(String(decoding: $0.yaml, as: UTF8.self))] })
        #expect(report == "same \(documents.count)\n")
    }

    @Test(
        "YAML::PP reads the same values, types, order and digits",
        .enabled(if: PerlYAML.isAvailable, "perl with YAML::PP is not installed"))
    func perl() throws {
        let documents = try Self.corpus + Self.raw.map { try Document(Array($0.utf8)) }
        let lines = try PerlYAML.read(documents.map(\.yaml))
        try #require(lines.count == documents.count)
        for (document, line) in zip(documents, lines) where line != PerlYAML.told(document.value) {
            let written = String(reflecting: String(decoding: document.yaml, as: UTF8.self))
            Issue.record("\(document.json.prefix(400))\nas \(written.prefix(400))\nis \(line.prefix(400))")
        }
    }

    /// A JSON text and what is written for it.
    struct Document {
        var json: String
        let value: JSONValue
        var yaml: [UInt8] = []

        /// - Parameter indent: as an element of a list at this column, with another behind it.
        init(_ json: [UInt8], elementAt indent: Int? = nil) throws {
            let value = try JSONValue(parsing: json)
            self.json = String(decoding: json, as: UTF8.self)
            try YAML.append(json: json, to: &yaml, indent: indent ?? 0, sequenceItem: indent != nil)
            self.value = indent == nil ? value : [value, ["after": 1]]
            if let indent {
                try YAML.append(json: #"{"after":1}"#.utf8, to: &yaml, indent: indent, sequenceItem: true)
                self.json = "[\(self.json),{\"after\":1}]"
            }
        }
    }

    static var corpus: [Document] {
        get throws {
            var generator = JSONGenerator(seed: 42)
            var values = (0..<600).map { _ in generator.value() }
            // Every text in every place: alone, as an element, behind a key, and as a key.
            values += JSONGenerator.awkward.flatMap { text -> [JSONValue] in
                [
                    .string(text), [.string(text), 1], ["k": .string(text), "l": 1],
                    .object([text: [.string(text)], "z": 1]), .object(["z": .object([text: [:]])]),
                ]
            }
            values += JSONGenerator.numbers.map {
                ["n": .number($0), "s": .string($0), "l": [.number($0), .string($0)]]
            }
            values.append(deep)
            return try values.enumerated().map { number, value in
                try Document(value.serialized(), elementAt: number.isMultiple(of: 3) ? number % 2 * 2 : nil)
            }
        }
    }

    /// So deep that it is written in flow style.
    private static var deep: JSONValue {
        var deep: JSONValue = ["x": 1]
        for level in 0..<50 {
            deep =
                level.isMultiple(of: 2)
                ? [deep, "y"]
                : ["k\n": deep, "l": .string(String(repeating: "q", count: 200)), "<<": "~", "n": .number("1e400")]
        }
        return deep
    }

    /// Texts whose escapes a serializer would not write so.
    private static let raw = [
        #"{"\u0079es":"\u006eo","\u003c\u003c":{"a":1},"nul\u006C":null,"\/":"\/"}"#,
        #"{"lone":"\ud800","swapped":"\udc00\ud800","cut":"\ud83d\u0041","pair":"\ud83d\ude00","\udfff":1}"#,
        #"{"nel":"a\u0085b","bom":"\ufeffa","sep":"\u2028\n\u2029","del":"\u007f","none":"\ufdd0\ufdef\ud83f\udffe","c1":"\u0080\u009f"}"#,
        #"["a\u000ab\u000a","a\u000d\u000ab","\u0000","\b\f\u000b","\t\n","a\n\t","\ta\n"]"#,
        #" { "b" : 1 , "a" : [ 1.50 , -0.0 , 1E+02 , 0.1e-7 ] , "" : { "" : "" } } "#,
    ]
}
