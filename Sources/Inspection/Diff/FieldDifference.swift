public import StructuredText

/// A field of an object that two captures have otherwise.
public struct FieldDifference: Sendable, Hashable {
    /// `spec.template.spec.containers[name=api].image`. It quotes the capture: whoever shows it escapes it.
    public let path: String
    /// Nil where the field was not there.
    public let old: JSONValue?
    /// Nil where the field is there no more.
    public let new: JSONValue?
}

/// Compares two objects field by field.
///
/// Lists of objects are compared by the member that names their elements, as strategic merge of Kubernetes does, where each
/// element of both lists has one of its own; other lists of objects by place, and lists of plain values as a whole.
struct FieldComparison {
    /// Fields of one object that are kept; the rest is counted.
    static let most = 200
    /// What lies deeper is compared as a whole.
    private static let depth = 64

    private(set) var fields: [FieldDifference] = []
    /// Fields beyond the limit.
    private(set) var left = 0
    /// Fields that differ, and say nothing.
    private(set) var noise = 0
    private let rules: FieldNoise
    private let options: ComparisonOptions

    init(_ rules: FieldNoise, _ options: ComparisonOptions) {
        self.rules = rules
        self.options = options
    }

    mutating func compare(_ old: JSONValue, _ new: JSONValue) {
        compare(old, new, at: Path(), depth: 0)
    }

    /// Where a field is: as it is shown, and without what names elements of lists.
    private struct Path {
        var shown = ""
        var plain = ""

        func member(_ name: String) -> Path {
            let isPlain = !name.isEmpty && name.utf8.allSatisfy { $0 != 0x2E && $0 != 0x5B && $0 != 0x22 && $0 > 0x20 }
            let word = isPlain ? name : "[\"\(name)\"]"
            return Path(
                shown: shown.isEmpty || !isPlain ? shown + word : shown + "." + word,
                plain: plain.isEmpty ? name : plain + "." + name)
        }

        func element(_ name: String) -> Path { Path(shown: shown + "[\(name)]", plain: plain) }
    }

    private mutating func compare(_ old: JSONValue, _ new: JSONValue, at path: Path, depth: Int) {
        if old == new { return }
        guard depth < Self.depth else { return add(path, old, new) }
        switch (old, new) {
        case (.object(let old), .object(let new)): compare(old, new, at: path, depth: depth)
        case (.array(let old), .array(let new)): compare(old, new, at: path, depth: depth)
        default: add(path, old, new)
        }
    }

    private mutating func compare(_ old: JSONObject, _ new: JSONObject, at path: Path, depth: Int) {
        Pairs.walk(Pairs.sorted(old), Pairs.sorted(new)) { name, old, new in
            one(old, new, at: path.member(name), depth: depth)
        }
    }

    private mutating func compare(_ old: [JSONValue], _ new: [JSONValue], at path: Path, depth: Int) {
        if let key = ElementKey.of(old, new) {
            let (old, new) = (Pairs.sorted(old, by: key), Pairs.sorted(new, by: key))
            return Pairs.walk(old, new) { name, old, new in
                one(old, new, at: path.element(name), depth: depth)
            }
        }
        // A command or a list of names is read as a whole.
        guard (old + new).contains(where: { $0.object != nil || $0.array != nil }) else {
            return add(path, .array(old), .array(new))
        }
        for index in 0..<max(old.count, new.count) {
            // By name, as nil alone would be JSON's null.
            one(
                index < old.count ? .some(old[index]) : Optional.none,
                index < new.count ? .some(new[index]) : Optional.none,
                at: path.element("\(index)"), depth: depth)
        }
    }

    private mutating func one(_ old: JSONValue?, _ new: JSONValue?, at path: Path, depth: Int) {
        guard let old, let new else { return add(path, old, new) }
        compare(old, new, at: path, depth: depth + 1)
    }

