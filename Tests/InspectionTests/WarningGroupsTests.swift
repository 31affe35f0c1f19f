import Inspection
import Testing

struct WarningGroupsTests {
    private func event(
        _ reason: String, of name: String, type: String = "Warning", count: Int? = nil, seen: String = "",
        extra: String = "",
        message: String = "m"
    ) throws -> ObjectNode {
        try object(
            """
            type: \(type)
            reason: \(reason)
            message: "\(message)"
            lastTimestamp: \(seen.isEmpty ? "null" : "\"\(seen)\"")
            \(count.map { "count: \($0)" } ?? "x: 1")
            involvedObject: {kind: Pod, namespace: prod, name: \(name)}
            \(extra)
            """)
    }

    @Test
    func equalWarningsAreOneGroup() throws {
        var groups = WarningGroups()
        groups.add(try event("BackOff", of: "a", count: 3, seen: "2026-11-21T03:00:00Z", message: "old"))
        groups.add(try event("BackOff", of: "a", count: 4, seen: "2026-11-21T04:00:00Z", message: "new"))
        groups.add(try event("BackOff", of: "a", count: 1, seen: "2026-11-21T02:00:00Z", message: "older"))
        groups.add(try event("BackOff", of: "b"))
        groups.add(try event("Failed", of: "a", seen: "2026-11-21T05:00:00Z"))
        groups.add(try event("Pulled", of: "a", type: "Normal", count: 900))
        let worst = groups.worst
        #expect(worst.map(\.reason) == ["BackOff", "Failed", "BackOff"])
        #expect(worst.first?.count == 8)
        #expect(worst.first?.lastSeen == "2026-11-21T04:00:00Z")
        #expect(worst.first?.message == "new")
        #expect(worst.first?.object == "Pod prod/a")
    }

    @Test
    func seriesOfTheNewAPICount() throws {
        var groups = WarningGroups()
        groups.add(
            try event("X", of: "a", extra: "series: {count: 12, lastObservedTime: \"2026-11-21T06:00:00.000000Z\"}"))
        #expect(groups.worst.first?.count == 12)
        #expect(groups.worst.first?.lastSeen == "2026-11-21T06:00:00.000000Z")
    }

    @Test
    func countsOfAHostileClusterDoNotOverflow() throws {
        var groups = WarningGroups()
        for _ in 0..<3 { groups.add(try event("X", of: "a", count: Int.max)) }
        groups.add(try event("Y", of: "a", count: -5))
        #expect(groups.worst.map(\.count) == [Int.max, 1])
    }

    @Test
    func onlyWhatCanBeAWarningIsParsed() {
        #expect(WarningGroups.mayBeWarning(Array("  type: Warning".utf8)))
        #expect(WarningGroups.mayBeWarning(Array("WWarning".utf8)))
        #expect(!WarningGroups.mayBeWarning(Array("  type: Normal\n  w: warning Warnin".utf8)))
        #expect(!WarningGroups.mayBeWarning([]))
    }
}
