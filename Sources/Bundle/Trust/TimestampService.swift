public import Cryptography

/// Somewhere to get a time stamp from. How it is reached is not this room's business.
public protocol TimestampService: Sendable {
    /// What it is called in messages, as its URL.
    var name: String { get }

    /// The answer to a request (RFC 3161, DER). It must end within a bounded time, at once when its task is cancelled, and be
    /// of bounded size.
    func answer(to request: [UInt8]) async throws -> [UInt8]
}

/// A time stamp that was had, checked as far as that can be without trusting anybody.
public struct TakenTimestamp: Hashable, Sendable {
    /// TimeStampResp in DER: `sig/seal.K.tsr`.
    public let response: [UInt8]
    /// What is kept for later, in PEM: `sig/seal.K.tsa.pem`.
    public let certificates: [UInt8]
    /// What it says.
    public let info: TimestampInfo
    /// The subject of the authority's certificate.
    public let authority: String
    /// Who gave it.
    public let service: String
}

/// No service gave a time stamp that is right.
public struct TimestampFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What each service did, in the order in which they were asked.
    public struct Refusal: Hashable, Sendable {
        public let service: String
        public let reason: String
    }

    public let refusals: [Refusal]

    public var description: String {
        refusals.map { "\($0.service): \($0.reason)" }.joined(separator: "; ")
    }
}

/// Takes time stamps: asks one service after the other until one gives what is right.
public struct TimestampTaker: Sendable {
    public let services: [any TimestampService]
    /// Authorities to be believed. With them, a time stamp by anybody else is not taken, and the next service is asked.
    public let authorities: CertificateBundle?
    /// For all of them together; each gets an equal share.
    public let budget: Duration

    /// - Parameter services: at least one.
    public init(
        services: [any TimestampService], authorities: CertificateBundle? = nil, budget: Duration = .seconds(10)
    ) {
        self.services = services
        self.authorities = authorities
        self.budget = budget
    }

    /// A time stamp over `bytes`: those of a signature file, or of a record's line.
    ///
    /// Throws ``TimestampFailure`` when no service gives one, `CancellationError`, and ``CryptographyError`` when there is
    /// no randomness for a request.
    ///
    /// - Parameter patience: for all services together, if that is less than the budget.
    public func take(over bytes: [UInt8], within patience: Duration? = nil) async throws -> TakenTimestamp {
        let share = min(budget, patience ?? budget) / max(1, services.count)
        var refusals: [TimestampFailure.Refusal] = []
        for service in services {
            do {
                // A nonce is for one request only.
                let request = try TimestampRequest(over: bytes)
                let answer = try await self.answer(of: service, to: request.encoded, within: share)
                return try check(answer, to: request, over: bytes, service: service.name)
            } catch let error as CancellationError {
                throw error
            } catch let error as CryptographyError {
                refusals.append(.init(service: service.name, reason: error.reason))
            } catch {
                refusals.append(.init(service: service.name, reason: "\(error)"))
            }
        }
        throw TimestampFailure(refusals: refusals)
    }

    private func answer(
        of service: any TimestampService, to request: [UInt8], within share: Duration
    ) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await service.answer(to: request) }
            group.addTask {
                try await Task.sleep(for: share)
                return nil
            }
            guard let answer = try await group.next() ?? nil else {
                throw CryptographyError(
                    code: .timedOut, doing: "taking a time stamp",
                    reason: "it did not answer within \(Self.text(share))")
            }
            return answer
        }
    }

    /// To a tenth of a second, rounded up.
    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10 + (attoseconds + 99_999_999_999_999_999) / 100_000_000_000_000_000
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }

    private func check(
        _ answer: [UInt8], to request: TimestampRequest, over bytes: [UInt8], service: String
    ) throws -> TakenTimestamp {
        let response = try TimestampResponse(answer: answer)
        try response.token.check(answers: request)
        let found = try response.token.verify(message: bytes, anchors: authorities)
        if case .untrusted(let failure) = found.trust {
            throw CryptographyError(
                code: .badSignature, doing: "taking a time stamp",
                reason: "its time stamp is by nobody who is to be believed: \(failure)")
        }
        return TakenTimestamp(
            response: response.encoded, certificates: found.certificatesForLater().pem, info: found.info,
            authority: found.authority.subject, service: service)
    }
}
