internal import BundleFormat
package import Collection
package import Cryptography
internal import StructuredText

/// What an agent says.
package enum AgentReply: Sendable {
    case hello(AgentHello)
    case open(AgentEntry)
    case data(entry: UInt32, ArraySlice<UInt8>)
    /// Bytes of an entry as `PieceCompressor` makes them smaller.
    case packed(entry: UInt32, ArraySlice<UInt8>)
    case close(entry: UInt32, length: UInt64, SHA256Digest)
    case drop(entry: UInt32)
    case done(Outcome)

    package var frame: AgentFrame {
        switch self {
        case .hello(let hello): return AgentFrame(.hello, JSONValue.object(hello.json).serialized())
        case .open(let entry):
            var content: [UInt8] = []
            WireNumber.append(entry.number, to: &content)
            return AgentFrame(.open, content + JSONValue.object(entry.json).serialized())
        case .data(let entry, let bytes): return Self.frame(.data, entry, bytes)
        case .packed(let entry, let bytes): return Self.frame(.packed, entry, bytes)
        case .close(let entry, let length, let digest):
            var content: [UInt8] = []
            WireNumber.append(entry, to: &content)
            WireNumber.append(length, to: &content)
            return AgentFrame(.close, content + digest.bytes)
        case .drop(let entry):
            var content: [UInt8] = []
            WireNumber.append(entry, to: &content)
            return AgentFrame(.drop, content)
        case .done(let outcome):
            var object: JSONObject = ["state": .string(outcome.state.rawValue)]
            if let reason = outcome.reason {
                object["code"] = .string(reason.code.rawValue)
                object["message"] = .string(reason.message)
            }
            if let truncated = outcome.truncated { object["truncated"] = .object(truncated.members) }
            return AgentFrame(.done, JSONValue.object(object).serialized())
        }
    }

    private static func frame(_ kind: AgentFrame.Kind, _ entry: UInt32, _ bytes: ArraySlice<UInt8>) -> AgentFrame {
        var content: [UInt8] = []
        content.reserveCapacity(bytes.count + 4)
        WireNumber.append(entry, to: &content)
        content.append(contentsOf: bytes)
        return AgentFrame(kind, content)
    }

    /// Members of a ledger line's `truncated`: numbers all.
    private static let truncations = ["limit", "tail", "tailBytes", "sinceSeconds"]

    package init(_ frame: AgentFrame) throws(AgentProtocolError) {
        var rest = frame.content[...]
        func number() throws(AgentProtocolError) -> UInt32 {
            guard let number = WireNumber.take(UInt32.self, from: &rest) else {
                throw AgentProtocolError(reason: "sent a frame that is cut off")
            }
            return number
        }
        switch frame.kind {
        case .hello:
            self = .hello(try AgentHello(frame.content))
        case .open:
            let entry = try number()
            self = .open(try AgentEntry(entry, rest))
        case .data:
            self = .data(entry: try number(), rest)
        case .packed:
            self = .packed(entry: try number(), rest)
        case .close:
            let entry = try number()
            guard let length = WireNumber.take(UInt64.self, from: &rest), let digest = SHA256Digest(bytes: Array(rest))
            else { throw AgentProtocolError(reason: "ended an entry without its length and digest") }
            self = .close(entry: entry, length: length, digest)
        case .drop:
            self = .drop(entry: try number())
        case .done:
            let json = try? JSONValue(parsing: frame.content)
            guard let state = json?["state"]?.string.flatMap(AttemptState.init(rawValue:))
            else { throw AgentProtocolError(reason: "ended a job without saying how") }
            var outcome = Outcome(state)
            if let code = json?["code"]?.string {
                outcome.reason = Reason(
                    code: TextSafety.oneLine(code), message: TextSafety.oneLine(json?["message"]?.string ?? ""))
            }
            if let members = json?["truncated"]?.object {
                let known = Self.truncations.compactMap { name in members[name]?.int.map { (name, JSONValue($0)) } }
                outcome.truncated = Truncation(members: JSONObject(known))
            }
            self = .done(outcome)
        case .run, .alive:
            throw AgentProtocolError(reason: "sent a frame that it does not send")
        }
    }
}

/// An entry that an agent begins.
package struct AgentEntry: Sendable, Hashable {
    /// Of its own, unique in a conversation.
    package var number: UInt32
    /// Below the place that the operator's side gives it; names may be any bytes.
    package var path: [[UInt8]]
    package var media: MediaType

    /// Names of an entry: what a path of Linux has at most.
    private static let maxNames = 4_096

    package init(number: UInt32, path: [[UInt8]], media: MediaType) {
        self.number = number
        self.path = path
        self.media = media
    }

    var json: JSONObject {
        [
            "path": .array(path.map { .string(Self.hexadecimal($0)) }),
            "media": .string(media.name),
        ]
    }

    package init(_ number: UInt32, _ content: ArraySlice<UInt8>) throws(AgentProtocolError) {
        guard let json = try? JSONValue(parsing: content), let names = json["path"]?.array, !names.isEmpty,
            names.count <= Self.maxNames,
            let media = json["media"]?.string.flatMap(MediaType.known)
        else { throw AgentProtocolError(reason: "began an entry without a path or a type") }
        var path: [[UInt8]] = []
        for name in names {
            guard let bytes = name.string.flatMap(Self.bytes), !bytes.isEmpty else {
                throw AgentProtocolError(reason: "began an entry with a name that cannot be read")
            }
            path.append(bytes)
        }
        self.init(number: number, path: path, media: media)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16),
                digits[index] != UInt8(ascii: "+")
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
