internal import CTLS

/// A client's handshake over memory: bytes of the server go in, bytes for it come out. Used by one task at a time.
final class TLSSession {
    enum Step {
        case complete
        /// It waits for bytes of the server.
        case waiting
        case failed(String)
    }

    /// Largest chain that is taken, in bytes.
    static let largestChain = 256 << 10

    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let notes: UnsafeMutablePointer<exhibit_tls_notes>

    /// - Throws: ``ProbeError/Code/systemFailure`` when the library does not want to.
    init(_ question: TLSProbe.Question) throws(ProbeError) {
        guard let context = exhibit_tls_context(Self.largestChain) else { throw Self.failure("a context") }
        guard let notes = exhibit_tls_notes_new() else {
            SSL_CTX_free(context)
            throw Self.failure("memory")
        }
        let isTrusting =
            question.roots.map { exhibit_tls_trust(context, $0, $0.count) > 0 }
            ?? SystemAuthorities.trust(context)
        guard isTrusting, let ssl = exhibit_tls_new(context, notes) else {
            exhibit_tls_notes_free(notes)
            SSL_CTX_free(context)
            throw Self.failure(isTrusting ? "a session" : "trusted certificates")
        }
        (self.context, self.ssl, self.notes) = (context, ssl, notes)
        try ask(question)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        exhibit_tls_notes_free(notes)
        ERR_clear_error()
    }

    private func ask(_ question: TLSProbe.Question) throws(ProbeError) {
        if let name = question.serverName {
            guard exhibit_tls_set_server_name(ssl, name) == 1 else { throw Self.failure("the name \(name.shown)") }
        }
        switch question.expected {
        case .name(let name)?:
            guard SSL_set1_host(ssl, name) == 1 else { throw Self.failure("the name \(name.shown)") }
        case .address(let address)?:
            guard exhibit_tls_expect_address(ssl, "\(address)") == 1 else {
                throw Self.failure("the address \(address)")
            }
        case nil: break
        }
        var protocols: [UInt8] = []
        for name in question.alpn where (1...255).contains(name.utf8.count) {
            protocols += [UInt8(name.utf8.count)] + name.utf8
        }
        // 0 is success here, unlike anywhere else.
        guard protocols.isEmpty || SSL_set_alpn_protos(ssl, protocols, UInt32(protocols.count)) == 0 else {
            throw Self.failure("the protocols \(question.alpn)")
        }
    }

    private static func failure(_ what: String) -> ProbeError {
        let words = exhibit_tls_reason().map { ": \(String(cString: $0))" } ?? ""
        return ProbeError(
            code: .systemFailure, doing: "preparing a TLS handshake with", subject: what,
            reason: "the TLS library does not take it\(words)")
    }

    // MARK: Going on

    func put(_ bytes: [UInt8]) {
        // A memory BIO takes all, or there is no memory: then the handshake waits for the rest in vain.
        _ = exhibit_tls_put(ssl, bytes, Int32(clamping: bytes.count))
    }

