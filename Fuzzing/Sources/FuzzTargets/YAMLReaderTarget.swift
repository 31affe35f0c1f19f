internal import StructuredText
internal import Yams

extension FuzzTarget {
    /// YAML as JSON: what is taken, libyaml takes for the same value.
    static let yamlReader = FuzzTarget("yaml-reader") {
        [
            ("object", Array(sampleYAML.utf8)),
            ("item", Array("  kind: Pod\n  spec:\n  - - a\n    - 'it''s'\n    -\n      b: c # d\n".utf8)),
            ("blocks", Array("a: |2-\n   b\n\n  c\nd: >+\n  e\n  f\n\n   g\n\n".utf8)),
            ("quotes", Array("- \"a\\\n  \\ b\n\n  \\x41\\u00e9\\U0001F600\"\n- 'c\n  d'\n- e\n  f\n".utf8)),
            ("flow", Array("--- # c\n{\"a\": [1, b, {c: }], ? d : 'e',\n f}\n...\n".utf8)),
            ("keys", Array("? a\n: - b\n? |\n  c\n:\n- d\n\"e\" : 0x1F\n80: 1_000\n".utf8)),
            ("scalars", Array("- ~\n- yes\n- 017\n- 5.\n- +1e5\n- .inf\n- 10.0.0.1\n- 2001-01-01\n".utf8)),
        ]
    } run: { input in
        var output: [UInt8] = [0x23]
        var reader = YAMLReader()
        guard accepted({ try reader.append(yaml: input, to: &output) }) != nil else {
            return require(output == [0x23], "after an error nothing is written")
        }
        let json = Array(output.dropFirst())
        require(json.count <= 8 * input.count + 4, "JSON is not much larger than its YAML")
        guard let value = accepted({ try JSONValue(parsing: json) }) else {
            return require(false, "what is written is JSON")
        }
        require(value.serialized() == json, "JSON is written compactly")
        if let again = accepted({ try YAMLReader.json(of: json) }) {
            require(again == json, "JSON, which is YAML, is read as itself")
        }
        guard let text = String(validating: input, as: UTF8.self) else {
            return require(false, "what is taken is UTF-8")
        }
        do {
            let node = try Yams.compose(yaml: text)
            require(isSame(node, value), "libyaml takes it for the same value: \(text.debugDescription)")
        } catch {
            require(false, "libyaml takes it: \(error), \(text.debugDescription)")
        }
    }

    private static func isSame(_ node: Node?, _ value: JSONValue) -> Bool {
        guard let node else { return value == .null }
        switch value {
        case .array(let elements):
            guard let found = node.sequence, found.count == elements.count else { return false }
            return zip(found, elements).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let found = node.mapping, found.count == members.count else { return false }
            return zip(found, members).allSatisfy { isSame($0.key, text: $1.key) && isSame($0.value, $1.value) }
        case .string(let text):
            return isSame(node, text: text)
        case .null, .bool, .number:
            // Which plain scalars are which of these, YAML 1.1 and go-yaml do not agree on.
            return node.scalar?.style == .plain
        }
    }

    /// Foundation, through which Yams makes its strings, takes a byte order mark at the front of one for none.
    private static func isSame(_ node: Node, text: String) -> Bool {
        guard let found = node.scalar?.string else { return false }
        return found.utf8.elementsEqual(text.utf8)
            || text.unicodeScalars.first == "\u{FEFF}"
                && found.unicodeScalars.elementsEqual(text.unicodeScalars.dropFirst())
    }

    private static let sampleYAML = """
        apiVersion: v1
        kind: Pod
        metadata:
          annotations: {}
          name: api
        spec:
          containers:
          - args:
            - -c
            - |-
              set -e
                exec "$0"
            image: nginx:1.25
          nodeSelector:
        status:
          startTime: "2024-01-01T00:00:00Z"

        """
}
