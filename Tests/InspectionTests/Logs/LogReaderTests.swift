import Foundation
import Inspection
import Rows
import SQLite
import Testing

/// Lines of one log and of several: which, in which order, and byte by byte.
struct LogReaderTests {
    private func options(_ change: (inout LogOptions) -> Void) -> LogOptions {
        var options = LogOptions()
        change(&options)
        return options
    }

    private func time(_ seconds: Int) throws -> RowTime {
        let bytes = Array(LogCapture.stamp(seconds).utf8)
        let time = RowTime(rfc3339: bytes.span)
        return try #require(time)
    }

    private static let stamped = (0..<10).map { "\(LogCapture.stamp($0)) line \($0)\n" }.joined()

    @Test func theRuntimesTimesAreLeftOutUnlessAskedFor() async throws {
        let log = "\(LogCapture.stamp(1)) one\r\nbare\n\(LogCapture.stamp(2)) \n\n\(LogCapture.stamp(3)) end"
        let capture = try await LogCapture(["a/main/current.log": log])
        let plan = try await capture.plan()
        #expect(String(decoding: try await capture.text(plan).text, as: UTF8.self) == "one\r\nbare\n\n\nend")
        let whole = try await capture.text(plan, options { $0.hasTimestamps = true }).text
        #expect(String(decoding: whole, as: UTF8.self) == log)
    }

    @Test func bytesThatAreNoTextComeAsTheyAre() async throws {
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let capture = try await LogCapture(["a/main/current.log": ""])
        let path = capture.folder.file("case/namespaces/prod/pods/a/main/main/logs/current.log")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let again = try await LogCapture.reopened(capture.folder)
        #expect(try await again.text(try await again.plan()).text == bytes)
    }

    @Test func tailSinceUntilAndLimit() async throws {
        let capture = try await LogCapture(["a/main/current.log": Self.stamped])
        let plan = try await capture.plan()
        func lines(_ change: (inout LogOptions) -> Void) async throws -> [String] {
            try await capture.lines(plan, options(change), names: false)
        }
        #expect(try await lines { $0.tail = 2 } == ["line 8", "line 9"])
        #expect(try await lines { $0.tail = 0 } == [])
        #expect(try await lines { $0.tail = 99 }.count == 10)
        let (three, six) = (try time(3), try time(6))
        #expect(try await lines { ($0.since, $0.until) = (three, six) } == (3...6).map { "line \($0)" })
        #expect(try await lines { ($0.until, $0.tail) = (six, 2) } == ["line 5", "line 6"])
        let cut = try await capture.text(plan, options { $0.limitBytes = 10 }).text
        #expect(String(decoding: cut, as: UTF8.self) == "line 0\nlin")
        let exact = try await capture.text(plan, options { ($0.limitBytes, $0.tail) = (7, 3) }).text
        #expect(String(decoding: exact, as: UTF8.self) == "line 7\n")
    }

    @Test func linesWithoutATimeGoWithTheOneBefore() async throws {
        let log = "before\n\(LogCapture.stamp(1)) panic\n  at main\n\(LogCapture.stamp(5)) later\n  at other\n"
        let capture = try await LogCapture(["a/main/current.log": log])
        let plan = try await capture.plan()
        let until = try time(2)
        let (text, report) = try await capture.text(plan, options { $0.until = until })
        #expect(String(decoding: text, as: UTF8.self) == "panic\n  at main\n")
        #expect(report.untimed == 1)
    }

