internal import ArgumentParser
internal import Collection
internal import Inspection
internal import Rows
internal import SQLite

/// A time of the command line: RFC 3339, a date (in UTC), or so long before the capture began.
enum CaptureTime: Sendable {
    case moment(RowTime)
    case before(Duration)

    private static let words = "write 2026-11-30T08:00:00Z, 2026-11-30, or 30m, 2h, 7d before the capture began"

    init(_ text: String) throws {
        if let time = Self.moment(text) {
            self = .moment(time)
        } else if let duration = RunBounds.duration(text) {
            self = .before(duration)
        } else {
            throw ValidationError("\(text) is no time: \(Self.words)")
        }
    }

    /// A time that does not depend on the capture.
    @Sendable static func absolute(_ text: String) throws -> CaptureTime {
        guard let time = moment(text) else {
            throw ValidationError("\(text) is no time: write 2026-11-30T08:00:00Z or 2026-11-30")
        }
        return .moment(time)
    }

    /// Also without seconds, without a zone, and with a blank in the middle, as people copy them.
    private static func moment(_ text: String) -> RowTime? {
        var bytes = Array(text.utf8)
        if bytes.count > 10, bytes[10] == 0x20 { bytes[10] = UInt8(ascii: "T") }
        for end in ["", "Z", ":00Z", "T00:00:00Z"] {
            let whole = bytes + end.utf8
            if let time = RowTime(rfc3339: whole.span) { return time }
        }
        return nil
    }

    /// As the timeline writes times, so that texts compare as times do.
    func text(in database: EvidenceDatabase) async throws -> String {
        let rows: [[SQLValue]]
        switch self {
        case .moment(let time):
            rows = try await database.rows("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', ?1)", [.text(time.words)])
        case .before(let duration):
            let start = try await start(of: database)
            rows = try await database.rows(
                "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', ?1, ?2)",
                [.text(start), .text("-\(duration.components.seconds) seconds")])
        }
        guard let text = rows.first?.first?.text else { throw ValidationError("there is no such time: \(Self.words)") }
        return text
    }

    private func start(of database: EvidenceDatabase) async throws -> String {
        let said = try await database.rows("SELECT value FROM bundle WHERE name = 'started'")
        if let start = said.first?.first?.text { return start }
        // What was captured by others does not say when: the newest that happened stands for it. Anybody can write a time to come into an
        // object; a day is for clocks and zones that are off.
        let newest = try await database.rows(
            """
            SELECT max(time), max(time) FILTER (WHERE time <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day'))
            FROM timeline WHERE source <> 'log'
            """)
        guard let start = newest.first?[1].text else {
            throw ValidationError("nothing says when the capture began: write a time as 2026-11-30T08:00:00Z")
        }
        RenderingFailure.note(
            "the capture does not say when it began: counted from the newest time in it, \(start)"
                + (newest.first?[0].text == start ? "" : "; later ones are in the future, and are passed over"))
        return start
    }

    /// The same, to the nanosecond where it is said so exactly.
    func moment(in database: EvidenceDatabase) async throws -> RowTime {
        if case .moment(let time) = self { return time }
        let text = try await text(in: database)
        guard let time = RowTime(rfc3339: Array(text.utf8).span) else {
            throw ValidationError("the time \(text) is beyond what a log can have")
        }
        return time
    }

    /// The same, without tables where none are needed.
    func moment(of opened: OpenedCapture) async throws -> RowTime {
        switch (self, opened.started) {
        case (.moment(let time), _): return time
        case (.before(let duration), let start?):
            let (nanoseconds, overflow) = duration.components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (time, isBeyond) = start.subtractingReportingOverflow(overflow ? .max : nanoseconds)
            return RowTime(nanoseconds: isBeyond ? .min : time)
        case (.before, nil): return try await moment(in: try await EvidenceDatabase(try await opened.capture(nil)))
        }
    }
}
