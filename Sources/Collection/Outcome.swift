public import BundleFormat

/// How a step ended. Expected failures (denied, gone, cut off) are outcomes, not errors.
public struct Outcome: Sendable {
    public var state: AttemptState
    public var reason: Reason?
    /// What cut the output, if a limit did.
    public var truncated: Truncation?

    public init(_ state: AttemptState, reason: Reason? = nil, truncated: Truncation? = nil) {
        self.state = state
        self.reason = reason
        self.truncated = truncated
    }

    public static let ok = Outcome(.ok)
    public static let empty = Outcome(.empty)

    public static func missing(_ code: String, _ message: String) -> Outcome {
        Outcome(.missing, reason: Reason(code: code, message: message))
    }

    public static func skipped(_ code: String, _ message: String) -> Outcome {
        Outcome(.skipped, reason: Reason(code: code, message: message))
    }

    public static func partial(_ code: String, _ message: String) -> Outcome {
        Outcome(.partial, reason: Reason(code: code, message: message))
    }

    public static func denied(_ code: String, _ message: String) -> Outcome {
        Outcome(.denied, reason: Reason(code: code, message: message))
    }

    public static func error(_ code: String, _ message: String) -> Outcome {
        Outcome(.error, reason: Reason(code: code, message: message))
    }
}

/// Thrown by a step that was cancelled, when there is something to say of what it was waiting for.
public struct CutOff: Error, Sendable {
    /// As in "the API server wanted fewer requests (429)".
    public var meanwhile: String

    public init(meanwhile: String) {
        self.meanwhile = meanwhile
    }
}

/// Thrown by a step to end its attempt with an outcome from any depth.
public struct StepFailure: Error, Sendable {
    public var outcome: Outcome

    public init(_ outcome: Outcome) {
        self.outcome = outcome
    }
}
