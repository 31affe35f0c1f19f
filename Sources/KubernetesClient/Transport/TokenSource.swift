internal import Synchronization

/// The bearer token of the moment: fixed, or in a file that is read again while it may have rotated.
final class TokenSource: Sendable {
    static let maxBytes = 1 << 20
    /// Projected tokens rotate every hour or so; client-go reads again every minute.
    private static let maxAge = Duration.seconds(10)

    private struct State {
        var token: String?
        var readAt: ContinuousClock.Instant?
    }

    private let fixed: String?
    private let file: String?
    private let state = Mutex(State())

    init(access: ClusterAccess) {
        fixed = access.token
        file = access.tokenFile
    }

    /// Nil when there is no token to send.
    /// - Parameter fresh: reads the file even if it was read a moment ago.
    func token(fresh: Bool = false) throws(KubernetesError) -> String? {
        guard let file else { return fixed }
        let now = ContinuousClock.now
        let known = state.withLock { state -> String? in
            guard !fresh, let readAt = state.readAt, now - readAt < Self.maxAge else { return nil }
            return state.token
        }
        if let known { return known }
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(file, limit: Self.maxBytes)
        } catch {
            // As client-go: what was read last goes on, then the fixed token.
            if let last = state.withLock({ $0.token }) ?? fixed { return last }
            throw Self.bad(file, error.reason)
        }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            if let last = state.withLock({ $0.token }) ?? fixed { return last }
            throw Self.bad(file, "it holds no token")
        }
        state.withLock { state in
            state.token = text
            state.readAt = now
        }
        return text
    }

    /// Whether reading the file again gives another token than the one that was refused.
    func rotated(from refused: String?) -> Bool {
        guard file != nil, let fresh = try? token(fresh: true) else { return false }
        return fresh != refused
    }

    private static func bad(_ file: String, _ reason: String) -> KubernetesError {
        KubernetesError(
            code: .badKubeconfig, doing: "reading the token file \(file)", subject: file, reason: reason,
            advice: "Log in again, or choose another context")
    }
}
