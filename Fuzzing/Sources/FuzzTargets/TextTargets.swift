internal import StructuredText
internal import Yams

extension FuzzTarget {
    static let json = FuzzTarget("json") {
        [("object", Array(sampleJSON.utf8)), ("escapes", Array(#"["\ud83d\ude00\u00e9\/\n","\ud800"]"#.utf8))]
    } run: { input in
        guard let value = accepted({ try JSONValue(parsing: input) }) else { return }
        let written = value.serialized()
        guard let again = accepted({ try JSONValue(parsing: written) }) else {
            return require(false, "what is written of JSON is JSON")
        }
        require(again == value, "JSON that is written and read again is the same")
        require(again.hashValue == value.hashValue, "what is equal has one hash")
        require(again.serialized() == written, "JSON is written in one form")
    }

    /// JSON as YAML, which another reader must take for the same value.
    static let yaml = FuzzTarget("yaml") {
        [
            ("object", Array(sampleJSON.utf8)),
            (
                "strings",
                Array(#"["a\nb\n"," lead","trail ","- x","&c","yes","1e5","~","a: b","\u0085","\ufeff",""]"#.utf8)
            ),
            ("numbers", Array(#"{"a":1e5,"b":-0.5E-3,"c":12345678901234567890,"d":[[],{}]}"#.utf8)),
        ]
    } run: { input in
        let value = accepted { try JSONValue(parsing: input) }
        var text: [UInt8] = [0x23, 0x0A]
        let isWritten = accepted { try YAML.append(json: input, to: &text) } != nil
        require(isWritten == (value != nil), "what is JSON becomes YAML, and nothing else does")
        guard isWritten, let value else { return require(text == [0x23, 0x0A], "after an error nothing is written") }
        require(text.last == 0x0A, "YAML ends in a line end")
        require(text.count <= (64 << 10) + 16 * input.count, "YAML is not much larger than its JSON")
        guard let yaml = String(validating: text, as: UTF8.self) else { return require(false, "YAML is UTF-8") }
        if hasDuplicates(value) { return }
        do {
            let node = try Yams.compose(yaml: yaml)
            require(isSame(node, value), "a reader of YAML takes it for the same value: \(yaml.debugDescription)")
        } catch {
            require(false, "a reader of YAML takes it: \(error), \(yaml.debugDescription)")
        }
    }

    /// The items of a list, whatever the pieces in which it comes.
    static let lists = FuzzTarget("json-list") {
        [
            (
                "list",
                Array(("\u{5}" + #"{"kind":"PodList","metadata":{"a":[1]},"items":[{"a":"}"},2,[3]],"x":"\"]"}"#).utf8)
            ),
            ("empty", Array("\u{1}{\"items\":null}".utf8)),
        ]
    } run: { input in
        let step = Int(input.first ?? 0) + 1
        let text = Array(input.dropFirst())
        let whole = items(of: text, step: max(text.count, 1))
        let parts = items(of: text, step: step)
        require(whole.items == parts.items, "the items are the same in whatever pieces they come")
        require((whole.envelope != nil) == (parts.envelope != nil), "the end is the same in whatever pieces it comes")
        require(whole.envelope == parts.envelope, "the envelope is the same in whatever pieces it comes")
        guard let value = accepted({ try JSONValue(parsing: text, limits: JSONLimits(depth: 64)) }),
            case .object(let members) = value
        else { return }
        require(whole.envelope != nil, "the list of what is JSON can be taken apart")
        let expected = members.filter { $0.key.utf8.elementsEqual("items".utf8) }.flatMap { $0.value.array ?? [] }
        let found = whole.items.compactMap { item in accepted { try JSONValue(parsing: item) } }
        require(found == expected, "the items are the elements")
    }

    private static func items(of text: [UInt8], step: Int) -> (items: [[UInt8]], envelope: JSONValue?) {
        var splitter = JSONListSplitter(maxItemBytes: 1 << 20)
        var items: [[UInt8]] = []
        let envelope = accepted {
            for start in stride(from: 0, to: text.count, by: step) {
                try splitter.push(text[start...].prefix(step)) { items.append(Array($0)) }
            }
            return try splitter.finish()
        }
        return (items, envelope)
    }

    private static func hasDuplicates(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): elements.contains(where: hasDuplicates)
        case .object(let members):
            Set(members.map { $0.key }).count < members.count || members.contains { hasDuplicates($0.value) }
        default: false
        }
    }

    private static func isSame(_ node: Node?, _ value: JSONValue) -> Bool {
        guard let node else { return false }
        switch value {
        case .null: return node.tag == Tag(.null) && node.scalar?.string == "null"
        case .bool(let bool): return node.tag == Tag(.bool) && node.scalar?.string == (bool ? "true" : "false")
        case .number(let text):
            guard let found = node.scalar?.string, node.tag == Tag(.int) || node.tag == Tag(.float) else {
                return false
            }
            return found == text || Double(found) == Double(text)
        case .string(let text):
            guard let found = node.scalar?.string, node.tag == Tag(.str) else { return false }
            // Foundation, through which Yams makes its strings, takes a byte order mark at the front of one for none.
            return found.utf8.elementsEqual(text.utf8)
                || text.unicodeScalars.first == "\u{FEFF}"
                    && found.unicodeScalars.elementsEqual(text.unicodeScalars.dropFirst())
        case .array(let elements):
            guard let found = node.sequence, found.count == elements.count else { return false }
            return zip(found, elements).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let found = node.mapping, found.count == members.count else { return false }
            return zip(found, members).allSatisfy { isSame($0.key, .string($1.key)) && isSame($0.value, $1.value) }
        }
    }

    private static let sampleJSON =
        #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"api","labels":{"a.b/c":"yes"}},"n":[1,-2.5e3,true,null,"x\ny"],"o":{}}"#
}
