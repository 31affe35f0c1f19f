/// What can be said of an attempt before it is made, by whoever would make it.
public struct Foresight: Sendable {
    /// How it would end; nil when nothing speaks against it, which is no promise.
    public var outcome: Outcome?
    /// Why that could not be found out; nil where it was.
    public var unknown: String?
    /// What would be tried by what it finds.
    public var next: [PlannedAttempt]

    public init(_ outcome: Outcome? = nil, next: [PlannedAttempt] = []) {
        self.outcome = outcome
        self.next = next
    }

    /// Nobody could say.
    public static func unknown(_ reason: String) -> Foresight {
        var foresight = Foresight()
        foresight.unknown = reason
        return foresight
    }

    /// How far one may go to find out.
    public enum Reach: Sendable {
        /// This machine (its programs, files and resolver), and lists of the API server. Nobody else hears of it.
        case looking
        /// Also a TCP connection to each address, over which nothing is sent.
        case connecting
    }
}