    /// What is to be sent.
    func take() -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = exhibit_tls_take(ssl, &piece, Int32(piece.count))
            guard count > 0 else { return all }
            all += piece.prefix(Int(count))
        }
    }

    func step() -> Step {
        switch exhibit_tls_step(ssl) {
        case 1: .complete
        case 0: .waiting
        default: .failed(exhibit_tls_reason().map { String(cString: $0) } ?? "the handshake failed")
        }
    }

    /// Takes in what came with or after the handshake's end.
    func settle() { _ = exhibit_tls_settle(ssl) }

    /// Says goodbye: puts it into what is to be sent.
    func sayGoodbye() { SSL_shutdown(ssl) }

    // MARK: What was seen

    func fill(_ answer: inout TLSAnswer, isComplete: Bool) {
        answer.isComplete = isComplete
        let seen = notes.pointee
        if let bytes = seen.certificates {
            answer.chain = CertificateMessage.certificates(
                Array(UnsafeBufferPointer(start: bytes, count: seen.certificates_length)),
                isVersion13: seen.certificates_version == TLS1_3_VERSION)
        }
        answer.wantsClientCertificate = seen.client_certificate_wanted != 0
        answer.alertReceived = seen.alert_received < 0 ? nil : Int(seen.alert_received)
        answer.alertSent = seen.alert_sent < 0 ? nil : Int(seen.alert_sent)
        answer.problems = problems(seen)
        // Verification runs once, with the whole chain; without one the peer's certificate is not set.
        if SSL_get0_peer_certificate(ssl) != nil {
            answer.isVerified = answer.problems.isEmpty && SSL_get_verify_result(ssl) == X509_V_OK
        }
        if answer.isVerified == true { answer.verifiedChain = verifiedChain() }
        // Set once both sides have agreed.
        if let cipher = SSL_get_current_cipher(ssl) {
            answer.version = String(cString: SSL_get_version(ssl))
            answer.cipher = String(cString: SSL_CIPHER_get_name(cipher))
        }
        answer.staple = staple()
        guard isComplete else { return }
        answer.group = exhibit_tls_group(ssl).map { String(cString: $0) }
        answer.alpn = alpn()
    }

    private func problems(_ seen: exhibit_tls_notes) -> [TLSAnswer.Problem] {
        let codes = withUnsafeBytes(of: seen.problem_codes) { Array($0.bindMemory(to: Int32.self)) }
        let depths = withUnsafeBytes(of: seen.problem_depths) { Array($0.bindMemory(to: Int32.self)) }
        var found: [TLSAnswer.Problem] = []
        for (code, depth) in zip(codes, depths).prefix(Int(seen.problems)) {
            let problem = TLSAnswer.Problem(
                code: Int(code), words: String(cString: X509_verify_cert_error_string(Int(code))), depth: Int(depth))
            if !found.contains(problem) { found.append(problem) }
        }
        return found
    }

    private func verifiedChain() -> [[UInt8]] {
        (0..<exhibit_tls_verified_count(ssl)).compactMap { index in
            var bytes: UnsafeMutablePointer<UInt8>?
            let count = exhibit_tls_verified(ssl, index, &bytes)
            guard let bytes, count > 0 else { return nil }
            defer { exhibit_tls_free(bytes) }
            return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
        }
    }

    private func alpn() -> String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &count)
        guard let bytes, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self).shown
    }

    private func staple() -> TLSAnswer.Staple? {
        var bytes: UnsafePointer<UInt8>?
        let count = exhibit_tls_staple(ssl, &bytes)
        guard let bytes, count > 0, count <= Self.largestChain else { return nil }
        var (from, until): (Int64, Int64) = (0, 0)
        let status = exhibit_tls_staple_status(bytes, count, &from, &until)
        let words = [
            V_OCSP_CERTSTATUS_GOOD: "good", V_OCSP_CERTSTATUS_REVOKED: "revoked", V_OCSP_CERTSTATUS_UNKNOWN: "unknown",
        ]
        return TLSAnswer.Staple(
            encoded: Array(UnsafeBufferPointer(start: bytes, count: count)), status: words[status],
            thisUpdate: from == 0 ? nil : from, nextUpdate: until == 0 ? nil : until)
    }
}

/// The certificates in a Certificate message: RFC 5246 section 7.4.2, RFC 8446 section 4.4.2.
enum CertificateMessage {
    /// Those that stand there whole, in order; what the certificates themselves say is not looked at.
    ///
    /// - Parameter message: with its 4 bytes of header.
    static func certificates(_ message: [UInt8], isVersion13: Bool) -> [[UInt8]] {
        var rest = message.dropFirst(4)
        func number(_ count: Int) -> Int? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        }
        func bytes(_ count: Int) -> [UInt8]? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        if isVersion13 {
            guard let context = number(1), bytes(context) != nil else { return [] }
        }
        guard let total = number(3), total <= rest.count else { return [] }
        rest = rest.prefix(total)
        var found: [[UInt8]] = []
        while let count = number(3), let certificate = bytes(count) {
            found.append(certificate)
            if isVersion13 {
                guard let extensions = number(2), bytes(extensions) != nil else { return found }
            }
        }
        return found
    }
}
