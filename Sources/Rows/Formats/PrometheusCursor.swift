/// Reads the parts of a line of metrics, one behind the other.
struct PrometheusCursor {
    struct Failure: Error {
        let message: String
    }

    var position = 0

    mutating func skipBlanks(_ line: Span<UInt8>) {
        while position < line.count, Span<UInt8>.isBlank(line[position]) { position += 1 }
    }

    /// Up to the next blank.
    mutating func word(_ line: Span<UInt8>) -> Range<Int> {
        let start = position
        while position < line.count, !Span<UInt8>.isBlank(line[position]) { position += 1 }
        return start..<position
    }

    /// The name of a metric; empty where it stands in the braces, in quotes.
    mutating func readName(_ line: Span<UInt8>, _ name: inout [UInt8]) throws(Failure) {
        name.removeAll(keepingCapacity: true)
        guard position < line.count else { throw Failure(message: "it has no name") }
        if line[position] == UInt8(ascii: "\"") {
            name = try quoted(line)
            return
        }
        let start = position
        while position < line.count, Self.isNameByte(line[position], isFirst: position == start) { position += 1 }
        line.extracting(start..<position).append(to: &name)
        guard !name.isEmpty || (position < line.count && line[position] == UInt8(ascii: "{")) else {
            throw Failure(message: "it does not begin with the name of a metric")
        }
    }

    /// `{name="value",…}`, where that stands.
    mutating func readLabels(
        _ line: Span<UInt8>, _ name: inout [UInt8], _ labels: inout [(name: String, value: String)]
    ) throws(Failure) {
        skipBlanks(line)
        guard position < line.count, line[position] == UInt8(ascii: "{") else {
            return
        }
        position += 1
        while true {
            skipBlanks(line)
            guard position < line.count else { throw Failure(message: "its labels do not end") }
            if line[position] == UInt8(ascii: "}") { break }
            if line[position] == UInt8(ascii: "\"") {
                let text = try quoted(line)
                skipBlanks(line)
                if position < line.count, line[position] == UInt8(ascii: "=") {
                    try readValue(line, String(decoding: text, as: UTF8.self), &labels)
                } else {
                    guard name.isEmpty else { throw Failure(message: "it has two names") }
                    name = text
                }
            } else {
                let label = bareLabel(line)
                skipBlanks(line)
                try readValue(line, label, &labels)
            }
            skipBlanks(line)
            guard position < line.count else { throw Failure(message: "its labels do not end") }
            if line[position] == UInt8(ascii: ",") {
                position += 1
            } else if line[position] != UInt8(ascii: "}") {
                throw Failure(message: "its labels are not separated by commas")
            }
        }
        position += 1
        guard !name.isEmpty else { throw Failure(message: "it has no name") }
    }

    private mutating func readValue(
        _ line: Span<UInt8>, _ name: String, _ labels: inout [(name: String, value: String)]
    ) throws(Failure) {
        guard !name.isEmpty, position < line.count, line[position] == UInt8(ascii: "=") else {
            throw Failure(message: "a label has no name or no value")
        }
        position += 1
        skipBlanks(line)
        guard position < line.count, line[position] == UInt8(ascii: "\"") else {
            throw Failure(message: "the value of a label is not in quotes")
        }
        let value = try quoted(line)
        guard !labels.contains(where: { $0.name == name }) else { throw Failure(message: "a label stands twice") }
        guard labels.count < 1_000 else { throw Failure(message: "it has more than 1000 labels") }
        labels.append((name, String(decoding: value, as: UTF8.self)))
    }

    private mutating func bareLabel(_ line: Span<UInt8>) -> String {
        let start = position
        while position < line.count, Self.isNameByte(line[position], isFirst: position == start) { position += 1 }
        return line.extracting(start..<position).text
    }

    /// What is between double quotes, without its escapes: `\\`, `\"`, `\n`.
    private mutating func quoted(_ line: Span<UInt8>) throws(Failure) -> [UInt8] {
        let start = position + 1
        var index = start
        while index < line.count, line[index] != UInt8(ascii: "\"") { index += line[index] == 0x5C ? 2 : 1 }
        guard index < line.count else { throw Failure(message: "a text in quotes does not end") }
        position = index + 1
        return Self.unescaped(line.extracting(start..<index))
    }

    static func unescaped(_ bytes: Span<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x5C, index + 1 < bytes.count {
                switch bytes[index + 1] {
                case UInt8(ascii: "n"): plain.append(0x0A)
                case 0x5C, UInt8(ascii: "\""): plain.append(bytes[index + 1])
                case let byte: plain += [0x5C, byte]
                }
                index += 2
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain
    }

    private static func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: ":"): true
        case 0x30...0x39: !isFirst
        default: false
        }
    }
}
