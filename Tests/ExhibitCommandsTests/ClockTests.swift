import Foundation
import Testing

/// The cluster's clock and this machine's may be years apart: what is captured goes by the cluster's, and the bundle says so.
@Suite(.needsBinary)
struct ClockTests {
    private struct Opening: Decodable {
        struct Cluster: Decodable {
            let clockOffsetMilliseconds: Int64?
            let clockOffsetErrorMilliseconds: Int64?
        }
        let cluster: Cluster
    }

    private struct Overview: Decodable {
        let opening: Opening
    }

    private func capture(
        clockAhead seconds: TimeInterval?, age: TimeInterval = 3_600
    ) async throws -> (run: CollectRun, capture: Capture) {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer(clockAhead: seconds, startedAgo: age) { path in
                path.hasSuffix("/exec") ? .refusal(500) : .usual
            }
            defer { server.stop() }
            let run = try await CollectRun.run(
                ["-n", FakeAPIServer.namespace], kubeconfig: try server.kubeconfig(in: folder))
            #expect(Exhibit.Code.sealed.contains(run.outcome.status), "\(run.outcome.summary)")
            return (run, try await run.capture())
        }
    }

    /// The minutes that `find` was asked for.
    private func window(_ capture: Capture) throws -> Int {
        let line = try #require(
            try capture.text("meta/custody.jsonl").split(separator: "\n").first { $0.contains(#""-mmin","-"#) })
        let rest = try #require(line.range(of: #""-mmin","-"#))
        return try #require(Int(line[rest.upperBound...].prefix { $0.isNumber }))
    }

    private func opening(_ capture: Capture) throws -> Opening {
        try JSONDecoder().decode(Opening.self, from: Data(capture.text("meta/bundle.json").utf8))
    }

    @Test(arguments: [-10.0, 10.0])
    func clocksThatAreTenYearsApart(years: Double) async throws {
        let seconds = years * 365 * 86_400
        let (run, capture) = try await capture(clockAhead: seconds)
        // An hour ago, as the cluster has it: not ten years, and not the future.
        #expect([62, 63].contains(try window(capture)))
        let cluster = try opening(capture).cluster
        let (offset, error) = (
            try #require(cluster.clockOffsetMilliseconds), try #require(cluster.clockOffsetErrorMilliseconds)
        )
        #expect(abs(offset - Int64(seconds * 1_000)) <= error, "\(offset) ± \(error)")
        #expect(error >= 500)
        let words = "the cluster's clock is 3650 d 00 h \(years > 0 ? "ahead of" : "behind") this machine's"
        // Half a second less than ten years is said as that.
        let fewer = words.replacing("3650 d 00 h", with: "3649 d 23 h")
        #expect(run.outcome.errors.contains(words) || run.outcome.errors.contains(fewer), "\(run.outcome.summary)")

        let expected = ["--expect", capture.sealID, run.path]
        try await Exhibit.expect(Exhibit.Code.ok, ["verify"] + expected)
        let text = try await Exhibit.run(["inspect", run.path]).text
        #expect(text.contains("the cluster's clock was 36"), "\(text)")
        #expect(text.contains(years > 0 ? "ahead of" : "behind"))
        let json = try await Exhibit.run(["inspect", run.path, "--output", "json"]).json(Overview.self)
        #expect(json.opening.cluster.clockOffsetMilliseconds == offset)
        if Requirements.mayRun(Tool.isInstalled("python3") && Tool.isInstalled("zstd")) {
            try await Tool.run("python3", ["-B", IndependentVerifier.script] + expected)
        }
    }

    @Test func clocksThatAgreeAreNotWorthAWord() async throws {
        let (run, capture) = try await capture(clockAhead: 0)
        #expect([62, 63].contains(try window(capture)))
        let offset = try #require(try opening(capture).cluster.clockOffsetMilliseconds)
        #expect(abs(offset) < 2_000)
        #expect(!run.outcome.errors.contains("clock"))
        #expect(!(try await Exhibit.run(["inspect", run.path]).text.contains("cluster's clock")))
    }

    /// Then this machine's clock is all there is, and nothing is said of the other.
    @Test func aServerThatDoesNotTellTheTime() async throws {
        let (_, capture) = try await capture(clockAhead: nil)
        #expect([62, 63].contains(try window(capture)))
        #expect(try opening(capture).cluster.clockOffsetMilliseconds == nil)
    }

    /// Both are this machine here.
    @Test(.needsCluster) func theTestClustersClockIsThisOne() async throws {
        let capture = try await Capture.demo.value
        let cluster = try opening(capture).cluster
        let (offset, error) = (
            try #require(cluster.clockOffsetMilliseconds), try #require(cluster.clockOffsetErrorMilliseconds)
        )
        #expect(abs(offset) <= error, "\(offset) ± \(error)")
        #expect((500..<2_000).contains(error))
    }
}
