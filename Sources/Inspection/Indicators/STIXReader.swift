internal import StructuredText

/// Objects of STIX 2.1 (OASIS), in a bundle or an array: the `indicator` objects, whose patterns say what is looked for.
enum STIXReader {
    /// Whether a list is JSON by its beginning. A line of another list can begin with a bracket, too: `[::1]:8080`.
    static func isJSON(_ content: ArraySlice<UInt8>) -> Bool {
        var rest = content.drop { $0 <= 0x20 }
        guard rest.first == UInt8(ascii: "[") else { return rest.first == UInt8(ascii: "{") }
        rest = rest.dropFirst().drop { $0 <= 0x20 }
        guard let byte = rest.first else { return false }
        if [UInt8(ascii: "{"), UInt8(ascii: "\""), UInt8(ascii: "[")].contains(byte) { return true }
        // Numbers, words, and nothing: only what is an array as a whole.
        return content.count <= 1 << 20 && (try? JSONValue(parsing: content)) != nil
    }

    static func read(_ content: ArraySlice<UInt8>, named name: String, into list: inout IndicatorList) {
        let shown = content.first { $0 > 0x20 } == UInt8(ascii: "[") ? "[" : "{"
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: content, limits: JSONLimits(depth: 64, bytes: 64 << 20))
        } catch {
            return list.note(
                shown, "it begins as JSON does, but is none: \(error)", at: IndicatorPlace(list: name, line: 1))
        }
        let objects: [JSONValue]
        switch (value["type"]?.string, value["objects"]) {
        case ("bundle", .array(let all)): objects = all
        // As TAXII sends them.
        case (nil, .array(let all)): objects = all
        case ("indicator", _): objects = [value]
        default:
            guard case .array(let all) = value, all.contains(where: { $0["type"]?.string != nil }) else {
                return list.note(
                    shown, "it is JSON, but has no objects of STIX", at: IndicatorPlace(list: name, line: 1))
            }
            objects = all
        }
        for (index, object) in objects.enumerated() {
            guard object["type"]?.string == "indicator" else {
                list.otherObjects += 1
                continue
            }
            add(object, at: IndicatorPlace(list: name, line: index + 1), to: &list)
        }
    }

    private static func add(_ object: JSONValue, at place: IndicatorPlace, to list: inout IndicatorList) {
        let shown = object["pattern"]?.string ?? object["id"]?.string ?? "an indicator"
        if case .bool(true)? = object["revoked"] { return list.note(shown, "it was revoked by who made it", at: place) }
        if let language = object["pattern_type"]?.string, language != "stix" {
            return list.note("\(language) \(shown)", "its pattern is of another language", at: place)
        }
        guard let pattern = object["pattern"]?.string else { return list.note(shown, "it has no pattern", at: place) }
        do throws(IndicatorShape.Refusal) {
            var parser = STIXPattern(pattern)
            for comparison in try parser.comparisons() { try add(comparison, at: place, to: &list) }
        } catch {
            list.note(shown, error.reason, at: place)
        }
    }

    private static func add(
        _ comparison: STIXPattern.Comparison, at place: IndicatorPlace, to list: inout IndicatorList
    ) throws(IndicatorShape.Refusal) {
        guard let kind = kind(comparison) else {
            throw IndicatorShape.Refusal(reason: "it is about something that is not looked for")
        }
        list.add(comparison.value, kind: kind, at: place)
    }

    private static func kind(_ comparison: STIXPattern.Comparison) -> Indicator.Kind? {
        let path = comparison.path.lowercased()
        if path.contains(":hashes.") || path.contains(".hashes.") {
            switch path.split(separator: ".").last {
            case "sha-256", "sha256": return .sha256
            case "sha-1", "sha1": return .sha1
            case "md5": return .md5
            default: return nil
            }
        }
        return kinds[path]
    }

    private static let kinds: [String: Indicator.Kind] = [
        "ipv4-addr:value": .address, "ipv6-addr:value": .address, "network-traffic:dst_ref.value": .address,
        "network-traffic:src_ref.value": .address, "domain-name:value": .domain, "url:value": .url, "file:name": .name,
        "process:name": .name, "directory:path": .path, "process:command_line": .text, "email-addr:value": .text,
        "mutex:name": .text,
    ]
}

/// Reads the simple patterns of STIX: comparisons that are joined by OR, and each observation but a pair of brackets.
struct STIXPattern {
    struct Comparison: Equatable {
        /// As in `file:hashes.SHA-256`, without quotes.
        let path: String
        let value: String
    }

    private let bytes: [UInt8]
    private var index = 0

    private static let longest = 64 << 10
    private static let most = 10_000

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// What is to be found, each by itself.
    ///
    /// - Throws: when what it says is more than that.
    mutating func comparisons() throws(IndicatorShape.Refusal) -> [Comparison] {
        guard bytes.count <= Self.longest else {
            throw IndicatorShape.Refusal(reason: "its pattern is longer than \(Self.longest) bytes")
        }
        var all: [Comparison] = []
        repeat {
            guard take("[") else { throw refusal() }
            repeat {
                try comparison(&all)
                guard all.count <= Self.most else { throw refusal() }
            } while takeWord("OR")
            guard take("]") else { throw refusal() }
        } while takeWord("OR")
        skipSpace()
        guard index == bytes.count else { throw refusal() }
        return all
    }

    private mutating func comparison(_ all: inout [Comparison]) throws(IndicatorShape.Refusal) {
        let path = try path()
        if take("=") {
            _ = take("=")
            all.append(Comparison(path: path, value: try text()))
        } else if takeWord("ISSUBSET") {
            all.append(Comparison(path: path, value: try text()))
        } else if takeWord("IN") {
            guard take("(") else { throw refusal() }
            repeat { all.append(Comparison(path: path, value: try text())) } while take(",")
            guard take(")") else { throw refusal() }
        } else {
            throw refusal()
        }
    }

    private mutating func path() throws(IndicatorShape.Refusal) -> String {
        skipSpace()
        var path: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") {
                path += Array(try text().utf8)
            } else if byte.isOfDomain || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") {
                path.append(byte)
                index += 1
            } else {
                break
            }
        }
        guard path.contains(UInt8(ascii: ":")) else { throw refusal() }
        return String(decoding: path, as: UTF8.self)
    }

    /// `'…'`, in which a quote and a backslash have a backslash before them.
    private mutating func text() throws(IndicatorShape.Refusal) -> String {
        guard take("'") else { throw refusal() }
        var text: [UInt8] = []
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "'") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), index < bytes.count {
                byte = bytes[index]
                index += 1
            }
            text.append(byte)
        }
        throw refusal()
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == byte.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        let end = index + word.utf8.count
        guard end <= bytes.count, bytes[index..<end].elementsEqual(word.utf8),
            end == bytes.count || !bytes[end].isOfDomain
        else { return false }
        index = end
        return true
    }

    private func refusal() -> IndicatorShape.Refusal {
        IndicatorShape.Refusal(
            reason:
                "its pattern is more than comparisons (=, IN, ISSUBSET) that are joined by OR, from byte \(index + 1) on"
        )
    }
}
