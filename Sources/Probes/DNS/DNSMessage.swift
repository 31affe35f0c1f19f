/// Types of records by number. Source: the IANA registry of DNS parameters.
public enum DNSType {
    /// Those that may be asked for by name.
    public static let byName: [String: UInt16] = [
        "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    ]

    static func name(_ number: UInt16) -> String {
        byName.first { $0.value == number }?.key ?? (number == 41 ? "OPT" : "TYPE\(number)")
    }
}

/// A message of DNS (RFC 1035 section 4), as far as an answer to one question needs it.
public struct DNSMessage: Sendable, Hashable {
    public struct Record: Sendable, Hashable {
        /// `answer`, `authority` or `additional`
        public var section: String
        public var name: String
        public var type: String
        /// Seconds.
        public var ttl: UInt32
        /// As a zone file has it; of types that are not known here, hexadecimal as RFC 3597 section 5 has it.
        public var data: String
    }

    public var id: UInt16
    public var isResponse: Bool
    public var isAuthoritative: Bool
    public var isTruncated: Bool
    public var isRecursionAvailable: Bool
    public var isAuthenticData: Bool
    /// With the bits of EDNS (RFC 6891).
    public var responseCode: Int
    /// The question as it was repeated: name in small letters, type, class; nil when there is not exactly one.
    var question: Question?
    public var records: [Record] = []
    /// Whether there were more records, or longer ones, than are kept: what is behind the last one was not read.
    public private(set) var isCut = false

    /// So many records of a message are kept, and so much of their text in bytes: an honest answer is far below.
    package static let mostRecords = 500
    package static let mostText = 256 << 10

    private var textBytes = 0

    struct Question: Sendable, Hashable {
        var name: String
        var type: UInt16
        var `class`: UInt16
    }

    /// `NOERROR`, `NXDOMAIN` …
    public var responseName: String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        return names.indices.contains(responseCode) ? names[responseCode] : "RCODE\(responseCode)"
    }

    /// Bytes of an answer over UDP that are asked for: what passes without fragments (RFC 9715).
    static let datagramBytes: UInt16 = 1_232

    /// A question with recursion desired, for the class IN, with EDNS.
    ///
    /// - Parameter name: as ``HostName/checked(_:)`` gives it.
    static func query(id: UInt16, name: String, type: UInt16) -> [UInt8] {
        func two(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] }
        var bytes = two(id) + [0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1]
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + label.utf8 }
        bytes += [0] + two(type) + two(1)
        return bytes + [0] + two(41) + two(datagramBytes) + [0, 0, 0, 0, 0, 0]
    }

    /// - Throws: ``ProbeError/Code/badAnswer`` where it does not hold together.
    package init(_ bytes: [UInt8]) throws(ProbeError) {
        var reader = DNSReader(bytes)
        id = try reader.two()
        let flags = try reader.two()
        isResponse = flags & 0x8000 != 0
        isAuthoritative = flags & 0x0400 != 0
        isTruncated = flags & 0x0200 != 0
        isRecursionAvailable = flags & 0x0080 != 0
        isAuthenticData = flags & 0x0020 != 0
        responseCode = Int(flags & 0xF)
        let (questions, answers) = (try reader.two(), try reader.two())
        let (authorities, additionals) = (try reader.two(), try reader.two())
        for _ in 0..<questions {
            let found = Question(name: try reader.name().lowercased(), type: try reader.two(), class: try reader.two())
            question = questions == 1 ? found : nil
        }
        // What was cut off may be cut off anywhere: only its head counts.
        guard !isTruncated else { return }
        for (section, count) in [("answer", answers), ("authority", authorities), ("additional", additionals)] {
            for _ in 0..<count {
                guard try record(section, &reader) else { return }
            }
        }
    }

    /// - Returns: false when it is one too many.
    private mutating func record(_ section: String, _ reader: inout DNSReader) throws(ProbeError) -> Bool {
        let name = try reader.name()
        let (type, _) = (try reader.two(), try reader.two())
        let ttl = UInt32(try reader.two()) << 16 | UInt32(try reader.two())
        let length = Int(try reader.two())
        let end = try reader.end(of: length)
        if type == 41 {
            responseCode |= Int(ttl >> 24) << 4
            reader.position = end
            return true
        }
        guard records.count < Self.mostRecords else {
            isCut = true
            return false
        }
        let data = try DNSRecordData.text(type, &reader, end: end)
        textBytes += name.utf8.count + data.utf8.count
        guard textBytes <= Self.mostText else {
            isCut = true
            return false
        }
        records.append(Record(section: section, name: name, type: DNSType.name(type), ttl: ttl, data: data))
        reader.position = end
        return true
    }
}

