/// How many requests may wait for the first byte of their answer at once: fewer while the API server needs clearly longer for it
/// than it used to, so that a capture does not add to the load of one that is in trouble.
///
/// When most of the last answers were slow, the number is halved; when they were not, it grows. With a single request under way
/// nothing waits for others of ours: what is measured then is the server's own time, and is the usual one from then on. A server
/// that is slow for other reasons is therefore not asked one thing at a time for long.
///
/// The idea is that of TCP Vegas (Brakmo, O'Malley, Peterson 1994): a round trip that grows shows a queue before anything is lost.
package struct LatencyLimit: Sendable {
    /// What is alike enough to be compared: a page of a large list takes longer than one object, and for a log a kubelet is asked.
    package enum Kind: Sendable {
        case document, page, log
    }

    package typealias Instant = ContinuousClock.Instant

    /// Slow is what takes so many times as long as usual …
    package static let factor = 3.0
    /// … and longer than this: below it nobody is in trouble, and the network or this machine may be what varies.
    package static let floor = Duration.milliseconds(250)
    /// What is allowed now, and the fewest so far.
    package private(set) var current: Int
    package private(set) var lowest: Int
    private let most: Int
    private var usual: [Kind: UsualTime] = [:]
    /// Answers of this round, and how many were slow.
    private var seen = 0
    private var slow = 0
    /// When it was last made smaller.
    private var lowered: Instant?

    package init(most: Int) {
        self.most = max(1, most)
        current = self.most
        lowest = self.most
    }

    /// - Parameters:
    ///   - sent: when the request was sent.
    ///   - answered: when the first bytes of its answer came.
    package mutating func note(_ kind: Kind, sent: Instant, answered: Instant) {
        // What was sent before tells of the number before.
        if let lowered, sent < lowered { return }
        let time = max(.zero, answered - sent)
        let isSlow = usual[kind].map { time > max(Self.floor, $0.value * Self.factor) } ?? false
        usual[kind, default: UsualTime()].learn(time)
        seen += 1
        if isSlow { slow += 1 }
        // All that are under way, twice: one slow queue is seen once.
        let round = 2 * max(2, current)
        if slow * 2 > round {
            current = max(1, current / 2)
            lowest = min(lowest, current)
            lowered = answered
            if current == 1 { usual = [:] }
        } else if seen >= round {
            current = min(most, current + max(1, current / 4))
        } else {
            return
        }
        (seen, slow) = (0, 0)
    }
}

/// What an answer usually takes: the mean at the beginning, then a minimum that moves slowly.
private struct UsualTime: Sendable {
    private static let firstGroup = 8
    /// Means are compared and not single times, which vary too much for a minimum.
    private static let group = 16

    private(set) var value = Duration.zero
    private var isFirst = true
    private var count = 0
    private var sum = Duration.zero

    mutating func learn(_ time: Duration) {
        count += 1
        sum += time
        let mean = sum / count
        if isFirst { value = mean }
        guard count >= (isFirst ? Self.firstGroup : Self.group) else { return }
        if mean < value { value += (mean - value) / 8 }
        (isFirst, count, sum) = (false, 0, .zero)
    }
}
