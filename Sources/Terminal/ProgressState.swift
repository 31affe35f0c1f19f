/// What live progress knows; rendered to lines without a terminal.
struct ProgressState: Sendable {
    struct Activity: Sendable {
        let id: Int
        let label: String
        let start: Duration
    }

    var title: String
    let start: Duration
    var done = 0
    /// 0 while nobody knows.
    var total = 0
    var bytes: UInt64 = 0
    /// What runs, in the order of its start.
    private(set) var activities: [Activity] = []
    private var nextID = 0

    init(title: String, start: Duration) {
        self.title = title
        self.start = start
    }

    mutating func begin(_ label: String, at now: Duration) -> Int {
        nextID += 1
        activities.append(Activity(id: nextID, label: label, start: now))
        return nextID
    }

    mutating func end(_ id: Int) {
        activities.removeAll { $0.id == id }
    }

    /// `Collecting: 12/80 done, 34.5 MiB, 3 running, 1 m 05 s`, without the title.
    private func counts(_ now: Duration) -> String {
        var parts = [
            total > 0 ? "\(Quantity.count(done))/\(Quantity.count(total)) done" : "\(Quantity.count(done)) done"
        ]
        if bytes > 0 { parts.append(Quantity.bytes(bytes)) }
        if !activities.isEmpty { parts.append("\(Quantity.count(activities.count)) running") }
        parts.append(Quantity.duration(now - start))
        return parts.joined(separator: ", ")
    }

    /// The block on a terminal, each line at most `columns` cells. At most `maxActivities` of what runs, longest first.
    func block(_ now: Duration, columns: Int, maxActivities: Int, style: TerminalStyle) -> [(text: String, cells: Int)]
    {
        let head = DisplayWidth.truncated("\(title): \(counts(now))", to: columns)
        // The title is emphasised only while it is whole.
        let styled =
            head.hasPrefix("\(title):") ? style(.bold, title) + head.dropFirst(title.count) : head
        var lines = [(styled, DisplayWidth.of(head))]
        for activity in activities.prefix(maxActivities) {
            let elapsed = Quantity.duration(now - activity.start)
            let room = columns - elapsed.count - 4
            guard room > 0 else { break }
            let label = DisplayWidth.truncated(activity.label, to: room)
            lines.append(("  \(label)  \(style(.dim, elapsed))", DisplayWidth.of(label) + elapsed.count + 4))
        }
        if activities.count > maxActivities {
            let more = DisplayWidth.truncated(
                "  and \(Quantity.count(activities.count - maxActivities)) more", to: columns)
            lines.append((style(.dim, more), DisplayWidth.of(more)))
        }
        return lines
    }

    /// The line off a terminal.
    func heartbeat(_ now: Duration) -> String {
        guard let oldest = activities.first else { return "\(title): \(counts(now))" }
        return "\(title): \(counts(now)); longest: \(oldest.label) (\(Quantity.duration(now - oldest.start)))"
    }
}
