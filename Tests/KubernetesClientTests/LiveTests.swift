import KubernetesClient
import StructuredText
import Testing

/// Against a real API server, kubelet and containers.
@Suite(
    .enabled(if: LiveCluster.isThere, "EXHIBIT_TEST_KUBECONFIG is not set: no cluster to test on"),
    .timeLimit(.minutes(2)))
struct LiveTests {
    private static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)

    /// Names of the pods that carry the label `app=NAME`, or are called so.
    private static func pod(_ name: String, _ client: KubernetesClient) async throws -> String {
        var found: String?
        _ = try await client.list(pods, namespace: LiveCluster.namespace) { bytes in
            let object = try JSONValue(parsing: bytes)
            let podName = object["metadata"]?["name"]?.string ?? ""
            if podName == name || podName.hasPrefix("\(name)-"), object["status"]?["phase"]?.string == "Running" {
                found = found ?? podName
            }
        }
        return try #require(found)
    }

    @Test func versionAndRawPath() async throws {
        try await LiveCluster.withClient { client in
            let version = try await client.version()
            #expect(version.gitVersion.hasPrefix("v1."))
            #expect(!version.raw.isEmpty)
            // The cluster of the tests is on this machine.
            if try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:]).access(context: nil).server
                .contains("127.0.0.1")
            {
                let clock = try #require(client.serverClock)
                #expect(abs(clock.offsetMilliseconds) <= clock.errorMilliseconds)
            }
            let ready = try await client.get(path: "/readyz", maxBytes: 4096)
            #expect(String(decoding: ready, as: UTF8.self) == "ok")
        }
    }

    @Test func discoveryFindsWhatPeopleWrite() async throws {
        try await LiveCluster.withClient { client in
            let discovery = try await client.discover()
            let pods = try #require(discovery.resource(named: "po"))
            #expect(pods.kind == "Pod" && pods.namespaced && pods.verbs.contains("list"))
            #expect(pods.subresources.contains("log") && pods.subresources.contains("exec"))
            #expect(discovery.resource(named: "deploy")?.groupVersion == "apps/v1")
            #expect(discovery.resource(named: "Deployment")?.resource == "deployments")
            #expect(discovery.resource(named: "deployments.apps")?.kind == "Deployment")
            #expect(discovery.resource(named: "deployments.v1.apps")?.kind == "Deployment")
            #expect(discovery.resource(named: "nodes")?.namespaced == false)
            #expect(discovery.resource(named: "no-such-thing") == nil)
        }
    }

    @Test func pagesOfTwoGiveTheSameAsOneAnswer() async throws {
        try await LiveCluster.withClient { client in
            func names(limit: Int?) async throws -> ([String], ListResult) {
                var names: [String] = []
                let result = try await client.list(
                    Self.pods, namespace: LiveCluster.namespace, options: ListOptions(limit: limit)
                ) { bytes in
                    names.append(try JSONValue(parsing: bytes)["metadata"]?["name"]?.string ?? "")
                }
                return (names, result)
            }
            let (paged, result) = try await names(limit: 2)
            let (whole, _) = try await names(limit: nil)
            #expect(paged == whole)
            #expect(paged.count > 4)
            #expect(result.pages == (paged.count + 1) / 2)
            #expect(result.itemCount == paged.count)
            #expect(result.kind == "Pod" && result.apiVersion == "v1")
            #expect(!result.resourceVersion.isEmpty && !result.restarted && !result.inconsistent)
        }
    }

    @Test func maxItemsEndsAListEarly() async throws {
        try await LiveCluster.withClient { client in
            var count = 0
            let result = try await client.list(
                Self.pods, namespace: LiveCluster.namespace, options: ListOptions(limit: 2, maxItems: 3)
            ) { _ in count += 1 }
            #expect(count == 3 && result.itemCount == 3 && result.isCutOff)
            #expect((result.remaining ?? 0) > 0)
        }
    }

    @Test func selectorsReachTheServer() async throws {
        try await LiveCluster.withClient { client in
            var names: [String] = []
            _ = try await client.list(
                Self.pods, namespace: LiveCluster.namespace, fieldSelector: "metadata.name=crashloop"
            ) { bytes in names.append(try JSONValue(parsing: bytes)["metadata"]?["name"]?.string ?? "") }
            #expect(names == ["crashloop"])
        }
    }

    @Test func getsOneObjectAndKnowsWhenThereIsNone() async throws {
        try await LiveCluster.withClient { client in
            let bytes = try await client.get(Self.pods, namespace: LiveCluster.namespace, name: "crashloop")
            let object = try JSONValue(parsing: bytes)
            #expect(object["kind"]?.string == "Pod")
            let error = await #expect(throws: KubernetesError.self) {
                try await client.get(Self.pods, namespace: LiveCluster.namespace, name: "no such pod")
            }
            #expect(error?.code == .notFound && error?.statusReason == "NotFound")
        }
    }

    @Test func currentAndPreviousLogs() async throws {
        try await LiveCluster.withClient { client in
            for previous in [false, true] {
                var bytes: [UInt8] = []
                let result = try await client.log(
                    namespace: LiveCluster.namespace, pod: "crashloop",
                    options: LogOptions(previous: previous, timestamps: true)
                ) { bytes += $0 }
                #expect(result.byteCount == bytes.count && !bytes.isEmpty && !result.isCutOff)
                // A time, or the kubelet's words that the runtime has no such log (any more).
                let text = String(decoding: bytes.prefix(80), as: UTF8.self)
                #expect(text.hasPrefix("20") || text.hasPrefix("unable to retrieve container logs"))
            }
            var short = 0
            let cut = try await client.log(
                namespace: LiveCluster.namespace, pod: "crashloop", options: LogOptions(previous: true, limitBytes: 10)
            ) { short += $0.count }
            #expect(short == 10 && cut.isCutOff)
            let error = await #expect(throws: KubernetesError.self) {
                try await client.log(
                    namespace: LiveCluster.namespace, pod: "crashloop", options: LogOptions(container: "nope")
                ) { _ in }
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test func execTellsExitCodeAndStreamsApart() async throws {
        try await LiveCluster.withClient { client in
            let pod = try await Self.pod("shell", client)
            var out: [UInt8] = []
            var err: [UInt8] = []
            let result = try await client.exec(
                namespace: LiveCluster.namespace, pod: pod, container: "shell",
                argv: ["sh", "-c", "echo 'out &?%'; echo err >&2; exit 7"]
            ) { stream, bytes in
                if stream == .stdout { out += bytes } else { err += bytes }
            }
            #expect(result == .exited(code: 7))
            #expect(String(decoding: out, as: UTF8.self) == "out &?%\n")
            #expect(String(decoding: err, as: UTF8.self) == "err\n")
        }
    }

    @Test func execTakesInputAndItsEnd() async throws {
        try await LiveCluster.withClient { client in
            let pod = try await Self.pod("shell", client)
            let input = [UInt8](repeating: 0x61, count: 200_000)
            var out: [UInt8] = []
            do {
                let result = try await client.exec(
                    namespace: LiveCluster.namespace, pod: pod, container: "shell", argv: ["cat"], stdin: input
                ) { _, bytes in out += bytes }
                #expect(result == .exited(code: 0))
                #expect(out == input)
            } catch let error as KubernetesError {
                // Before 1.29 there is no way to end an input, and the command must not begin.
                #expect(error.code == .execRefused && out.isEmpty, "\(error)")
                let minor = Int(try await client.version().minor.prefix { $0.isNumber })
                #expect((minor ?? 0) < 30)
            }
        }
    }

    @Test func execOfWhatIsNotThere() async throws {
        try await LiveCluster.withClient { client in
            let pod = try await Self.pod("distroless", client)
            let result = try await client.exec(
                namespace: LiveCluster.namespace, pod: pod, argv: ["no-such-program"]
            ) { _, _ in }
            guard case .failed(let failure) = result else {
                Issue.record("it ended as \(result)")
                return
            }
            #expect(failure.isMissingExecutable, "\(failure)")
            let gone = await #expect(throws: KubernetesError.self) {
                try await client.exec(namespace: LiveCluster.namespace, pod: "nope", argv: ["true"]) { _, _ in }
            }
            #expect(gone?.code == .notFound)
            let stopped = await #expect(throws: KubernetesError.self) {
                try await client.exec(namespace: LiveCluster.namespace, pod: "imagepull", argv: ["true"]) { _, _ in }
            }
            #expect(stopped?.code == .badRequest || stopped?.code == .serverError, "\(String(describing: stopped))")
        }
    }

    @Test func aSilentExecEndsWithItsTask() async throws {
        try await LiveCluster.withClient { client in
            let pod = try await Self.pod("shell", client)
            let clock = ContinuousClock()
            let task = Task {
                try await client.exec(
                    namespace: LiveCluster.namespace, pod: pod, container: "shell", argv: ["sleep", "30"]
                ) { _, _ in }
            }
            try await Task.sleep(for: .seconds(1))
            let start = clock.now
            task.cancel()
            let error = await #expect(throws: KubernetesError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(clock.now - start < .seconds(15), "without cancellation it would never end")
        }
    }

    @Test func accessReviewsAgreeWithTheServer() async throws {
        try await LiveCluster.withClient { client in
            let review = try await client.accessReview(
                verb: "list", group: "", resource: "pods", namespace: LiveCluster.namespace)
            #expect(review.allowed)
            let rules = try await client.rulesReview(namespace: LiveCluster.namespace)
            #expect(rules.allows("list", group: "", resource: "pods"))
        }
    }

    @Test(
        .enabled(if: LiveCluster.sibling("nothing") != nil, "no nothing.kubeconfig beside it")
    )
    func aRestrictedUserIsRefusedInWords() async throws {
        let path = try #require(LiveCluster.sibling("nothing"))
        try await LiveCluster.withClient(path) { client in
            let error = await #expect(throws: KubernetesError.self) {
                try await client.list(Self.pods, namespace: LiveCluster.namespace) { _ in }
            }
            #expect(error?.code == .forbidden && error?.httpStatus == 403 && error?.statusReason == "Forbidden")
            let exec = await #expect(throws: KubernetesError.self) {
                try await client.exec(namespace: LiveCluster.namespace, pod: "crashloop", argv: ["true"]) { _, _ in }
            }
            #expect(exec?.code == .forbidden)
            let review = try await client.accessReview(
                verb: "list", group: "", resource: "pods", namespace: LiveCluster.namespace)
            #expect(!review.allowed)
        }
    }

    @Test(
        .enabled(
            if: LiveCluster.sibling("restricted") != nil, "no restricted.kubeconfig beside it"
        ))
    func aRestrictedUserSeesAPart() async throws {
        let path = try #require(LiveCluster.sibling("restricted"))
        try await LiveCluster.withClient(path) { client in
            let secrets = APIResource(group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true)
            let error = await #expect(throws: KubernetesError.self) {
                try await client.list(secrets, namespace: LiveCluster.namespace) { _ in }
            }
            #expect(error?.code == .forbidden)
            let discovery = try await client.discover()
            #expect(discovery.resource(named: "pods") != nil)
        }
    }

    @Test(
        .enabled(if: LiveCluster.sibling("expired") != nil, "no expired.kubeconfig beside it")
    )
    func anExpiredCertificateIsFoundBeforeConnecting() async throws {
        let path = try #require(LiveCluster.sibling("expired"))
        let error = await #expect(throws: KubernetesError.self) {
            try await LiveCluster.withClient(path) { try await $0.version() }
        }
        #expect(error?.code == .certificateExpired, "\(String(describing: error))")
    }
}
