/// What stands before a member about it: GNU's long names, and POSIX's extended attributes.
///
/// Source: POSIX.1-2024, pax, "pax Extended Header"; GNU tar manual, "Other Tar Formats".
struct TarExtensions {
    private(set) var linkName: [UInt8]?
    private(set) var size: Int?
    private var longName: [UInt8]?
    private var path: [UInt8]?
    private var hasAttributes = false

    var isEmpty: Bool { longName == nil && linkName == nil && !hasAttributes }
    var name: [UInt8]? { longName ?? path }

    mutating func take(longName bytes: [UInt8]) throws(ContainerTar.Bad) {
        guard longName == nil, path == nil else { throw Self.twice }
        longName = try Self.text(bytes)
    }

    mutating func take(longLink bytes: [UInt8]) throws(ContainerTar.Bad) {
        guard linkName == nil else { throw Self.twice }
        linkName = try Self.text(bytes)
    }

    mutating func take(attributes bytes: [UInt8]) throws(ContainerTar.Bad) {
        guard !hasAttributes else { throw Self.twice }
        hasAttributes = true
        for (key, value) in try Self.records(bytes) {
            switch key {
            case "path":
                guard longName == nil, path == nil, !value.isEmpty, !value.contains(0) else { throw Self.twice }
                path = value
            case "linkpath":
                guard linkName == nil else { throw Self.twice }
                linkName = value
            case "size":
                guard size == nil else { throw Self.twice }
                size = try Self.number(value)
            default:
                guard !key.hasPrefix("GNU.sparse") else {
                    throw ContainerTar.Bad(reason: "its tar stream has a sparse file, whose content is not what it has")
                }
            }
        }
    }

    /// Attributes of all members to come may be anything but what says how far a member reaches, or what it is called.
    static func check(globalAttributes bytes: [UInt8]) throws(ContainerTar.Bad) {
        for (key, _) in try records(bytes) where ["path", "linkpath", "size"].contains(key) || key.hasPrefix("GNU.") {
            throw ContainerTar.Bad(reason: "its tar stream has a \(key) for all members")
        }
    }

    private static let twice = ContainerTar.Bad(
        reason: "its tar stream says twice what a member is called, or its size")
    private static let malformed = ContainerTar.Bad(reason: "attributes in its tar stream are malformed")

    /// Up to the NUL that ends it.
    private static func text(_ bytes: [UInt8]) throws(ContainerTar.Bad) -> [UInt8] {
        let text = Array(bytes.prefix { $0 != 0 })
        guard !text.isEmpty else { throw malformed }
        return text
    }

    /// `LENGTH KEY=VALUE\n`, where the length is that of all of it.
    private static func records(_ bytes: [UInt8]) throws(ContainerTar.Bad) -> [(String, [UInt8])] {
        var records: [(String, [UInt8])] = []
        var rest = bytes[...]
        // What is behind the last record is padding of some that count it as content.
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { $0 != 0x20 }
            let length = try number(Array(digits))
            guard length > digits.count + 1, length <= rest.count else { throw malformed }
            let record = rest.prefix(length)
            guard record.last == 0x0A, let equals = record.firstIndex(of: 0x3D),
                let key = String(validating: record[(digits.endIndex + 1)..<equals], as: UTF8.self), !key.isEmpty
            else { throw malformed }
            records.append((key, Array(record[(equals + 1)...].dropLast())))
            rest = rest.dropFirst(length)
        }
        return records
    }

    private static func number(_ digits: [UInt8]) throws(ContainerTar.Bad) -> Int {
        guard (1...18).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }),
            let value = Int(String(decoding: digits, as: UTF8.self))
        else { throw malformed }
        return value
    }
}
