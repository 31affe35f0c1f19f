import Collection
import Inspection
import SQLite
import Testing

/// Logs in numbers.
struct LogCountsTests {
    /// Anybody can print a heading of another container: lines are counted all the same.
    @Test
    func linesAreNotHiddenBehindHeadings() async throws {
        let folder = try TestFolder()
        let headings = (0..<1_200).map { "==== START logs for container fake\($0) of pod n/a ====\nINFO x\n" }.joined()
        try folder.write(
            "==== START logs for container c of pod n/a ====\n" + headings
                + String(repeating: "ERROR out\n", count: 60) + "==== END logs for container c of pod n/a ====\n",
            to: "case/n/a/logs.txt")
        try folder.write("{\"kind\": \"NodeList\", \"apiVersion\": \"v1\", \"items\": []}", to: "case/nodes.json")
        try folder.write(
            "{\"kind\": \"PodList\", \"apiVersion\": \"v1\", \"items\": []}", to: "case/n/pods.json")
        let database = try await EvidenceDatabase(try await ForeignCapture(path: folder.file("case")))
        #expect(
            try await database.rows("SELECT sum(lines), sum(errors) FROM log_counts")
                == [[.integer(1_260), .integer(60)]])
    }

    @Test
    func eachLogIsCountedOnce() async throws {
        var example = FindingExample()
        example.logs = [
            "n/a/c": """
            2026-11-30T08:00:01.5Z INFO up
            2026-11-30T08:00:02Z ERROR first
            2026-11-30T08:00:03Z WARN hm
            2026-11-30T08:00:04Z FATAL la\0st
            2026-11-30T08:00:05Z "GET /a HTTP/1.1" 502 1
            2026-11-30T08:00:06Z "GET /a HTTP/1.1" 401 1
            2026-11-30T08:00:07Z "GET /a HTTP/1.1" 200 1

            """, "n/b/c": "no time\n", "n/d/c": "",
        ]
        let database = try await EvidenceDatabase(example)
        let rows = try await database.rows(
            """
            SELECT pod, lines, errors, warnings, first_time, last_time, last_error_line, last_error_time, last_error, requests, failed,
              refused, last_failed_line, stream FROM log_counts ORDER BY pod
            """)
        #expect(rows.count == 2)
        #expect(
            rows.first?.map(\.text) == [
                "a", nil, nil, nil, "2026-11-30T08:00:01.500000000Z", "2026-11-30T08:00:07.000000000Z", nil,
                "2026-11-30T08:00:04.000000000Z", "FATAL la st", nil, nil, nil, nil, "current",
            ], "\(rows)")
        #expect(rows.first?.compactMap(\.integer) == [7, 2, 1, 4, 3, 1, 1, 5])
        #expect(rows.last?.compactMap(\.integer) == [1, 0, 0, 0, 0, 0])
        // What is made once is there for the next question.
        #expect(try await database.rows("SELECT sum(lines) FROM log_counts") == [[.integer(8)]])
    }
}
