internal import NIOHTTP1

/// The head of what came for a ``PodQuestion``.
public struct PodAnswer: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Who gave it.
    public enum Speaker: Sendable, Hashable {
        /// What listens at the port.
        case service
        /// It reads as though the API server, or what stands before it, had not reached the service; but a service can say the same, and
        /// nothing tells the two apart. With its words, fit for a line.
        case likelyAPIServer(String)
    }

    public var status: Int
    /// In their order, as the API server passed them on, with its own among them.
    public var headers: [Header]
    public var speaker: Speaker
    /// From sending the request to the head, on this machine.
    public var timeToHead: Duration

    public init(status: Int, headers: [Header], speaker: Speaker = .service, timeToHead: Duration) {
        self.status = status
        self.headers = headers
        self.speaker = speaker
        self.timeToHead = timeToHead
    }
}

extension PodAnswer {
    init(_ answer: HTTPTransport.ProxiedAnswer) {
        self.init(
            status: Int(answer.head.status.code), headers: answer.head.headers.map { Header($0.name, $0.value) },
            speaker: .service, timeToHead: answer.time)
    }
}
