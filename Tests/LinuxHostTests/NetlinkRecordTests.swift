import LinuxHost
import TestSupport
import Testing

/// Messages as no kernel sends them: every record must be made of what is there, and read nothing that is not.
struct NetlinkRecordTests {
    private static func attribute(_ type: UInt16, _ value: [UInt8], length: UInt16? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(netlink: length ?? UInt16(4 + value.count))
        bytes.append(netlink: type)
        return bytes + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    private static func route(_ message: [UInt8]) -> RouteRecord? {
        RouteRecord(message.span.bytes, InterfaceNames())
    }

    private static func line(_ record: some FieldRecord) -> String {
        String(decoding: record.jsonLine, as: UTF8.self)
    }

    /// Every kind of record, made of one message.
    private static func records(_ message: [UInt8]) -> [any FieldRecord] {
        let names = InterfaceNames()
        let span = message.span.bytes
        let attributes = NetlinkAttributes(span, from: 4)
        var records: [(any FieldRecord)?] = [
            RouteRecord(span, names), RuleRecord(span, names), NeighbourRecord(span, names),
            AddressRecord(span, names), LinkRecord(span, names), ConntrackRecord(span, names),
        ]
        let things: [NftablesRecord] = [
            .table(2, attributes), .chain(2, attributes), .set(2, attributes), .object(2, attributes),
            .flowtable(5, attributes), .rule(2, attributes) { _ in 8 },
            .element(2, table: "t", set: "s", attributes, key: [.ipv4, .port], value: [.bytes]),
        ]
        records += things.map { $0 }
        return records.compactMap(\.self)
    }

    @Test func aLengthBeyondTheMessageEndsTheAttributesAndIsTold() throws {
        let route: [UInt8] = [2, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]
        let destination = Self.attribute(1, [192, 0, 2, 0])
        let good = try #require(Self.route(route + destination))
        #expect(Self.line(good).contains(#""destination":"192.0.2.0/24""#) && !Self.line(good).contains("incomplete"))
        for length: UInt16 in [0, 3, 9, 4_000, .max] {
            let bad = route + destination + Self.attribute(5, [192, 0, 2, 1], length: length)
            let line = Self.line(try #require(Self.route(bad)))
            #expect(line.contains(#""incomplete":true"#) && line.contains("192.0.2.0/24"), "\(length): \(line)")
            #expect(!line.contains("gateway"), "\(length): \(line)")
        }
    }

    @Test func noCutOfAMessageReadsBeyondIt() {
        let expression = Self.attribute(
            1,
            Self.attribute(1, Array("cmp\0".utf8))
                + Self.attribute(
                    0x8002,
                    Self.attribute(1, [0, 0, 0, 1]) + Self.attribute(2, [0, 0, 0, 0])
                        + Self.attribute(0x8003, Self.attribute(1, [10, 0, 0, 1]))))
        let message: [UInt8] =
            [2, 0, 0, 0] + Self.attribute(1, Array("filter\0".utf8)) + Self.attribute(2, Array("INPUT\0".utf8))
            + Self.attribute(0x8004, expression) + Self.attribute(7, [0, 200, 1, 2])
            + Self.attribute(9, [200, 0, 0, 0, 1, 0, 0, 0])
        for length in 0...message.count {
            for record in Self.records(Array(message.prefix(length))) { #expect(!Self.line(record).isEmpty) }
        }
    }

    @Test func noiseIsNoHarm() {
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<3_000 {
            var message = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // Lengths and types that are often right lead further in.
            for place in stride(from: 4, to: message.count - 4, by: 4) where Bool.random(using: &generator) {
                message[place] = UInt8.random(in: 4...40, using: &generator)
                message[place + 1] = 0
                message[place + 2] = UInt8.random(in: 0...24, using: &generator)
                message[place + 3] = 0
            }
            for record in Self.records(message) {
                let line = record.jsonLine
                #expect(line.last == 0x0A && !line.dropLast().contains(0x0A))
                var text: [UInt8] = []
                (record as? any TextRecord)?.appendText(to: &text)
                #expect(!text.contains { $0 < 0x20 || $0 == 0x7F }, "\(text)")
            }
        }
    }

    @Test func aNameThatSteersATerminalIsEscaped() throws {
        let name = Array("a\u{1B}[2J\n\"b\0".utf8)
        let message = [2, 0, 0, 0] + Self.attribute(1, name)
        let record = NftablesRecord.table(2, NetlinkAttributes(message.span.bytes, from: 4))
        var text: [UInt8] = []
        record.appendText(to: &text)
        #expect(String(decoding: text, as: UTF8.self) == #"add table ip a\x1b[2J\n"b"#, "\(text)")
    }
}
