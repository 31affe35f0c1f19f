public import Cryptography
public import StructuredText

/// One thing that the capture did to its target: a line of `meta/custody.jsonl` (section 4.4).
public struct CustodyLine: Hashable, Sendable {
    /// What was done. Extensible.
    public struct Action: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public init(stringLiteral value: String) {
            rawValue = value
        }

        public var description: String { rawValue }

        /// The first line.
        public static let opened = Action(rawValue: "opened")
        /// A command in a container; written before it is tried.
        public static let exec = Action(rawValue: "exec")
        /// The end of an `exec` was not seen: its process may still run.
        public static let execEndedUnseen = Action(rawValue: "exec-ended-unseen")
        /// A request to a service of the target; written before it is sent.
        public static let http = Action(rawValue: "http")
        /// A program on the operator's machine; written before it is run.
        public static let command = Action(rawValue: "command")
        /// A connection from the operator's machine, or questions from it to a DNS server; written before it is tried.
        public static let dial = Action(rawValue: "dial")
        /// A connection to a port of a pod, through the API server; written before it is tried.
        public static let portForward = Action(rawValue: "port-forward")
        public static let ephemeralContainer = Action(rawValue: "ephemeral-container")
        public static let agent = Action(rawValue: "agent")
        /// Written before it is asked for; namespaces are never removed.
        public static let namespaceCreated = Action(rawValue: "namespace-created")
        /// Written before it is asked for.
        public static let podCreated = Action(rawValue: "pod-created")
        /// Written after it was asked for, with whether its end was seen.
        public static let podRemoved = Action(rawValue: "pod-removed")
        public static let recovered = Action(rawValue: "recovered")
        /// The last line.
        public static let closed = Action(rawValue: "closed")
    }

    /// From 1, without gaps.
    public var number: UInt64
    /// The hash of the line before; zeros in the first.
    public var previous: SHA256Digest
    /// Wall time in nanoseconds since 1970-01-01 UTC.
    public var time: Int64
    /// Nanoseconds of the boot clock since the run started.
    public var monotonic: Int64
    public var action: Action
    public var target: Target
    public var detail: JSONObject
    /// 0 for the run itself.
    public var attempt: Int
    /// 32 hex digits: keeps the next line's `previous` from helping to guess this line.
    public var nonce: String

    public init(
        number: UInt64, previous: SHA256Digest, time: Int64, monotonic: Int64, action: Action, target: Target,
        detail: JSONObject, attempt: Int, nonce: String
    ) {
        self.number = number
        self.previous = previous
        self.time = time
        self.monotonic = monotonic
        self.action = action
        self.target = target
        self.detail = detail
        self.attempt = attempt
        self.nonce = nonce
    }

    /// The line with its LF.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("n", number)
            $0.member("previous", previous.hex)
            $0.member("time", Timestamp.text(time))
            $0.member("monotonic", monotonic)
            $0.member("action", action.rawValue)
            $0.member("target", target.json)
            $0.member("detail", .object(detail))
            $0.member("attempt", attempt)
            $0.member("nonce", nonce)
        }
        writer.endLine()
        return writer.bytes
    }

    /// Reads a line without its LF.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        let reader = try RecordReader(
            line, doing: "reading a custody line", limit: FormatLimits.custodyLine, members: Self.members)
        let nonce = try reader.string("nonce")
        guard HexText.isLowerHex(nonce, count: 32) else { throw reader.missing("nonce", "32 hex digits") }
        self.init(
            number: try reader.natural("n"), previous: try reader.digest("previous"), time: try reader.time("time"),
            monotonic: try reader.integer("monotonic"), action: Action(rawValue: try reader.string("action")),
            target: try Target(try reader.object("target")), detail: try reader.object("detail").all,
            attempt: Int(try reader.natural("attempt")), nonce: nonce)
    }

    private static let members = [
        "n", "previous", "time", "monotonic", "action", "target", "detail", "attempt", "nonce",
    ]
}