    private mutating func add(_ path: Path, _ old: JSONValue?, _ new: JSONValue?) {
        if isUnlikeByItsKey(old, new) {
            noise += 1
            return
        }
        if rules.isNoise(path.plain) {
            noise += 1
            guard options.includesNoise else { return }
        }
        guard fields.count < Self.most else { return left += 1 }
        fields.append(FieldDifference(path: path.shown, old: old, new: new))
    }
}

extension FieldComparison {
    /// Whether values of a Secret were hashed by keys that need not be the same: that they differ says nothing.
    private func isUnlikeByItsKey(_ old: JSONValue?, _ new: JSONValue?) -> Bool {
        guard !options.hasSameCaseKey, let old = old?.string, let new = new?.string else { return false }
        return [old, new].contains { $0.hasPrefix("hmac-sha256:") }
    }
}

/// Members of an element of a list that name it.
private struct ElementKey {
    let members: [String]

    /// Those of patchMergeKey in the types of Kubernetes, and of its maps in lists; the first that fits is taken.
    private static let known: [[String]] = [
        ["name"], ["kind", "name"], ["type"], ["key"], ["mountPath"], ["devicePath"], ["containerPort", "protocol"],
        ["containerPort"],
        ["port", "protocol"], ["port"], ["ip"], ["uid"], ["topologyKey", "whenUnsatisfiable"], ["type", "address"],
        ["address"],
        ["host"], ["path"], ["resource"], ["key", "effect"],
    ]

    /// Nil where no member names each element of both lists.
    static func of(_ old: [JSONValue], _ new: [JSONValue]) -> ElementKey? {
        guard !(old.isEmpty && new.isEmpty) else { return nil }
        return known.lazy.map(ElementKey.init).first { key in
            [old, new].allSatisfy { list in
                var seen: Set<String> = []
                return list.allSatisfy { element in key.name(element).map { seen.insert($0).inserted } ?? false }
            }
        }
    }

    /// `name=api`
    func name(_ element: JSONValue) -> String? {
        guard element.object != nil else { return nil }
        var parts: [String] = []
        for member in members {
            switch element[member] {
            case .string(let text): parts.append("\(member)=\(text)")
            case .number(let digits): parts.append("\(member)=\(digits)")
            // Of an endpoint.
            case .array(let values) where values.count == 1 && values[0].string != nil:
                parts.append("\(member)=\(values[0].string ?? "")")
            default: return nil
            }
        }
        return parts.joined(separator: ",")
    }
}

/// Two lists of named values, side by side.
private enum Pairs {
    typealias Named = (name: String, value: JSONValue)

    static func sorted(_ object: JSONObject) -> [Named] {
        var named = object.map { (name: $0.key, value: $0.value) }
        // Of members of one name the last counts.
        named.reverse()
        return stable(named)
    }

    static func sorted(_ list: [JSONValue], by key: ElementKey) -> [Named] {
        stable(list.compactMap { element in key.name(element).map { (name: $0, value: element) } })
    }

    private static func stable(_ named: [Named]) -> [Named] {
        let sorted = named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return sorted.enumerated().filter { index, one in
            index == 0 || !one.name.utf8.elementsEqual(sorted[index - 1].name.utf8)
        }.map(\.element)
    }

    static func walk(_ old: [Named], _ new: [Named], _ body: (String, JSONValue?, JSONValue?) -> Void) {
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            guard left < old.count else {
                body(new[right].name, nil, new[right].value)
                right += 1
                continue
            }
            guard right < new.count else {
                body(old[left].name, old[left].value, nil)
                left += 1
                continue
            }
            let (one, other) = (old[left].name, new[right].name)
            if one.utf8.elementsEqual(other.utf8) {
                body(one, old[left].value, new[right].value)
                left += 1
                right += 1
            } else if one.utf8.lexicographicallyPrecedes(other.utf8) {
                body(one, old[left].value, nil)
                left += 1
            } else {
                body(other, nil, new[right].value)
                right += 1
            }
        }
    }
}