/// Goes through a message; what points outside of it, or in circles, ends it.
struct DNSReader {
    /// A name has no more labels, and an honest one no more pointers, than this.
    private static let mostPointers = 128

    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func bad(_ reason: String) -> ProbeError {
        ProbeError(code: .badAnswer, doing: "reading", subject: "a DNS answer", reason: reason)
    }

    func end(of length: Int) throws(ProbeError) -> Int {
        guard length <= bytes.count - position else { throw bad("it ends in the middle of a record") }
        return position + length
    }

    mutating func one() throws(ProbeError) -> UInt8 {
        guard position < bytes.count else { throw bad("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func two() throws(ProbeError) -> UInt16 { UInt16(try one()) << 8 | UInt16(try one()) }

    /// A name, as zone files write it, without the dot at its end; `.` for the root.
    ///
    /// A pointer leads to what stands before the place that the name, or the pointer before, began at (RFC 1035 section 4.1.4).
    mutating func name() throws(ProbeError) -> String {
        var text = ""
        var total = 0
        var place = position
        var start = position
        var after: Int?
        var pointers = 0
        while true {
            guard place < bytes.count else { throw bad("a name ends too early") }
            let length = Int(bytes[place])
            switch length >> 6 {
            case 0 where length == 0:
                position = after ?? place + 1
                return text.isEmpty ? "." : text
            case 0:
                guard place + length < bytes.count else { throw bad("a name ends too early") }
                total += length + 1
                guard total <= 254 else { throw bad("a name has more than 255 bytes") }
                if !text.isEmpty { text += "." }
                text += Self.label(bytes[place + 1...place + length])
                place += length + 1
            case 3:
                guard place + 1 < bytes.count else { throw bad("a name ends too early") }
                let target = (length & 0x3F) << 8 | Int(bytes[place + 1])
                guard target < start else { throw bad("a name points to itself, or forward") }
                pointers += 1
                guard pointers <= Self.mostPointers else {
                    throw bad("a name has more than \(Self.mostPointers) pointers")
                }
                after = after ?? place + 2
                (place, start) = (target, target)
            default: throw bad("a name has a label of an unknown kind")
            }
        }
    }

    /// RFC 1035 section 5.1: what is not printable is `\DDD`.
    static func label(_ bytes: ArraySlice<UInt8>) -> String { escaped(bytes, also: #".\"();@$"#) }

    static func escaped(_ bytes: some Sequence<UInt8>, also special: String) -> String {
        bytes.map { byte in
            if byte > 0x20 || byte == 0x20 && !special.contains("."), byte < 0x7F {
                let character = String(Unicode.Scalar(byte))
                return special.contains(character) ? "\\" + character : character
            }
            let digits = String(byte)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }
}

/// What a record says, as a zone file has it.
enum DNSRecordData {
    static func text(_ type: UInt16, _ reader: inout DNSReader, end: Int) throws(ProbeError) -> String {
        let start = reader.position
        let text: String
        switch type {
        case 1, 28:
            guard end - start == (type == 1 ? 4 : 16),
                let address = NetworkAddress(bytes: Array(reader.bytes[start..<end]))
            else { throw reader.bad("an address has the wrong length") }
            return address.description
        case 2, 5, 12: text = try reader.name()
        case 15: text = "\(try reader.two()) \(try reader.name())"
        case 33: text = "\(try reader.two()) \(try reader.two()) \(try reader.two()) \(try reader.name())"
        case 6:
            var words = [try reader.name(), try reader.name()]
            for _ in 0..<5 { words.append("\(UInt32(try reader.two()) << 16 | UInt32(try reader.two()))") }
            text = words.joined(separator: " ")
        case 16: return try strings(reader.bytes[start..<end], reader)
        default: return "\\# \(end - start) \(hexadecimal(reader.bytes[start..<end]))"
        }
        guard reader.position == end else { throw reader.bad("a record is longer or shorter than it says") }
        return text
    }

    private static func strings(_ bytes: ArraySlice<UInt8>, _ reader: DNSReader) throws(ProbeError) -> String {
        var rest = bytes
        var words: [String] = []
        while let length = rest.popFirst() {
            guard rest.count >= length else { throw reader.bad("a text is longer than its record") }
            words.append("\"\(DNSReader.escaped(rest.prefix(Int(length)), also: #"\""#))\"")
            rest = rest.dropFirst(Int(length))
        }
        return words.joined(separator: " ")
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
