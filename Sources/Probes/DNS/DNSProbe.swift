internal import NIOCore
internal import NIOPosix

/// Asks one DNS server one question: over UDP from a port of its own, with a random number; over TCP when the answer was cut off.
public struct DNSProbe: Sendable {
    public struct Answer: Sendable, Hashable {
        public var server: String
        public var name: String
        public var type: String
        /// `udp` or `tcp`: how the answer came, or was waited for.
        public var transport = "udp"
        /// Whether the answer over UDP was cut off.
        public var wasTruncated = false
        /// Answers that did not fit the question: another number, another name. They are not believed.
        public var ignored = 0
        public var milliseconds = 0.0
        /// Bytes of the answer.
        public var bytes = 0
        public var message: DNSMessage?
        public var failure: ProbeError?
    }

    public let server: NetworkAddress
    public let port: Int
    /// As ``HostName/checked(_:)`` gives it.
    public let name: String
    /// One of ``DNSType/byName``.
    public let type: UInt16
    public let limit: Duration

    /// - Parameter server: an address that was judged.
    public init(server: NetworkAddress, port: Int = 53, name: String, type: UInt16, within limit: Duration) {
        (self.server, self.port, self.name, self.type, self.limit) = (server, port, name, type, limit)
    }

    /// UDP loses packets: the question is asked so often.
    private static let tries = 2

    /// - Throws: `CancellationError` only.
    public func run() async throws -> Answer {
        var answer = Answer(server: server.description(port: port), name: name, type: DNSType.name(type))
        let watch = Stopwatch()
        do {
            try await datagrams(&answer)
            if answer.wasTruncated { try await stream(&answer, within: limit / 2) }
        } catch let error as ProbeError {
            answer.failure = error
        }
        answer.milliseconds = watch.milliseconds
        return answer
    }

    private func datagrams(_ answer: inout Answer) async throws {
        // Half of the time is for TCP, should that be needed.
        let share = limit / (2 * Self.tries)
        for attempt in 1...Self.tries {
            let id = UInt16.random(in: .min ... .max)
            let exchange = try await DatagramExchange.open(server, port: port)
            defer { exchange.close() }
            let query = DNSMessage.query(id: id, name: name, type: type)
            do {
                try await exchange.send(query, answerWithin: attempt == Self.tries ? share * 2 : share)
                var bytes = try await exchange.receive()
                while !Self.isAnswer(bytes, to: id) {
                    answer.ignored += 1
                    bytes = try await exchange.receive()
                }
                try take(bytes, id, &answer)
                return
            } catch is DeadlineExceeded {
                continue
            } catch let error as IOError {
                throw failure(error)
            }
        }
        let strays = answer.ignored > 0 ? "; \(answer.ignored) answers did not fit the question" : ""
        throw failure(.timeout, "no answer came in time\(strays)")
    }

    /// Only the number: what else is wrong with it is told, once it is taken apart.
    private static func isAnswer(_ bytes: [UInt8], to id: UInt16) -> Bool {
        bytes.count >= 12 && UInt16(bytes[0]) << 8 | UInt16(bytes[1]) == id && bytes[2] & 0x80 != 0
    }

    private func stream(_ answer: inout Answer, within limit: Duration) async throws {
        let id = UInt16.random(in: .min ... .max)
        let query = DNSMessage.query(id: id, name: name, type: type)
        let (server, port) = (server, port)
        do {
            let bytes = try await Probes.within(limit) {
                try await TCPConnection.with(server, port: port, within: limit) { connection -> [UInt8] in
                    // RFC 1035 section 4.2.2: the length before each message.
                    try await connection.send([UInt8(query.count >> 8), UInt8(query.count & 0xFF)] + query)
                    var got: [UInt8] = []
                    while true {
                        if got.count >= 2 {
                            let length = Int(got[0]) << 8 | Int(got[1])
                            if got.count >= 2 + length { return Array(got[2..<2 + length]) }
                        }
                        guard let more = try await connection.receive() else {
                            throw ProbeError(
                                code: .connectionLost, doing: "asking over TCP",
                                subject: server.description(port: port),
                                reason: "the server closed the connection before its answer was complete")
                        }
                        got += more
                    }
                }
            }
            answer.transport = "tcp"
            guard Self.isAnswer(bytes, to: id) else { throw failure(.badAnswer, "its answer is to another question") }
            try take(bytes, id, &answer)
        } catch is DeadlineExceeded {
            answer.transport = "tcp"
            throw failure(.timeout, "no answer came over TCP in time")
        }
    }

    private func take(_ bytes: [UInt8], _ id: UInt16, _ answer: inout Answer) throws {
        answer.bytes = bytes.count
        try Task.checkCancellation()
        let message = try DNSMessage(bytes)
        // A server that does not understand a question may leave it out.
        let fits =
            message.question.map { $0.name == name && $0.type == type && $0.class == 1 } ?? (message.responseCode != 0)
        guard fits else { throw failure(.badAnswer, "its answer is to another question") }
        answer.message = message
        answer.wasTruncated = answer.wasTruncated || message.isTruncated
    }

    private func failure(_ code: ProbeError.Code, _ reason: String) -> ProbeError {
        ProbeError(
            code: code, doing: "asking", subject: server.description(port: port), reason: reason)
    }

    private func failure(_ error: IOError) -> ProbeError {
        NetworkFailure.error(error, doing: "asking", subject: server.description(port: port))
    }
}
