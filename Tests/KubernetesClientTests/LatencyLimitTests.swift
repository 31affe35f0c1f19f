import KubernetesClient
import TestSupport
import Testing

/// How many requests are let through to a server that gets slow, on simulated servers.
struct LatencyLimitTests {
    @Test(arguments: [1, 2, 8, 64])
    func aQuickServerIsNotHeldBack(most: Int) {
        var limit = LatencyLimit(most: most)
        var server = QueueServer(capacity: 64, seed: 1) { .milliseconds(Int64.random(in: 1...200, using: &$0)) }
        _ = server.run(2_000, &limit)
        #expect(limit.current == most && limit.lowest == most)
    }

    /// Whatever happens: at least one, at most what the operator allowed, and slowly more.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func itStaysWithinItsBounds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let most = Int.random(in: -1...70, using: &generator)
        var limit = LatencyLimit(most: most)
        let start = ContinuousClock.now
        var clock = start
        for _ in 0..<5_000 {
            let before = limit.current
            clock += .milliseconds(Int64.random(in: -5...2_000, using: &generator))
            // Answers of another order than the requests, and clocks that are no clocks.
            let milliseconds = Int64.random(in: -1_000...100_000, using: &generator)
            let sent = clock - .milliseconds(milliseconds >> Int64.random(in: 0...16, using: &generator))
            limit.note([.document, .page, .log].randomElement(using: &generator) ?? .log, sent: sent, answered: clock)
            #expect((1...max(1, most)).contains(limit.current))
            #expect(limit.lowest <= limit.current && limit.lowest >= 1)
            #expect(limit.current <= before + max(1, before / 4))
            #expect(limit.current >= before / 2)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        enum Times: CaseIterable { case same, even, exponential }
        var capacity: Int
        var most: Int
        var times: Times
        var mean: Int

        var testDescription: String { "capacity \(capacity), at most \(most), \(times) \(mean) ms" }

        static var all: [Case] {
            [1, 2, 4, 8, 32].flatMap { capacity in
                [2, 8, 16, 64].flatMap { most in
                    Times.allCases.flatMap { times in
                        [20, 100, 400, 1_000].map { Case(capacity: capacity, most: most, times: times, mean: $0) }
                    }
                }
            }
        }

        func time(_ generator: inout SeededGenerator) -> Duration {
            let mean = Double(mean)
            let milliseconds =
                switch times {
                case .same: mean
                case .even: Double.random(in: 0.2 * mean...1.8 * mean, using: &generator)
                case .exponential: -mean * logarithm(Double.random(in: 0.000_1...1, using: &generator))
                }
            return .microseconds(Int64(milliseconds * 1_000))
        }
    }

    /// A server that does so many things at once and lets the others queue: nothing is lost by asking fewer of it, and nobody
    /// waits for many others of ours. A capture begins with one thing after the other.
    @Test(arguments: Case.all)
    func aQueueIsKeptShortAtFullThroughput(_ scene: Case) {
        let count = 4_000
        var limit = LatencyLimit(most: scene.most)
        var adaptive = QueueServer(capacity: scene.capacity, seed: 7, times: scene.time)
        _ = adaptive.run(8, &limit, most: 1)
        let mine = adaptive.run(count, &limit)
        var fixed = QueueServer(capacity: scene.capacity, seed: 7, times: scene.time)
        _ = fixed.run(8, most: 1)
        let theirs = fixed.run(count, most: scene.most)
        #expect(mine.end <= theirs.end * 1.1, "\(mine.end) instead of \(theirs.end), lowest \(limit.lowest)")
        let bound = max(LatencyLimit.floor, .milliseconds(scene.mean) * LatencyLimit.factor) * 2.5
        #expect(mine.laterLatency <= bound, "\(mine.laterLatency); else \(theirs.laterLatency)")
    }

    /// Without a beginning there is nothing to compare with; it costs little then, too.
    @Test(arguments: Case.all.filter { $0.times == .same })
    func aQueueFromTheFirstMomentOnIsNoMoreThanItWas(_ scene: Case) {
        var limit = LatencyLimit(most: scene.most)
        var adaptive = QueueServer(capacity: scene.capacity, seed: 7, times: scene.time)
        let mine = adaptive.run(1_000, &limit)
        var fixed = QueueServer(capacity: scene.capacity, seed: 7, times: scene.time)
        let theirs = fixed.run(1_000, most: scene.most)
        #expect(mine.end <= theirs.end * 1.1)
        #expect(mine.laterLatency <= theirs.laterLatency)
    }

    /// Slow for all at once, whatever is asked of it: that is the new usual, and the capture goes on at its pace.
    @Test func aServerThatIsSlowByItselfIsNotAskedOneByOneForLong() {
        var limit = LatencyLimit(most: 8)
        var adaptive = QueueServer(capacity: 64) { _ in .milliseconds(50) }
        _ = adaptive.run(1_000, &limit)
        adaptive.times = { _ in .milliseconds(1_000) }
        let mine = adaptive.run(3_000, &limit)
        var fixed = QueueServer(capacity: 64) { _ in .milliseconds(1_000) }
        let theirs = fixed.run(3_000, most: 8)
        #expect(limit.lowest == 1)
        #expect(limit.current == 8)
        #expect(mine.end <= theirs.end * 1.1, "\(mine.end) instead of \(theirs.end)")
    }

