internal import Terminal

/// How often things of several kinds happened, over one axis of time.
public struct TimeChart: Sendable {
    /// Things of one severity.
    public struct Series: Sendable {
        public let name: String
        public let tone: Tone
        /// One a bucket.
        public let counts: [Int]

        public init(_ name: String, _ tone: Tone, _ counts: [Int]) {
            self.name = name
            self.tone = tone
            self.counts = counts
        }
    }

    /// A histogram: its series stand on each other, the first below.
    public struct Lane: Sendable {
        public let title: String
        public let series: [Series]

        public init(_ title: String, _ series: [Series]) {
            self.title = title
            self.series = series
        }
    }

    /// A stretch of time that is marked, in parts of the axis: 0 is its beginning, 1 its end.
    public struct Mark: Sendable {
        public let from: Double
        public let to: Double
        public let label: String

        public init(from: Double, to: Double, label: String) {
            self.from = from
            self.to = to
            self.label = label
        }
    }

    public let title: String
    /// All of it in words.
    public let says: String
    /// One a bucket: when it is.
    public let buckets: [String]
    /// Where on the axis, in parts of it, and what stands there.
    public let ticks: [(at: Double, label: String)]
    public let mark: Mark?
    public let lanes: [Lane]

    public init(
        title: String, says: String, buckets: [String], ticks: [(at: Double, label: String)], mark: Mark?, lanes: [Lane]
    ) {
        self.title = title
        self.says = says
        self.buckets = buckets
        self.ticks = ticks
        self.mark = mark
        self.lanes = lanes
    }

    private static let width = 960.0
    private static let left = 52.0
    private static let right = 12.0
    private static let laneHeight = 96.0
    private static let barHeight = 64.0

    private var plot: Double { Self.width - Self.left - Self.right }

    public func html(_ id: Anchor) -> HTML {
        let top = mark == nil ? 4.0 : 20.0
        let bottom = top + Double(lanes.count) * Self.laneHeight
        var content = HTML.none
        if let mark {
            let (from, to) = (min(max(mark.from, 0), 1), min(max(mark.to, 0), 1))
            let x = Self.left + from * plot
            content += Shape.rect(x, top - 2, max((to - from) * plot, 2), bottom - top + 2, [.class("c-window")])
            let isRight = from > 0.7
            content += Shape.text(
                isRight ? min(x + max((to - from) * plot, 2), Self.width - 2) : x, 12, mark.label, .class("c-soft"),
                isRight ? .end : .start)
        }
        for (number, lane) in lanes.enumerated() {
            content += html(lane, top: top + Double(number) * Self.laneHeight)
        }
        for tick in ticks where (0...1).contains(tick.at) {
            let x = Self.left + tick.at * plot
            content += Shape.line(x, bottom, x, bottom + 5, .class("c-axis"))
            content += Shape.text(
                x, bottom + 18, tick.label, .class("c-soft"), tick.at < 0.03 ? .start : tick.at > 0.97 ? .end : .middle)
        }
        return Shape.drawing(id, title: title, says: says, width: Self.width, height: bottom + 24, content)
    }

    private func html(_ lane: Lane, top: Double) -> HTML {
        let base = top + Self.laneHeight - 8
        var content = Shape.text(Self.left, top + 12, lane.title, .class("c-bold"))
        var x = Self.left + 16 + Double(DisplayWidth.of(lane.title)) * 7.2
        for series in lane.series {
            let label = "\(series.name) \(Quantity.count(series.counts.reduce(0, +)))"
            content +=
                Shape.rect(x, top + 3, 10, 10, [series.tone.fill])
                + Shape.text(x + 14, top + 12, label, .class("c-soft"))
            x += 28 + Double(DisplayWidth.of(label)) * 6.4
        }
        content += Shape.line(Self.left, base, Self.width - Self.right, base, .class("c-axis"))
        let totals = buckets.indices.map { bucket in
            lane.series.reduce(0) { $0 + ($1.counts.indices.contains(bucket) ? $1.counts[bucket] : 0) }
        }
        guard let most = totals.max(), most > 0 else {
            return content + Shape.text(Self.left + 4, base - 8, "none", .class("c-soft"))
        }
        content += Shape.text(Self.left - 6, base - Self.barHeight + 10, Quantity.count(most), .class("c-soft"), .end)
        content += Shape.text(Self.left - 6, base, "0", .class("c-soft"), .end)
        let step = plot / Double(buckets.count)
        for (bucket, total) in totals.enumerated() where total > 0 {
            var bars = HTML.none
            var y = base
            for series in lane.series where series.counts.indices.contains(bucket) && series.counts[bucket] > 0 {
                // What is there is seen, however little it is beside the most.
                let height = max(Double(series.counts[bucket]) / Double(most) * Self.barHeight, 1.5)
                y -= height
                bars += Shape.rect(
                    Self.left + Double(bucket) * step + 0.5, y, max(step - 1, 1), height, [series.tone.fill])
            }
            let words = lane.series.compactMap { series -> String? in
                guard series.counts.indices.contains(bucket), series.counts[bucket] > 0 else { return nil }
                return "\(Quantity.count(series.counts[bucket])) \(series.name)"
            }
            content += HTML(.g, [HTML(.title, HTML("\(buckets[bucket]): \(words.joined(separator: ", "))")), bars])
        }
        return content
    }
}
