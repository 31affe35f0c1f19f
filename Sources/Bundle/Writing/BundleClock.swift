internal import Glibc

/// The clocks behind the lines that the writer itself makes.
struct BundleClock: Sendable {
    /// Nanoseconds of `CLOCK_BOOTTIME` when the run started.
    let origin: Int64

    /// Nanoseconds since 1970-01-01 UTC.
    var wall: Int64 { Self.read(CLOCK_REALTIME) }

    /// Nanoseconds of the boot clock since the run started.
    var monotonic: Int64 { Self.read(CLOCK_BOOTTIME) - origin }

    /// Seconds since 1970-01-01 UTC.
    static var now: Int64 { read(CLOCK_REALTIME) / 1_000_000_000 }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
