/// The members of a JSON object in the order they were written, duplicates included.
///
/// Lookup is linear: the objects of an API have few members, and no dictionary could keep duplicates.
public struct JSONObject: RandomAccessCollection, RangeReplaceableCollection, Sendable, ExpressibleByDictionaryLiteral {
    public typealias Element = (key: String, value: JSONValue)

    private var members: [Element] = []

    public init() {}

    public init(_ members: some Sequence<(String, JSONValue)>) {
        self.members = members.map { (key: $0.0, value: $0.1) }
    }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }

    public subscript(position: Int) -> Element {
        members[position]
    }

    public mutating func replaceSubrange(_ range: Range<Int>, with elements: some Collection<Element>) {
        members.replaceSubrange(range, with: elements)
    }

    /// Reading gives the last member of that name. Writing leaves exactly one: the value goes where the first stood,
    /// or to the end; nil removes them all.
    public subscript(key: String) -> JSONValue? {
        get {
            members.last { isIdentical($0.key, key) }?.value
        }
        set {
            let first = members.firstIndex { isIdentical($0.key, key) }
            guard let first else {
                if let newValue { members.append((key, newValue)) }
                return
            }
            let after = newValue == nil ? first : first + 1
            if let newValue { members[first].value = newValue }
            let rest = members[after...].filter { !isIdentical($0.key, key) }
            if rest.count != members.count - after { members.replaceSubrange(after..., with: rest) }
        }
    }

    public var keys: [String] {
        members.map(\.key)
    }
}

extension JSONObject: Hashable {
    /// Equal when the same members stand in the same order.
    public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool {
        lhs.members.elementsEqual(rhs.members) { isIdentical($0.key, $1.key) && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in members {
            hasher.combine(member.key)
            hasher.combine(member.value)
        }
    }
}

/// Whether two strings hold the same code points. `==` alone also holds for canonically equivalent ones; it comes first
/// because it is a memory comparison for nearly all strings and settles nearly all cases.
func isIdentical(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.elementsEqual(right.utf8)
}
