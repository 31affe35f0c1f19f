internal import Synchronization

/// What a TLS server serves: makes a handshake, sends nothing further, and says goodbye.
public enum TLSProbe {
    /// What is asked.
    public struct Question: Sendable, Hashable {
        /// Sent to the server (SNI, RFC 6066); an address is never sent.
        public var serverName: String?
        /// What the certificate must be for.
        public var expected: Endpoint.Host?
        /// Offered, in order (RFC 7301).
        public var alpn: [String]
        /// What is trusted, PEM; nil: what this system trusts (SSL_CERT_FILE, SSL_CERT_DIR).
        public var roots: [UInt8]?

        public init(
            serverName: String? = nil, expected: Endpoint.Host? = nil, alpn: [String] = [], roots: [UInt8]? = nil
        ) {
            self.serverName = serverName
            self.expected = expected
            self.alpn = alpn
            self.roots = roots
        }

        /// What a client would ask that was given this host.
        public init(host: Endpoint.Host, alpn: [String] = [], roots: [UInt8]? = nil) {
            let name: String? = if case .name(let name) = host { name } else { nil }
            self.init(serverName: name, expected: host, alpn: alpn, roots: roots)
        }
    }

    /// A server that has not ended its handshake after so many bytes never will.
    private static let mostBytes = 1 << 20
    /// After the end of a handshake a server may still say no: a client without a certificate is told only then (TLS 1.3).
    private static let afterwards = Duration.milliseconds(300)

    /// - Returns: what was seen; failures of the server, the network and time are in it.
    /// - Throws: `CancellationError`, and ``ProbeError/Code/systemFailure``.
    public static func run(
        _ question: Question, over channel: some ByteChannel, within limit: Duration
    ) async throws -> TLSAnswer {
        let watch = Stopwatch()
        let seen = Mutex(TLSAnswer())
        var failure: ProbeError?
        do {
            try await within(limit) { try await handshake(question, channel, seen) }
        } catch is DeadlineExceeded {
            failure = error(
                .timeout, "the handshake did not come to its end in time",
                "something listens, but hangs or does not speak TLS")
        } catch let error as ProbeError where error.code != .systemFailure {
            failure = error
        }
        var answer = seen.withLock { $0 }
        answer.serverName = question.serverName
        answer.expected = question.expected.map { "\($0)" }
        answer.milliseconds = watch.milliseconds
        if !answer.isComplete { answer.failure = failure ?? error(.handshakeFailed, "the handshake failed") }
        return answer
    }

    private static func handshake(
        _ question: Question, _ channel: some ByteChannel, _ seen: borrowing Mutex<TLSAnswer>
    ) async throws {
        let session = try TLSSession(question)
        var received = 0
        var first: [UInt8] = []
        func note(isComplete: Bool = false) {
            seen.withLock { answer in
                session.fill(&answer, isComplete: isComplete)
                answer.receivedBytes = received
                answer.garbage = !isComplete && !TLSRecord.mayBegin(first) ? first : nil
            }
        }
        while true {
            let step = session.step()
            let bytes = session.take()
            // An alert of ours is a courtesy: that it cannot be sent is not why the handshake failed.
            if case .failed(let reason) = step {
                note()
                if !bytes.isEmpty { try? await channel.send(bytes) }
                throw failed(reason, seen.withLock { $0 })
            }
            do {
                if !bytes.isEmpty { try await channel.send(bytes) }
                if case .complete = step { break }
                guard received <= mostBytes else { throw error(.badAnswer, "it sent more than a handshake has") }
                guard let more = try await channel.receive() else {
                    throw error(
                        .connectionLost, "the other side closed the connection before the handshake was complete",
                        received == 0 ? "it may not speak TLS, or not with this server name" : "")
                }
                received += more.count
                first += more.prefix(max(0, 64 - first.count))
                session.put(more)
            } catch {
                note()
                throw error
            }
        }
        note(isComplete: true)
        await settle(session, channel)
        note(isComplete: true)
    }

    /// Waits a moment for what a server says after the handshake, where it asked for a certificate, and hangs up.
    private static func settle(_ session: TLSSession, _ channel: some ByteChannel) async {
        var answer = TLSAnswer()
        session.fill(&answer, isComplete: true)
        if answer.wantsClientCertificate, answer.version == "TLSv1.3" {
            let more = try? await within(afterwards) { try await channel.receive() }
            if let bytes = more ?? nil { session.put(bytes) }
        }
        session.settle()
        session.sayGoodbye()
        try? await channel.send(session.take())
    }

    private static func failed(_ reason: String, _ answer: TLSAnswer) -> ProbeError {
        if let garbage = answer.garbage, !garbage.isEmpty {
            return error(.handshakeFailed, "what answers there does not speak TLS (\(reason))")
        }
        if let alert = answer.alertReceived {
            let name = TLSRecord.alertNames[alert] ?? "alert \(alert)"
            return error(
                .handshakeFailed, "the server ended the handshake: \(name)",
                answer.wantsClientCertificate ? "it wants a client certificate, and none is sent" : "")
        }
        return error(.handshakeFailed, "the handshake failed: \(reason)")
    }

    private static func error(_ code: ProbeError.Code, _ reason: String, _ advice: String = "") -> ProbeError {
        ProbeError(
            code: code, doing: "making a TLS handshake with", subject: "the server", reason: reason, advice: advice)
    }
}

/// What the record layer looks like from outside.
enum TLSRecord {
    /// Whether bytes may be the beginning of a TLS record: a handshake message or an alert, of version 3.x (RFC 8446 section 5.1).
    static func mayBegin(_ bytes: [UInt8]) -> Bool {
        for (index, byte) in bytes.prefix(2).enumerated() {
            if index == 0, byte != 22, byte != 21 { return false }
            if index == 1, byte != 3 { return false }
        }
        return true
    }

    /// Source: the IANA registry of TLS alerts.
    static let alertNames: [Int: String] = [
        10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure",
        42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
        51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
        86: "inappropriate_fallback", 90: "user_canceled", 109: "missing_extension", 110: "unsupported_extension",
        112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
        116: "certificate_required", 120: "no_application_protocol",
    ]
}
