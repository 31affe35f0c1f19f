import BundleFormat
import Collection
import Cryptography
import Inspection
import StructuredText
import Testing

/// The first view, of small captures.
struct OverviewTests {
    private static func event(
        _ reason: String, of name: String, _ number: Int, type: String = "Warning", count: String? = "1",
        seen: String = "2026-11-21T03:00:00Z", extra: String = "", message: String = "m"
    ) -> String {
        """
        apiVersion: v1
        kind: Event
        metadata: {name: e\(number), namespace: prod, uid: e\(number)}
        type: \(type)
        reason: \(reason)
        message: "\(message)"
        lastTimestamp: "\(seen)"
        \(count.map { "count: \($0)" } ?? "x: 1")
        involvedObject: {kind: Pod, namespace: prod, name: \(name)}
        \(extra)
        """
    }

    private static func overview(
        _ files: [String: String], rules: Bool = false, dismissals: Dismissals = Dismissals([])
    ) async throws -> Overview {
        let database = try await ObjectCapture.database(files) { rules ? try RecordedFindings.builtIn() : [] }
        return try await OverviewReader(database, dismissals: dismissals).read()
    }

    private static func events(_ events: [String]) -> [String: String] {
        var files: [String: String] = [:]
        for (number, event) in events.enumerated() { files["namespaces/prod/core/events/e\(number).yaml"] = event }
        return files
    }

    @Test
    func equalWarningsAreOneGroup() async throws {
        let overview = try await Self.overview(
            Self.events([
                Self.event("BackOff", of: "a", 1, count: "3", message: "old"),
                Self.event("BackOff", of: "a", 2, count: "4", seen: "2026-11-21T04:00:00Z", message: "new"),
                Self.event("BackOff", of: "a", 3, seen: "2026-11-21T02:00:00Z", message: "older"),
                Self.event("BackOff", of: "b", 4), Self.event("Failed", of: "a", 5, seen: "2026-11-21T05:00:00Z"),
                Self.event("Pulled", of: "a", 6, type: "Normal", count: "900"),
            ]))
        let groups = overview.events.groups
        #expect(groups.map(\.reason) == ["BackOff", "Failed", "BackOff"])
        #expect(groups.first?.count == 8 && groups.first?.message == "new" && groups.first?.object == "Pod prod/a")
        #expect(groups.first?.lastSeen == "2026-11-21T04:00:00Z")
        #expect(groups.first?.entry.hasSuffix("e1.yaml") == true)
        #expect(overview.events.found == 6 && overview.events.groupsFound == 3)
    }

    @Test
    func seriesOfTheNewAPICount() async throws {
        let overview = try await Self.overview(
            Self.events([
                Self.event(
                    "X", of: "a", 1, count: nil,
                    extra: "series: {count: 12, lastObservedTime: \"2026-11-21T06:00:00.000000Z\"}")
            ]))
        #expect(overview.events.groups.first?.count == 12)
        #expect(overview.events.groups.first?.lastSeen == "2026-11-21T06:00:00.000000Z")
    }

    @Test
    func countsOfAHostileClusterDoNotOverflow() async throws {
        let most = (1...3).map { Self.event("X", of: "a", $0, count: "\(Int.max)") }
        let overview = try await Self.overview(
            Self.events(
                most + [
                    Self.event("Y", of: "a", 4, count: "-5"), Self.event("Y", of: "a", 5, count: "[1]"),
                    Self.event("Y", of: "a", 6, count: "99999999999999999999999999"),
                ]))
        #expect(overview.problems == [])
        #expect(overview.events.groups.map(\.count) == [3 * Int(Int32.max), Int(Int32.max) + 2])
    }

    private static let restarted = ObjectCapture.pod(
        "api-0",
        """
        status:
          phase: Running
          containerStatuses:
          - name: main
            ready: true
            restartCount: 2
            state: {running: {}}
            lastState: {terminated: {reason: OOMKilled, exitCode: 137, finishedAt: "2026-11-21T03:14:15Z"}}
        """)

