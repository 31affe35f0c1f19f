import Bundle
import BundleFormat
import Collection
import Foundation
import Inspection
import OfflineServer
import Rows
import StructuredText
import Testing

/// Logs of a bundle, as kubectl asks for them.
struct LogEndpointTests {
    private static let pods = """
        apiVersion: v1
        kind: PodList
        items:
        - metadata: {name: web, namespace: prod}
          spec:
            nodeName: n1
            initContainers: [{name: setup, image: i}]
            containers: [{name: app, image: i}, {name: proxy, image: i}]
          status:
            initContainerStatuses: [{name: setup, state: {terminated: {exitCode: 0, containerID: "c://1"}}}]
            containerStatuses:
            - {name: app, state: {running: {}}, lastState: {terminated: {exitCode: 1, containerID: "c://2"}}}
            - {name: proxy, state: {waiting: {reason: ImagePullBackOff}}}
        - metadata: {name: one, namespace: prod}
          spec: {nodeName: n1, containers: [{name: main, image: i}]}
          status: {containerStatuses: [{name: main, state: {running: {}}, containerID: "c://3"}]}
        - metadata: {name: crash, namespace: prod}
          spec: {nodeName: n1, containers: [{name: main, image: i}]}
          status:
            containerStatuses:
            - name: main
              state: {waiting: {reason: CrashLoopBackOff}}
              lastState: {terminated: {exitCode: 1, containerID: "c://4"}}
        - metadata: {name: pending, namespace: prod}
          spec: {containers: [{name: main, image: i}]}
          status: {phase: Pending}

        """
    private static let lines = (1...9).map { "2026-11-30T08:00:0\($0).000000000Z line \($0)\n" }

    /// What is asked of pods of a bundle.
    private func with(
        _ attempts: [WrittenBundle.Attempt], _ body: (LogEndpoint) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder()
        let objects = WrittenBundle.Attempt.objects("namespaces/prod/core/pods.yaml", Self.pods)
        try await body(LogEndpoint(try await WrittenBundle.served([objects] + attempts, in: folder)))
        withExtendedLifetime(folder) {}
    }

    private func ask(
        _ endpoint: LogEndpoint, _ pod: String, _ query: [(name: String, value: String)] = []
    ) async throws -> APIResponse {
        try await endpoint.respond(
            namespace: "prod", pod: pod,
            to: APIRequest(path: ["api", "v1", "namespaces", "prod", "pods", pod, "log"], query: query))
    }

    private func failure(
        _ endpoint: LogEndpoint, _ pod: String, _ query: [(name: String, value: String)] = []
    ) async throws -> APIFailure? {
        do {
            _ = try await ask(endpoint, pod, query)
            return nil
        } catch let failure as APIFailure {
            return failure
        }
    }

    @Test func linesComeWithoutTheRuntimesTimes() async throws {
        try await with([.log("one", "main", Self.lines.joined())]) { endpoint in
            let answer = try await ask(endpoint, "one")
            #expect(answer.status == 200 && answer.mediaType == "text/plain" && answer.warnings.isEmpty)
            #expect(try await answer.text() == (1...9).map { "line \($0)\n" }.joined())
        }
    }

    @Test func optionsAreTheKubelets() async throws {
        try await with([.log("one", "main", Self.lines.joined())]) { endpoint in
            func expect(
                _ text: String, _ query: [(name: String, value: String)], location: SourceLocation = #_sourceLocation
            ) async throws {
                let got = try await ask(endpoint, "one", query).text()
                #expect(got == text, sourceLocation: location)
            }
            try await expect(Self.lines.suffix(2).joined(), [("timestamps", "true"), ("tailLines", "2")])
            try await expect("", [("tailLines", "0")])
            try await expect("line 1\nlin", [("limitBytes", "10")])
            try await expect("2026", [("timestamps", ""), ("limitBytes", "4")])
            try await expect("line 8\nline 9\n", [("sinceTime", "2026-11-30T09:00:08+01:00")])
            // The API server hands on whole seconds.
            try await expect("line 9\n", [("sinceTime", "2026-11-30T08:00:09.9Z")])
            try await expect(
                "line 9\n", [("follow", "1"), ("stream", "All"), ("pretty", "true"), ("tailLines", "1")])
        }
    }

    @Test func sinceSecondsCountsFromWhenTheLogWasRead() async throws {
        let now = Int64(Date().timeIntervalSince1970) * 1_000_000_000
        let lines = [Int64(500), 400, 3].map { "\(RowTime(nanoseconds: now - $0 * 1_000_000_000).words) \($0) s ago\n" }
        try await with([.log("one", "main", lines.joined())]) { endpoint in
            let recent = try await ask(endpoint, "one", [("sinceSeconds", "450")]).text()
            #expect(recent == "400 s ago\n3 s ago\n")
            let all = try await ask(endpoint, "one", [("sinceSeconds", "\(Int.max)")]).text()
            #expect(all.hasPrefix("500"))
        }
    }

