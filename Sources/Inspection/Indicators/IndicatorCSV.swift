/// Lists as CSV (RFC 4180) with a header: a column says what the indicator is, one has it. Of MISP, OTX, abuse.ch and others.
enum IndicatorCSV {
    struct Header: Equatable {
        let separator: UInt8
        let value: Int
        /// Nil: each is told by its shape.
        let kind: Int?
    }

    private static let valueNames: Set<String> = [
        "value", "indicator", "indicators", "ioc", "ioc_value", "indicator_value", "observable", "artifact",
    ]
    private static let kindNames: Set<String> = [
        "type", "kind", "ioc_type", "indicator type", "indicator_type", "attribute_type", "observable_type",
    ]

    /// By the first line that is neither empty nor a comment; nil when it is no header.
    static func header(of content: ArraySlice<UInt8>) -> Header? {
        var rows = CSVRows(content, separator: UInt8(ascii: ","))
        while let line = rows.peekLine() {
            let text = String(decoding: line.prefix(4_096), as: UTF8.self)[...].trimmed
            guard !text.isEmpty, !text.hasPrefix("#") else {
                rows.skipLine()
                continue
            }
            for separator in [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09] {
                var row = CSVRows(line, separator: separator)
                guard let fields = row.next()?.fields else { continue }
                let names = fields.map { $0[...].trimmed.lowercased() }
                // Of the only column nothing is parted: a URL may have a comma.
                if names.count == 1, valueNames.contains(names[0]) { return Header(separator: 0, value: 0, kind: nil) }
                guard names.count >= 2, let value = names.firstIndex(where: valueNames.contains) else { continue }
                return Header(separator: separator, value: value, kind: names.firstIndex(where: kindNames.contains))
            }
            return nil
        }
        return nil
    }

    static func read(
        _ content: ArraySlice<UInt8>, _ header: Header, named name: String, into list: inout IndicatorList
    ) {
        var rows = CSVRows(content, separator: header.separator)
        var isHeader = true
        while let row = rows.next() {
            let place = IndicatorPlace(list: name, line: row.line)
            guard let first = row.fields.first else { continue }
            if row.fields.count == 1, first.trimmedIsEmpty { continue }
            if first[...].trimmed.hasPrefix("#") { continue }
            if isHeader {
                isHeader = false
                continue
            }
            guard header.value < row.fields.count else {
                list.note(row.fields.joined(separator: ","), "it has fewer columns than the header", at: place)
                continue
            }
            let value = row.fields[header.value][...].trimmed
            guard let kind = header.kind, kind < row.fields.count else {
                list.add(value, kind: nil, at: place)
                continue
            }
            add(value, row.fields[kind][...].trimmed.lowercased(), at: place, to: &list)
        }
    }

    private static func add(_ value: Substring, _ type: String, at place: IndicatorPlace, to list: inout IndicatorList)
    {
        // MISP: `filename|sha256`, with `NAME|HASH`.
        let types = type.split(separator: "|", omittingEmptySubsequences: false)
        let values = types.count > 1 ? value.split(separator: "|", omittingEmptySubsequences: false) : [value]
        guard types.count == values.count else {
            return list.note("\(type) \(value)", "it is not of the parts that its type has", at: place)
        }
        for (type, value) in zip(types, values) {
            if type.isEmpty {
                list.add(value, kind: nil, at: place)
            } else if let kind = kinds[String(type)] {
                list.add(value, kind: kind, at: place)
            } else if type != "port" {
                list.note("\(type) \(value)", "its type is not one that is looked for", at: place)
            }
        }
    }

    /// By the words of this program, MISP, OTX and ThreatFox.
    private static let kinds: [String: Indicator.Kind] = [
        "sha256": .sha256, "sha-256": .sha256, "filehash-sha256": .sha256, "sha256_hash": .sha256,
        "file-sha256": .sha256,
        "sha1": .sha1, "sha-1": .sha1, "filehash-sha1": .sha1, "sha1_hash": .sha1,
        "md5": .md5, "filehash-md5": .md5, "md5_hash": .md5,
        "ip": .address, "ipv4": .address, "ipv6": .address, "ipv4-addr": .address, "ipv6-addr": .address,
        "ip-src": .address,
        "ip-dst": .address, "address": .address, "cidr": .network, "network": .network, "ipv4-cidr": .network,
        "domain": .domain, "hostname": .domain, "domain-name": .domain, "fqdn": .domain,
        "url": .url, "uri": .url, "ip:port": .url, "name": .name, "filename": .name, "file-name": .name, "file": .name,
        "path": .path, "filepath": .path, "file-path": .path, "directory": .path,
        "string": .text, "text": .text, "pattern-in-file": .text, "pattern-in-memory": .text, "mutex": .text,
        "email": .text, "user-agent": .text,
    ]
}

extension String {
    fileprivate var trimmedIsEmpty: Bool { self[...].trimmed.isEmpty }
}

/// The rows of CSV. A field in quotes may have separators, line ends, and quotes that are doubled.
private struct CSVRows {
    private var rest: ArraySlice<UInt8>
    private let separator: UInt8
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    /// A quote that is never closed takes no more than this with it.
    private static let longestField = 64 << 10
    private static let mostFields = 256

    init(_ content: ArraySlice<UInt8>, separator: UInt8) {
        rest = content
        self.separator = separator
    }

    func peekLine() -> ArraySlice<UInt8>? {
        rest.isEmpty ? nil : rest.prefix { $0 != 0x0A }
    }

    mutating func skipLine() {
        rest = rest.drop { $0 != 0x0A }.dropFirst()
        line += 1
    }

    mutating func next() -> (fields: [String], line: Int)? {
        guard !rest.isEmpty else { return nil }
        let first = line
        var fields: [String] = []
        var isOver = false
        while !isOver {
            let field = field(&isOver)
            if fields.count < Self.mostFields { fields.append(String(decoding: field, as: UTF8.self)) }
        }
        return (fields, first)
    }

    private mutating func field(_ isOver: inout Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var isQuoted = rest.first == Self.quote
        if isQuoted { rest = rest.dropFirst() }
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte == 0x0A { line += 1 }
            if isQuoted {
                if byte == Self.quote {
                    if rest.first == Self.quote {
                        rest = rest.dropFirst()
                    } else {
                        isQuoted = false
                        continue
                    }
                } else if bytes.count >= Self.longestField, byte == 0x0A {
                    isOver = true
                    return bytes
                }
            } else if byte == separator {
                return bytes
            } else if byte == 0x0A {
                isOver = true
                if bytes.last == 0x0D { bytes.removeLast() }
                return bytes
            }
            bytes.append(byte)
        }
        isOver = true
        return bytes
    }
}
