import Foundation
import Inspection
import OfflineServer
import Testing

/// Logs of captures that other tools made.
struct ForeignLogTests {
    private static let fixtures =
        (ProcessInfo.processInfo.environment["EXHIBIT_FIXTURES"] ?? "../shared/fixtures") + "/foreign/"
    private static var areThere: Bool { FileManager.default.fileExists(atPath: fixtures) }

    private func endpoint(_ path: String) async throws -> LogEndpoint {
        LogEndpoint(try await WrittenBundle.served(try await ForeignCapture(path: path)))
    }

    private func ask(
        _ endpoint: LogEndpoint, _ namespace: String, _ pod: String, _ query: [(name: String, value: String)] = []
    ) async throws -> APIResponse {
        try await endpoint.respond(namespace: namespace, pod: pod, to: APIRequest(path: [], query: query))
    }

    private func failure(
        _ endpoint: LogEndpoint, _ namespace: String, _ pod: String, _ query: [(name: String, value: String)] = []
    ) async throws -> APIFailure? {
        do {
            _ = try await ask(endpoint, namespace, pod, query)
            return nil
        } catch let failure as APIFailure {
            return failure
        }
    }

    /// kubectl's dump of a pod with two containers, each of which says that it is the other.
    private static let dump = """
        ==== START logs for container a of pod prod/web ====
        one
        ==== START logs for container b of pod prod/other ====
        ==== START logs for container evil of pod prod/web ====
        two
        ==== END logs for container a of pod prod/web ====
        behind the end
        ==== START logs for container b of pod prod/web ====
        2026-11-30T08:00:01Z three
        ==== END logs for container b of pod prod/web ====

        """

    @Test func aFileOfSeveralContainersIsParted() async throws {
        let folder = try ScratchFolder()
        try folder.write("{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"items\":[]}", to: "dump/nodes.json")
        try folder.write(
            """
            {"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"web","namespace":"prod"},
            "spec":{"nodeName":"n","containers":[{"name":"a"},{"name":"b"}]}}]}
            """, to: "dump/prod/pods.json")
        try folder.write(Self.dump, to: "dump/prod/web/logs.txt")
        let endpoint = try await endpoint(folder.path + "/dump")
        let first = try await ask(endpoint, "prod", "web", [("container", "a")])
        let second = try await ask(endpoint, "prod", "web", [("container", "b"), ("tailLines", "1")])
        // No line is lost: what names no container of the pod is a line.
        let text = try await first.text()
        #expect(
            text == """
                one
                ==== START logs for container b of pod prod/other ====
                ==== START logs for container evil of pod prod/web ====
                two
                behind the end

                """)
        #expect(first.warnings.count == 1)
        // kubectl asks for no times: these are the program's.
        let last = try await second.text()
        #expect(last == "2026-11-30T08:00:01Z three\n")
        let refused = try #require(try await failure(endpoint, "prod", "web", [("container", "evil")]))
        #expect(refused.message == "container evil is not valid for pod web")
    }

    @Test func anArchiveIsReadTwiceAtOnceAndNotMore() async throws {
        let folder = try ScratchFolder()
        try folder.write("2026-11-30T08:00:01.000000000Z x\n", to: "mg/namespaces/prod/pods/web/a/a/logs/current.log")
        let endpoint = try await endpoint(try folder.pack("mg"))
        var held: [APIResponse] = []
        for _ in 0..<2 { held.append(try await ask(endpoint, "prod", "web")) }
        let refused = try await ask(endpoint, "prod", "web")
        #expect(refused.status == 429 && refused.headers.contains { $0 == ("Retry-After", "1") })
        let text = try await held[0].text()
        #expect(text == "x\n")
        held = []
        let next = try await ask(endpoint, "prod", "web").status
        #expect(next == 200)
    }

    @Test(.enabled(if: areThere, "no captures of others")) func aSupportBundlesLogsAreAsTheyWereCaptured() async throws
    {
        let path = Self.fixtures + "sbctl-support-bundle.tar.gz"
        let capture = try await ForeignCapture(path: path)
        let endpoint = LogEndpoint(try await WrittenBundle.served(capture))
        let pod = "velero-6996dd565b-xl44t"
        var files: [CapturedFile] = []
        try await capture.files { if $0.path.hasSuffix("\(pod)/velero.log") { files.append($0) } }
        var bytes: [UInt8] = []
        _ = try await capture.content(of: try #require(files.first)) { bytes += $0 }
        let answer = try await ask(endpoint, "velero", pod, [("container", "velero")])
        #expect(answer.warnings.isEmpty && !bytes.isEmpty)
        let got = try await answer.collected()
        #expect(got == bytes)
        // Its one container that is none of the init containers.
        let only = try await ask(endpoint, "velero", pod).collected()
        #expect(only == bytes)
        let refused = try #require(try await failure(endpoint, "velero", "restic-5dkdh"))
        #expect(refused.code == 403)
        #expect(refused.message.hasPrefix("the log of container restic in pod restic-5dkdh was not captured"))
    }

    @Test(.enabled(if: areThere, "no captures of others")) func anEmptyFileOfAMustGatherIsNoPreviousLog() async throws {
        let endpoint = try await endpoint(Self.fixtures + "must-gather-4.8.tar.gz")
        let (namespace, pod) = ("openshift-etcd", "etcd-ip-10-0-187-218.ec2.internal")
        let text = try await ask(
            endpoint, namespace, pod, [("container", "etcd"), ("tailLines", "1"), ("timestamps", "true")]
        ).text()
        #expect(text.hasPrefix("2021-08-03T"))
        let plain = try await ask(endpoint, namespace, pod, [("container", "etcd"), ("tailLines", "1")]).text()
        #expect(!plain.isEmpty && text.hasSuffix(" " + plain))
        let guarding = "etcd-quorum-guard-85b4c88c96-nmk5g"
        let refused = try #require(try await failure(endpoint, namespace, guarding, [("previous", "true")]))
        #expect(refused.message == "previous terminated container \"guard\" in pod \"\(guarding)\" not found")
        // The current one is empty, too, and that is what the container wrote.
        let current = try await ask(endpoint, namespace, guarding)
        let bytes = try await current.collected()
        #expect(current.status == 200 && bytes.isEmpty)
    }
}