    @Test func levelsAreAtLeastThatAndTakeWhatGoesOnWithThem() async throws {
        let log = """
            INFO fine
              of it
            ERROR broken
              at Main.java:1
            \tat Main.java:2
            nothing said
            level=fatal msg=end
            WARN careful

            """
        let capture = try await LogCapture(["a/main/current.log": log])
        let plan = try await capture.plan()
        #expect(
            try await capture.lines(plan, options { $0.level = .error }, names: false) == [
                "ERROR broken", "  at Main.java:1", "\tat Main.java:2", "level=fatal msg=end",
            ])
        #expect(
            try await capture.lines(plan, options { ($0.level, $0.tail) = (.warning, 2) }, names: false) == [
                "level=fatal msg=end", "WARN careful",
            ])
    }

    // MARK: Several

    @Test func severalLogsAreInOneOrder() async throws {
        let capture = try await LogCapture([
            "a/main/current.log":
                "\(LogCapture.stamp(1)) a1\n  more of a1\n\(LogCapture.stamp(4)) a4\n\(LogCapture.stamp(2)) a2 late\n\(LogCapture.stamp(6)) a6",
            "b/main/current.log":
                "b0 without\n\(LogCapture.stamp(3)) b3\n\(LogCapture.stamp(4)) b4\n\(LogCapture.stamp(5)) b5\n",
        ])
        #expect(
            try await capture.lines(try await capture.plan()) == [
                "b>b0 without", "a>a1", "a>  more of a1", "b>b3", "a>a4", "a>a2 late", "b>b4", "b>b5", "a>a6",
            ])
    }

    /// Logs of which only a part fits into memory, in a folder and in an archive that can only be read from the front.
    @Test(arguments: [nil, "case.tar", "case.tar.gz"])
    func theOrderDoesNotDependOnMemory(archive: String?) async throws {
        var generator = SystemRandomNumberGenerator()
        var files: [String: String] = [:]
        var wanted: [(time: Int, pod: Int, line: Int, text: String)] = []
        for pod in 0..<7 {
            var time = Int.random(in: 0..<50, using: &generator)
            var text = ""
            for line in 0..<(pod == 3 ? 1_500 : 300) {
                time += [0, 0, 1, 20].randomElement(using: &generator) ?? 0
                let words = "p\(pod) l\(line) " + String(repeating: "x", count: line == 200 ? 200_000 : line % 90)
                let hasTime = line % 5 != 4
                text += (hasTime ? LogCapture.stamp(time / 10, time % 10) + " " : "") + words + "\n"
                wanted.append((time, pod, line, "p\(pod)>\(words)"))
            }
            files["p\(pod)/main/current.log"] = text
        }
        // A line without a time has that of the one before it.
        for index in wanted.indices where wanted[index].line % 5 == 4 { wanted[index].time = wanted[index - 1].time }
        wanted.sort { ($0.time, $0.pod, $0.line) < ($1.time, $1.pod, $1.line) }
        let capture = try await LogCapture(files, archive: archive)
        let plan = try await capture.plan()
        #expect(plan.tracks.count == 7)
        for memory in [1 << 30, 1 << 20, 300 << 10] {
            let (text, report) = try await capture.text(plan, memoryBytes: memory, names: true)
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(lines == wanted.map(\.text))
            #expect((report.passes > 1) == (memory < 1 << 30), "\(report.passes)")
        }
        var tail = LogOptions()
        tail.tail = 3
        let last = (0..<7).flatMap { pod in wanted.filter { $0.pod == pod }.suffix(3) }
            .sorted { ($0.time, $0.pod, $0.line) < ($1.time, $1.pod, $1.line) }
        #expect(try await capture.lines(plan, tail) == last.map(\.text))
    }

    @Test func rotatedFilesComeBeforeTheCurrentOne() async throws {
        let capture = try await LogCapture([
            "a/main/current.log": "five\nsix\n", "a/main/rotated/1.log.20261130-080000.log": "three\nfour\n",
            "a/main/rotated/0.log.20261129-080000.log": "one\n", "a/main/rotated/0.log.log": "two\n",
        ])
        let plan = try await capture.plan { $0.isRotated = true }
        #expect(plan.sourceCount == 1)
        #expect(try await capture.lines(plan, names: false) == ["one", "two", "three", "four", "five", "six"])
        #expect(try await capture.lines(plan, options { $0.tail = 3 }, names: false) == ["four", "five", "six"])
        #expect(try await capture.lines(try await capture.plan(), names: false) == ["five", "six"])
    }

    @Test func compressedFilesAreReadAndBadOnesSaid() async throws {
        let base = try await LogCapture([
            "a/main/current.log": "\(LogCapture.stamp(9)) new\n",
            "a/main/rotated/0.log.20261130-080000": Self.stamped,
            "a/main/rotated/0.log.20261130-070000": String(repeating: "\(LogCapture.stamp(0)) old\n", count: 5_000),
        ])
        let rotated = "case/namespaces/prod/pods/a/main/main/logs/rotated"
        try base.folder.shell(
            "cd \(rotated); gzip *; head -c 60 0.log.20261130-070000.gz >cut; mv cut 0.log.20261130-070000.gz")
        let capture = try await LogCapture.reopened(base.folder)
        let (text, report) = try await capture.text(try await capture.plan { $0.isRotated = true })
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.filter { $0 != "old" } == (0..<10).map { "line \($0)" } + ["new"])
        #expect(report.problems.map { $0.entry.hasSuffix("070000.gz") } == [true])
        // And by SQL, where the bad one is said as damage.
        let database = try await EvidenceDatabase(capture.capture)
        let count = try await database.rows("SELECT count(*) FROM log_lines WHERE message LIKE 'line %'")
        #expect(count == [[.integer(10)]])
        #expect(database.damage.files.map { $0.path.hasSuffix("070000.gz") } == [true])
        #expect(try await database.rows("SELECT count(*) FROM problems WHERE subject LIKE '%.gz'") == [[.integer(0)]])
    }

    @Test func aFileOfSeveralContainersIsReadByContainer() async throws {
        let log = """
            ==== START logs for container init of pod kube-system/dns-1 ====
            \(LogCapture.stamp(5)) i5
            ==== END logs for container init of pod kube-system/dns-1 ====
            ==== START logs for container main of pod kube-system/dns-1 ====
            \(LogCapture.stamp(1)) m1
            \(LogCapture.stamp(7)) m7
            ==== END logs for container main of pod kube-system/dns-1 ====

            """
        let folder = try dump(log)
        defer { withExtendedLifetime(folder) {} }
        let capture = try await LogCapture.reopened(folder)
        #expect(capture.capture.kind == .clusterInfoDump)
        let main = try await capture.plan { $0.targets = [.pod("dns-1")] }
        #expect(main.notes == ["Defaulted container \"main\" out of: main, init (init)"])
        #expect(try await capture.lines(main, names: false) == ["m1", "m7"])
        let all = try await capture.plan { $0.hasAllContainers = true }
        for memory in [1 << 20, 40] {
            #expect(try await capture.lines(all, memoryBytes: memory, names: false) == ["m1", "i5", "m7"])
        }
    }

    /// What `kubectl cluster-info dump` writes of a pod with an init container and another.
    private func dump(_ log: String) throws -> TestFolder {
        let pods = """
            {"kind":"PodList","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1",
            "metadata":{"name":"dns-1","namespace":"kube-system","uid":"1"},
            "spec":{"initContainers":[{"name":"init"}],"containers":[{"name":"main"}]}}]}
            """
        let folder = try TestFolder()
        try folder.write(log, to: "case/kube-system/dns-1/logs.txt")
        try folder.write(pods, to: "case/kube-system/pods.json")
        try folder.write("{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"items\":[]}", to: "case/nodes.json")
        return folder
    }

    @Test(arguments: [
        "==== END logs for container main of pod kube-system/dns-1 ====",
        "==== END logs for container main of pod default/web-0 ====",
        "==== START logs for container main of pod default/web-0 ====",
        "==== START logs for container other of pod kube-system/dns-1 ====",
        "==== START logs for container  of pod kube-system/dns-1 ====",
    ])
    func aContainerCannotHideItsLinesInSuchAFile(printed: String) async throws {
        let log = """
            ==== START logs for container main of pod kube-system/dns-1 ====
            m1
            \(printed)
            m2
            ==== END logs for container main of pod kube-system/dns-1 ====

            """
        let folder = try dump(log)
        let capture = try await LogCapture.reopened(folder)
        for isOfAll in [false, true] {
            let plan = try await capture.plan { $0.hasAllContainers = isOfAll }
            let lines = try await capture.lines(plan, names: false)
            #expect(lines.first == "m1" && lines.last == "m2", "\(lines)")
            let digest = try await plan.digest(capture.capture, LogOptions())
            #expect(digest.lines == lines.count)
        }
        let database = try await EvidenceDatabase(capture.capture)
        let rows = try await database.rows("SELECT DISTINCT pod FROM log_lines WHERE message IN ('m1', 'm2')")
        #expect(rows == [[.text("dns-1")]])
    }
}