    /// It gets into trouble for a while: fewer meanwhile, all of them soon after.
    @Test func allAreAllowedAgainWhenItIsWell() {
        var limit = LatencyLimit(most: 8)
        var server = QueueServer(capacity: 64) { _ in .milliseconds(20) }
        _ = server.run(100, &limit)
        server.capacity = 1
        server.times = { _ in .milliseconds(300) }
        _ = server.run(60, &limit)
        let meanwhile = limit.current
        #expect(meanwhile <= 4)
        server.capacity = 64
        server.times = { _ in .milliseconds(20) }
        _ = server.run(200, &limit)
        #expect(limit.current == 8)
        #expect(limit.lowest <= meanwhile)
    }

    /// A list that is long to be made says nothing of the server, as long as lists usually are.
    @Test func likeIsComparedWithLike() {
        var limit = LatencyLimit(most: 8)
        let clock = ContinuousClock.now
        for number in 0..<400 {
            let sent = clock + .milliseconds(number * 100)
            limit.note(.document, sent: sent, answered: sent + .milliseconds(5))
            for _ in 0..<3 { limit.note(.page, sent: sent, answered: sent + .milliseconds(900)) }
        }
        #expect(limit.lowest == 8)
    }

    /// What was sent before the number was lowered is no reason to lower it again.
    @Test func oneQueueLowersItOnce() {
        var limit = LatencyLimit(most: 64)
        let clock = ContinuousClock.now
        for _ in 0..<64 { limit.note(.log, sent: clock, answered: clock + .milliseconds(10)) }
        let later = clock + .seconds(1)
        for number in 0..<200 { limit.note(.log, sent: later, answered: later + .milliseconds(2_000 + number)) }
        #expect(limit.current == 32)
    }
}

/// Natural logarithm, without a library: `ln x = 2 artanh((x-1)/(x+1))`, after halving.
private func logarithm(_ number: Double) -> Double {
    var (rest, halvings) = (number, 0.0)
    while rest < 0.5 {
        rest *= 2
        halvings += 1
    }
    let ratio = (rest - 1) / (rest + 1)
    var (term, sum) = (ratio, 0.0)
    for power in stride(from: 1.0, to: 40, by: 2) {
        sum += term / power
        term *= ratio * ratio
    }
    return 2 * sum - halvings * 0.693_147_180_559_945_3
}

/// Does so many things at a time, first come first served, for clients that ask again as soon as they may.
private struct QueueServer {
    struct Result {
        var end: Duration
        /// The mean of the later half.
        var laterLatency: Duration
    }

    private(set) var now = ContinuousClock.now
    var capacity: Int
    var times: (inout SeededGenerator) -> Duration
    private var generator: SeededGenerator

    init(capacity: Int, seed: UInt64 = 0, times: @escaping (inout SeededGenerator) -> Duration) {
        self.capacity = capacity
        self.times = times
        generator = SeededGenerator(seed: seed)
    }

    mutating func run(_ count: Int, _ limit: inout LatencyLimit, most: Int = .max) -> Result {
        run(count) { sent, answered in
            if let sent, let answered { limit.note(.document, sent: sent, answered: answered) }
            return min(limit.current, most)
        }
    }

    mutating func run(_ count: Int, most: Int) -> Result {
        run(count) { _, _ in most }
    }

    /// - Parameter allowed: gets what was answered, and says how many may be under way.
    private mutating func run(
        _ count: Int, allowed: (ContinuousClock.Instant?, ContinuousClock.Instant?) -> Int
    ) -> Result {
        let begin = now
        /// When each of its workers is free.
        var workers = Array(repeating: begin, count: capacity)
        var underWay: [(sent: ContinuousClock.Instant, answered: ContinuousClock.Instant)] = []
        var number = 0
        var latencies: [Duration] = []
        var most = allowed(nil, nil)
        while latencies.count < count {
            while underWay.count < most, number < count {
                let worker = workers.indices.min { workers[$0] < workers[$1] } ?? 0
                let end = max(now, workers[worker]) + times(&generator)
                workers[worker] = end
                underWay.append((now, end))
                number += 1
            }
            guard let next = underWay.indices.min(by: { underWay[$0].answered < underWay[$1].answered }) else { break }
            let (sent, answered) = underWay.remove(at: next)
            now = answered
            latencies.append(answered - sent)
            most = allowed(sent, answered)
        }
        let later = latencies.dropFirst(latencies.count / 2)
        return Result(end: now - begin, laterLatency: later.reduce(.zero, +) / max(1, later.count))
    }
}
