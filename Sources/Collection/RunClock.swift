internal import Glibc

/// The two clocks of a run: wall time for people, boot time for order and durations.
///
/// `CLOCK_BOOTTIME` (clock_gettime(2)) goes on while the machine sleeps and is not set back by whoever controls the wall clock.
public struct RunClock: Sendable {
    /// Nanoseconds of `CLOCK_BOOTTIME` when the run started.
    public let origin: Int64

    public init() {
        origin = Self.read(CLOCK_BOOTTIME)
    }

    /// Nanoseconds since the run started.
    public var monotonic: Int64 { Self.read(CLOCK_BOOTTIME) - origin }

    /// Nanoseconds since 1970-01-01 UTC.
    public static var wall: Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