    @Test func refusalsAreInTheWordsOfTheServers() async throws {
        try await with([.log("web", "app", "x\n")]) { endpoint in
            let cases: [(pod: String, query: [(name: String, value: String)], code: Int, message: String)] = [
                ("nobody", [], 404, #"pods "nobody" not found"#),
                ("w*", [], 404, #"pods "w*" not found"#),
                (
                    "web", [], 400,
                    "a container name must be specified for pod web, choose one of: [app proxy] or one of the init containers: [setup]"
                ),
                ("web", [("container", "ap*")], 400, "container ap* is not valid for pod web"),
                (
                    "web", [("container", "proxy")], 400,
                    #"container "proxy" in pod "web" is waiting to start: trying and failing to pull image"#
                ),
                (
                    "web", [("container", "setup"), ("previous", "true")], 400,
                    #"previous terminated container "setup" in pod "web" not found"#
                ),
                ("web", [("tailLines", "x")], 400, #"strconv.ParseInt: parsing "x": invalid syntax"#),
            ]
            for (pod, query, code, message) in cases {
                let failure = try #require(try await failure(endpoint, pod, query))
                #expect(failure.code == code && failure.message == message)
            }
            let unscheduled = try await ask(endpoint, "pending").status
            #expect(unscheduled == 204)
        }
    }

    @Test func whatCannotBeMeantIsInvalid() async throws {
        try await with([.log("one", "main", "x\n")]) { endpoint in
            let answer = try await ask(
                endpoint, "one", [("tailLines", "-1"), ("sinceSeconds", "5"), ("sinceTime", "2026-11-30T08:00:00Z")])
            let status = try await answer.json()
            #expect(answer.status == 422 && status["reason"]?.string == "Invalid")
            #expect(status["details"]?["causes"]?.array?.count == 2)
            #expect(
                status["details"]?["causes"]?[0]?["message"]?.string
                    == "Invalid value: -1: must be greater than or equal to 0")
            let oneStream = try await ask(endpoint, "one", [("stream", "Stderr")]).status
            #expect(oneStream == 400)
            let noStream = try await ask(endpoint, "one", [("stream", "stderr")]).status
            #expect(noStream == 422)
        }
    }

    @Test func aLogThatWasNotCapturedIsNotAnEmptyOne() async throws {
        try await with([
            .log("one", "main", nil, .denied("Forbidden", "pods/log is forbidden")),
            .log("web", "app", nil, .init(.empty)),
        ]) { endpoint in
            let denied = try #require(try await failure(endpoint, "one"))
            #expect(denied.code == 403 && denied.reason == "Forbidden")
            #expect(
                denied.message
                    == "the log of container main in pod one was not captured: denied (Forbidden): pods/log is forbidden"
            )
            // Whoever asked and got nothing has all there was.
            let empty = try await ask(endpoint, "web", [("container", "app")]).text()
            #expect(empty.isEmpty)
            let previous = try #require(
                try await failure(endpoint, "web", [("container", "app"), ("previous", "true")]))
            #expect(previous.code == 403)
            // Nobody asked for the log of this one, which did run.
            let unasked = try #require(try await failure(endpoint, "web", [("container", "setup")]))
            #expect(unasked.code == 403 && unasked.message.hasSuffix("nothing says that it was asked for"))
        }
    }

    @Test func aPodOfWhichOnlyTheLogIsThereHasItAllTheSame() async throws {
        try await with([.log("gone", "main", String(Self.lines[0].dropLast()))]) { endpoint in
            let text = try await ask(endpoint, "gone").text()
            #expect(text == "line 1")
        }
    }

    /// The kubelet gives the same log for both, while it waits.
    @Test func ofAContainerThatWaitsToRunAgainThePreviousLogIsTheCurrentOne() async throws {
        try await with([.log("crash", "main", Self.lines[0])]) { endpoint in
            let text = try await ask(endpoint, "crash", [("previous", "true")]).text()
            #expect(text == "line 1\n")
        }
    }

    @Test func aCutLogSaysSo() async throws {
        try await with([.log("one", "main", "a\n", .init(.ok, truncated: Truncation(limit: 2)))]) { endpoint in
            let answer = try await ask(endpoint, "one")
            #expect(
                answer.warnings == [
                    #"299 - "the log of container main in pod one was cut by a limit when it was captured: there may be more of it""#
                ])
            #expect(try await answer.text() == "a\n")
        }
    }

    @Test func timesOfTheProgramStay() async throws {
        let own = "2026-11-30T08:00:01.123Z INFO started\r\nplain\n"
        try await with([.log("one", "main", own)]) { endpoint in
            let answer = try await ask(
                endpoint, "one", [("sinceTime", "2030-01-01T00:00:00Z"), ("timestamps", "true")])
            #expect(answer.warnings.count == 1 && answer.warnings[0].contains("timestamps and sinceTime cannot be had"))
            #expect(try await answer.text() == own)
            let last = try await ask(endpoint, "one", [("tailLines", "1")]).text()
            #expect(last == "plain\n")
        }
    }

    @Test func aLineOfMegabytesComesWhole() async throws {
        let long = String(repeating: "x", count: 3 << 20)
        let log = "2026-11-30T08:00:01.000000000Z first\n2026-11-30T08:00:02.000000000Z \(long)"
        try await with([.log("one", "main", log)]) { endpoint in
            let last = try await ask(endpoint, "one", [("tailLines", "1")]).text()
            #expect(last == long)
        }
    }

    @Test func aLogThatIsNotTheSealedOneEndsInAnError() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/case.tar"
        try await WrittenBundle.write(
            [
                .objects("namespaces/prod/core/pods.yaml", Self.pods),
                .log("one", "main", "2026-11-30T08:00:01.000000000Z the word is truth\n"),
            ], to: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let found = try #require(bytes.range(of: Data("truth".utf8)))
        bytes.replaceSubrange(found, with: Data("false".utf8))
        try bytes.write(to: URL(fileURLWithPath: path))
        let endpoint = LogEndpoint(
            try await WrittenBundle.served(BundleCapture(try await BundleReader(path: path))))
        guard case .stream(let stream) = try await ask(endpoint, "one").body else {
            Issue.record("it is not streamed")
            return
        }
        let client = AnswerCollector()
        await #expect(throws: APIFailure.self) { try await stream(client) }
        #expect(client.text == "the word is false\n")
    }
}
