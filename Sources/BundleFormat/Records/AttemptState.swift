/// The one end state of an attempt (section 4.3).
public enum AttemptState: String, Hashable, Sendable, CaseIterable {
    /// All of it was had.
    case ok
    /// It worked and there was nothing.
    case empty
    /// Some of it was had.
    case partial
    /// Its time, or the run's, was over first.
    case timeout
    /// Permission was refused.
    case denied
    /// What was asked for is not there: no previous log, no shell in the container.
    case missing
    case error
    /// Not tried.
    case skipped
}

/// Who says what an attempt brought (section 4.3): how far it can be trusted.
public enum EvidenceSource: String, Hashable, Sendable, CaseIterable {
    /// The API server.
    case api
    /// Read on the node or host itself.
    case node
    /// The container's own tools: the attacker's word if the container is the attacker's.
    case inContainer = "in-container"
    /// The operator's machine.
    case local
}
