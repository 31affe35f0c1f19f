/// How long others may keep a seal waiting: an agent, for which somebody must touch a token, and time stamp authorities.
struct SealPatience: Sendable {
    /// After this nobody is waited for; nil: each may take as long as it usually may.
    let limit: ContinuousClock.Instant?

    /// Each gets this, whatever the time: an agent with its key in memory answers in milliseconds, and a bundle without the
    /// operator's signature is worth less than half a second.
    static let least = Duration.milliseconds(500)

    /// For whoever is asked now, if that is less than it usually may take.
    var left: Duration? { limit.map { max(Self.least, ContinuousClock.now.duration(to: $0)) } }
}
