internal import NIOHTTP1

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The clock of an API server, as the header `Date` of one of its answers tells it (RFC 9110, section 6.6.1).
///
/// `Date` has whole seconds, and was written at some moment between the request and the answer. So the middle of that second is
/// taken for the middle of that time, and ``errorMilliseconds`` says how wrong this can be: half a second, and half of the time
/// that the answer took. It is what the server claims, no more.
public struct ServerClock: Hashable, Sendable {
    /// The server's clock less the one of this machine, when the answer came: positive when the server's is ahead.
    public let offsetMilliseconds: Int64
    /// The offset is right within so many milliseconds, either way.
    public let errorMilliseconds: Int64
    /// The server's time at `instant`, in milliseconds since 1970.
    private let milliseconds: Int64
    private let instant: ContinuousClock.Instant

    /// - Parameters:
    ///   - date: the header; nil comes back when it is no date from 1970 to 9999.
    ///   - sent: before the request was sent.
    ///   - received: after the head of the answer had come.
    package init?(date: String, sent: LocalMoment, received: LocalMoment) {
        guard let seconds = HTTPDate.secondsSince1970(date) else { return nil }
        let took = max(.zero, sent.instant.duration(to: received.instant))
        milliseconds = Int64(seconds) * 1_000 + 500
        instant = sent.instant + took / 2
        // Counted from one reading of the wall clock: somebody may set it between the two.
        offsetMilliseconds = milliseconds - (sent.milliseconds + (took / 2).milliseconds)
        // With what was cut off above.
        errorMilliseconds = 503 + (took / 2).milliseconds
    }

    /// What is not from the server just now (a cache says so with `Age`) tells nothing.
    init?(_ headers: HTTPHeaders, sent: LocalMoment, received: LocalMoment) {
        guard let date = headers.first(name: "Date"), !headers.contains(name: "Age") else { return nil }
        self.init(date: date, sent: sent, received: received)
    }

    /// The server's time now, in milliseconds since 1970. The time since is counted by this machine's boot clock, so it does not
    /// matter when its wall clock is set meanwhile.
    public var now: Int64 { milliseconds + instant.duration(to: .now).milliseconds }
}

/// A moment here, on both clocks: wall time to compare, boot time to count on from.
package struct LocalMoment: Hashable, Sendable {
    /// Milliseconds since 1970.
    package var milliseconds: Int64
    package var instant: ContinuousClock.Instant

    package init(milliseconds: Int64, instant: ContinuousClock.Instant) {
        self.milliseconds = milliseconds
        self.instant = instant
    }

    package static var now: LocalMoment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LocalMoment(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000, instant: .now)
    }
}

extension Duration {
    /// Whole ones, cut off.
    fileprivate var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
