extension KubernetesClient {
    /// Asks a service in a pod through the API server, and streams what it answers to `chunk`, byte for byte as it comes (at most a
    /// few hundred KiB at a time, cut anywhere); the server waits while `chunk` does. The slice is only lent.
    ///
    /// Any status is an answer. A redirect is one, too, and is not followed. What the API server itself refuses is thrown: that these
    /// credentials may not ask, or that there is no such pod. It says so in a way that any service can imitate, so it is asked whether
    /// that is true, by requests that no pod sees. Where nothing tells, the answer says so (``PodAnswer/Speaker``).
    ///
    /// HTML comes with its links rewritten by the API server. Source: k8s.io/apimachinery `util/proxy/transport.go`.
    ///
    /// - Parameters:
    ///   - head: gets the head before the first byte of the body.
    ///   - asking: called before each time that the question is sent: a connection that ended meanwhile, or credentials that were
    ///     refused, make it be sent once more.
    /// - Throws: `KubernetesError`; what `asking`, `head` and `chunk` throw goes through, and ends the request. When it fails midway, what was
    ///   handed out until then is the answer's beginning.
    public func ask(
        _ question: PodQuestion, head: (PodAnswer) async throws -> Void,
        chunk: (ArraySlice<UInt8>) async throws -> Void, asking: () async throws -> Void = {}
    ) async throws {
        let request = try question.request
        var isRetry = false
        while true {
            var hasHead = false
            let taken: Taken
            try await asking()
            do {
                taken = try await transport.proxied(request, isRetry: isRetry) { answer in
                    hasHead = true
                    return try await take(answer, request, head: head, chunk: chunk)
                }
            } catch let error as KubernetesError where error.code == .connectionLost && !hasHead && !isRetry {
                // A connection that was kept can have ended meanwhile.
                isRetry = true
                continue
            }
            guard case .doubtful(var answer, let refusal) = taken else { return }
            switch try await judge(refusal, of: question, request, isRetry: isRetry) {
            case .askAgain:
                isRetry = true
                continue
            case .service: break
            case .unknown: answer.speaker = .likelyAPIServer(refusal.words ?? "")
            }
            try await head(answer)
            if !refusal.body.isEmpty { try await chunk(refusal.body[...]) }
            return
        }
    }

    private enum Taken {
        case done
        /// Nothing was handed out: who says it is to be found out, and not while a connection is held.
        case doubtful(PodAnswer, ProxyRefusal)
    }

    private func take(
        _ answer: HTTPTransport.ProxiedAnswer, _ request: HTTPTransport.Request, head: (PodAnswer) async throws -> Void,
        chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> Taken {
        let told = PodAnswer(answer)
        var beginning: [UInt8] = []
        if ProxyRefusal.isPossible(answer.head) {
            var failure: (any Error)?
            var isWhole = false
            do {
                while beginning.count <= ProxyRefusal.maxBodyBytes, !isWhole {
                    if let bytes = try await answer.next() { beginning += bytes } else { isWhole = true }
                }
            } catch {
                failure = error
            }
            let refusal = ProxyRefusal(head: answer.head, body: beginning)
            if isWhole, refusal.words != nil { return .doubtful(told, refusal) }
            if let failure {
                try await head(told)
                if !beginning.isEmpty { try await chunk(beginning[...]) }
                throw failure
            }
        }
        try await head(told)
        if !beginning.isEmpty { try await chunk(beginning[...]) }
        while let bytes = try await answer.next() { try await chunk(bytes[...]) }
        return .done
    }

    private enum Verdict {
        case service, unknown
        /// These credentials are good, and may not have been a moment ago.
        case askAgain
    }

    /// Asks the API server itself whether what an answer says in its manner is so.
    ///
    /// - Throws: the refusal, when it is.
    private func judge(
        _ refusal: ProxyRefusal, of question: PodQuestion, _ request: HTTPTransport.Request, isRetry: Bool
    ) async throws(KubernetesError) -> Verdict {
        let refused = refusal.error(doing: request.doing, subject: request.path)
        do throws(KubernetesError) {
            switch refusal.status {
            case 401:
                _ = try await review(question)
                return isRetry ? .service : .askAgain
            case 403:
                guard try await review(question).allowed else { throw refused }
                // It may still be an admission plugin's word.
                return refusal.isAuthorizers ? .service : .unknown
            case 404:
                _ = try await get(.pods, namespace: question.namespace, name: question.pod)
                return .service
            default: return .unknown
            }
        } catch {
            switch (refusal.status, error.code) {
            case (401, .unauthorized), (404, .notFound): throw refused
            case (_, .cancelled): throw error
            default:
                if error == refused { throw refused }
                return .unknown
            }
        }
    }

    private func review(_ question: PodQuestion) async throws(KubernetesError) -> AccessReview {
        try await accessReview(
            verb: "get", group: "", resource: "pods", subresource: "proxy", name: question.name,
            namespace: question.namespace)
    }
}