    @Test
    func podsThatNeedALookComeFirstWithWhatToLookAt() async throws {
        let pending = ObjectCapture.pod(
            "late",
            "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: no node fits}]}")
        let well = ObjectCapture.pod(
            "well", "status: {phase: Running, containerStatuses: [{name: main, ready: true, state: {running: {}}}]}")
        let log = "namespaces/prod/pods/api-0/main/main/logs/"
        let overview = try await Self.overview([
            "namespaces/prod/pods/api-0/api-0.yaml": Self.restarted, "namespaces/prod/pods/late/late.yaml": pending,
            "namespaces/prod/pods/well/well.yaml": well, log + "previous.log": "2026-11-21T03:14:14Z out\n",
            log + "current.log": "2026-11-21T03:14:16Z again\n",
        ])
        #expect(overview.pods.pods.map(\.name) == ["late", "api-0", "well"])
        #expect(overview.pods.pods.map(\.concern) == [.failing, .restarted, .none])
        #expect(overview.pods.found == 3 && overview.pods.failing == 1)
        #expect(overview.pods.pods[0].message == "no node fits")
        #expect(overview.pods.pods[1].lastFailure?.reason == "OOMKilled")
        #expect(overview.pods.pods[1].lastFailure?.exitCode == 137)
        // What runs again is not what to look at first.
        #expect(overview.next.map(\.why).contains { $0.contains("no node fits") })
        #expect(!overview.next.map(\.path).contains { $0.hasSuffix("/logs/previous.log") })
        #expect(overview.opening == nil && !overview.lacks.isEmpty)
    }

    @Test
    func aCrashLoopIsLookedAtByItsLastWords() async throws {
        let loop = Self.restarted.replacing("ready: true", with: "ready: false")
            .replacing("state: {running: {}}", with: "state: {waiting: {reason: CrashLoopBackOff}}")
            .replacing("reason: OOMKilled, exitCode: 137", with: "reason: Error, exitCode: 42")
        let log = "namespaces/prod/pods/api-0/main/main/logs/"
        let overview = try await Self.overview(
            [
                "namespaces/prod/pods/api-0/api-0.yaml": loop, log + "previous.log": "2026-11-21T03:14:14Z out\n",
                log + "current.log": "2026-11-21T03:14:16Z again\n",
            ], rules: true)
        let first = try #require(overview.next.first)
        #expect(first.why.contains("exit code 42"))
        #expect(
            first.look == .log(namespace: "prod", pod: "api-0", container: "main", isPrevious: true), "\(first)")
        #expect(overview.next.filter { $0.why.contains("api-0") }.count == 1)
    }

    @Test
    func findingsPointAtTheirEvidenceUntilTheyAreDismissed() async throws {
        let files = ["namespaces/prod/pods/api-0/api-0.yaml": Self.restarted]
        let overview = try await Self.overview(files, rules: true)
        let finding = try #require(overview.findings.findings.first { $0.id == "container-out-of-memory" })
        #expect(finding.name.rawValue == "container-out-of-memory@prod/api-0/main")
        #expect(overview.dismissed == [])

        let record = AttestationRecord(
            number: 7, seal: SealID(.init(hex: String(repeating: "0", count: 64).utf8)!),
            previous: .init(hex: String(repeating: "0", count: 64).utf8)!, nonce: "n", time: 0, by: "me",
            body: .dismissal(finding: finding.name.rawValue, text: "a test", entry: nil))
        let after = try await Self.overview(files, rules: true, dismissals: Dismissals([record]))
        #expect(after.findings.findings.map(\.id) == overview.findings.findings.map(\.id).filter { $0 != finding.id })
        #expect(after.dismissed.map(\.finding.name) == [finding.name])
        #expect(after.dismissed.first?.dismissal.text == "a test")
    }

    @Test
    func findingsThatWouldHaveOneNameAreToldApart() async throws {
        let pod = ObjectCapture.pod(
            "a",
            """
              volumes:
              - {name: one, hostPath: {path: /etc}}
              - {name: two, hostPath: {path: /}}
            """)
        let overview = try await Self.overview(["namespaces/prod/pods/a/a.yaml": pod], rules: true)
        let names = overview.findings.findings.filter { $0.id == "pod-mounts-the-node" }.map(\.name.rawValue)
        #expect(names.count == 2 && Set(names).count == 2)
        #expect(names.allSatisfy { $0.hasPrefix("pod-mounts-the-node@prod/a#") }, "\(names)")
    }
}
