/// When a run is to be over (`--deadline`), and what each of its parts may take for that.
///
/// It counts from the start of the command. At the deadline what is under way is cut off; the program ends, sealed, within
/// ``tail`` after it. The sum:
///
/// | part | waits for | until |
/// |---|---|---|
/// | reading keys | ssh-agent, to name its keys | the deadline |
/// | connecting | the API server | the deadline; half of what is left of it where the host is captured, too |
/// | opening the bundle | ssh-agent, to certify the run's key | the deadline, but it has a second |
/// | capturing | targets | the deadline, and 2 s for what does not obey (`CaptureEngine.Options.grace`) |
/// | removing node agents | the API server | 3 s after the deadline, but it has a second |
/// | sealing | ssh-agent, time stamp authorities | 4 s after the deadline, but each has half a second |
/// | ending | nobody: connections are left to themselves | |
///
/// What it does itself meanwhile (compressing and hashing what was captured, writing, syncing) is not cut, or there would be no
/// bundle. For an ordinary one that is a fraction of a second. It is more where attempts that were cut off had gathered gigabytes,
/// or where the disk, or whoever reads from `--out -`, is slow.
struct RunDeadline: Sendable {
    private let start: ContinuousClock.Instant
    private let limit: Duration

    /// How much later than the deadline the program ends at most.
    static let tail = Duration.seconds(5)
    /// Of the tail, for what is left to do when nobody is waited for any more.
    private static let finishing = Duration.seconds(1)

    init(_ limit: Duration, from start: ContinuousClock.Instant) {
        self.start = start
        self.limit = limit
    }

    /// When the capture ends.
    var end: ContinuousClock.Instant { start + limit }

    private var left: Duration { max(.zero, ContinuousClock.now.duration(to: end)) }

    /// What an agent may take before there is a bundle. Without its answer there will be none, so it has a second even when the
    /// cluster took all the time: one with its key in memory answers in milliseconds.
    var agentPatience: Duration { max(left, .seconds(1)) }

    /// Until when sealing may wait for others.
    var sealingWaits: ContinuousClock.Instant { end + (Self.tail - Self.finishing) }

    /// What node agents live at most: to the end of the run, and for what comes after that.
    var agentLifetime: Duration { left + .seconds(60) }

    /// What their removal may take.
    var removalPatience: Duration {
        min(.seconds(5), max(.seconds(1), ContinuousClock.now.duration(to: end + .seconds(3))))
    }

    /// What is less volatile waits no longer than this for what is volatile: of a short run no more than a quarter, or
    /// commands that hang would leave no time for anything else.
    func volatilePatience(usual: Duration) -> Duration { min(usual, left / 4) }

    /// What connecting may take.
    ///
    /// - Parameter sharing: something else is to be captured, too, cluster or not.
    func patience(forConnecting usual: Duration, sharing: Bool) -> Duration {
        min(usual, sharing ? left / 2 : left)
    }
}
