import Inspection
import Testing

/// Which logs are meant by what a person types.
struct LogChooserTests {
    private static func object(_ kind: String, _ api: String, _ name: String, _ rest: String) -> String {
        "{\"apiVersion\":\"\(api)\",\"kind\":\"\(kind)\",\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"prod\"\(rest)}"
    }

    private static func owner(_ kind: String, _ name: String) -> String {
        ",\"ownerReferences\":[{\"kind\":\"\(kind)\",\"name\":\"\(name)\",\"controller\":true}]"
    }

    private static func pod(_ name: String, _ metadata: String, _ containers: [String]) -> String {
        object("Pod", "v1", name, metadata)
            + ",\"spec\":{\"initContainers\":[{\"name\":\"setup\"}],\"containers\":["
            + containers.map { "{\"name\":\"\($0)\"}" }.joined(separator: ",") + "]}}"
    }

    /// A Deployment with two pods, a Service over one of them, and a pod by itself in two namespaces.
    private func capture() async throws -> LogCapture {
        let items = [
            Self.object("Deployment", "apps/v1", "api", "")
                + ",\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"api\"}}}}",
            Self.object("ReplicaSet", "apps/v1", "api-5", Self.owner("Deployment", "api")) + "}",
            Self.object("Service", "v1", "front", "") + ",\"spec\":{\"selector\":{\"part\":\"b\"}}}",
            Self.pod(
                "api-5-a",
                Self.owner("ReplicaSet", "api-5")
                    + ",\"labels\":{\"app\":\"api\",\"part\":\"a\"},\"annotations\":{\"kubectl.kubernetes.io/default-container\":\"app\"}",
                ["proxy", "app"]),
            Self.pod(
                "api-5-b", Self.owner("ReplicaSet", "api-5") + ",\"labels\":{\"app\":\"api\",\"part\":\"b\"}",
                ["proxy", "app"]),
            Self.pod("lonely", "", ["main"]),
        ]
        return try await LogCapture([
            "namespaces/prod/core/things.json":
                "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\(items.joined(separator: ","))]}",
            "api-5-a/proxy/current.log": "x\n", "api-5-a/app/current.log": "x\n", "api-5-b/proxy/current.log": "x\n",
            "api-5-b/app/current.log": "x\n", "api-5-a/app/previous.log": "x\n", "lonely/main/current.log": "x\n",
            "namespaces/other/pods/lonely/main/main/logs/current.log": "x\n",
            "namespaces/other/pods/gone/main/main/logs/current.log": "x\n",
        ])
    }

    private func names(_ plan: LogPlan) -> [String] { plan.tracks.map { "\($0.pod)/\($0.container ?? "")" } }

    @Test func aPodsDefaultContainerIsTakenAndSaid() async throws {
        let capture = try await capture()
        let annotated = try await capture.plan { $0.targets = [.init("api-5-a")] }
        #expect(names(annotated) == ["api-5-a/app"])
        #expect(annotated.notes == ["Defaulted container \"app\" out of: proxy, app, setup (init)"])
        let first = try await capture.plan { $0.targets = [.init("pod/api-5-b")] }
        #expect(names(first) == ["api-5-b/proxy"])
        let all = try await capture.plan { ($0.targets, $0.hasAllContainers) = ([.init("api-5-b")], true) }
        #expect(names(all) == ["api-5-b/proxy", "api-5-b/app"])
        #expect(all.missing.map { $0.hasPrefix("prod/api-5-b/setup: ") } == [true])
        let previous = try await capture.plan {
            ($0.targets, $0.container, $0.isPrevious) = ([.init("api-5-a")], "app", true)
        }
        #expect(previous.tracks.map(\.stream) == [.previous])
        let none = try await capture.plan { ($0.targets, $0.isPrevious) = ([.init("api-5-b")], true) }
        #expect(none.tracks.isEmpty)
        #expect(none.missing.first?.contains("current log (without -p)") == true)
    }

    @Test func namesMayBePatterns() async throws {
        let capture = try await capture()
        let pods = try await capture.plan { ($0.targets, $0.container, $0.namespace) = ([.pod("api-*")], "a?p", "pr*") }
        #expect(names(pods) == ["api-5-a/app", "api-5-b/app"])
        let of = try await capture.plan { ($0.targets, $0.namespace) = ([.pod("lonel?")], "*") }
        #expect(of.tracks.map(\.namespace) == ["other", "prod"])
        let owned = try await capture.plan {
            ($0.targets, $0.namespace, $0.container) = ([.init("rs/api-5")], "p*d", "*p")
        }
        #expect(names(owned) == ["api-5-a/app", "api-5-b/app"])
        await #expect(throws: LogChoiceFailure.self) { try await capture.plan { $0.targets = [.pod("ap?")] } }
    }

    @Test func anInitContainerThatFailedIsNamed() async throws {
        func status(_ name: String, _ state: String) -> String { "{\"name\":\"\(name)\",\"state\":{\(state)}}" }
        let pod =
            Self.object("Pod", "v1", "stuck", "")
            + ",\"spec\":{\"initContainers\":[{\"name\":\"first\"},{\"name\":\"setup\"}],\"containers\":[{\"name\":\"main\"}]},"
            + "\"status\":{\"initContainerStatuses\":["
            + status("first", "\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\"}") + ","
            + status("setup", "\"terminated\":{\"exitCode\":3,\"reason\":\"Error\"}") + "],\"containerStatuses\":["
            + status("main", "\"waiting\":{\"reason\":\"PodInitializing\"}") + "]}}"
        let capture = try await LogCapture([
            "namespaces/prod/pods/stuck/stuck.json": pod, "stuck/setup/current.log": "no\n",
        ])
        let plan = try await capture.plan { $0.targets = [.pod("stuck")] }
        #expect(
            plan.missing.map {
                $0.hasSuffix("; it waits for init container setup (failed with exit code 3, Error): -c setup")
            }
                == [true], "\(plan.missing)")
        // Of one that is asked for itself, nothing is waited for.
        let first = try await capture.plan { ($0.targets, $0.container) = ([.pod("stuck")], "first") }
        #expect(first.missing.map { $0.contains("waits") } == [false])
    }

    @Test(arguments: ["deploy/api", "deployment/api", "deployments.apps/api", "rs/api-5"])
    func podsBelongToWhatControlsThem(target: String) async throws {
        let plan = try await capture().plan { ($0.targets, $0.container) = ([.init(target)], "app") }
        #expect(names(plan) == ["api-5-a/app", "api-5-b/app"])
    }

    @Test func servicesAndSelectorsChooseByLabels() async throws {
        let capture = try await capture()
        let service = try await capture.plan { ($0.targets, $0.container) = ([.init("svc/front")], "app") }
        #expect(names(service) == ["api-5-b/app"])
        let selector = try LabelSelector(parsing: "app=api,part!=b")
        let plan = try await capture.plan { ($0.selector, $0.namespace) = (selector, "prod") }
        #expect(names(plan) == ["api-5-a/app"])
        let everywhere = try await capture.plan { ($0.isEverywhere, $0.container) = (true, "main") }
        #expect(everywhere.tracks.map(\.namespace) == ["other", "other", "prod"])
        let of = try await capture.plan { $0.namespace = "prod" }
        #expect(of.sourceCount == 3)
        #expect(of.notes.count == 1)
    }

    @Test func whatIsNotThereOrNotCertainIsSaidWithWhatThereIs() async throws {
        let capture = try await capture()
        func failure(_ change: (inout LogChoice) -> Void) async throws -> LogChoiceFailure {
            try #require(await #expect(throws: LogChoiceFailure.self) { try await capture.plan(change) })
        }
        let two = try await failure { $0.targets = [.pod("lonely")] }
        #expect(two.suggestions == ["-n other", "-n prod"])
        let elsewhere = try await failure { ($0.targets, $0.namespace) = ([.pod("gone")], "prod") }
        #expect(elsewhere.description.contains("pods \"gone\" not found"))
        #expect(elsewhere.suggestions == ["-n other gone"])
        #expect(try await failure { $0.targets = [.pod("api-5-c")] }.suggestions.prefix(2) == ["api-5-a", "api-5-b"])
        let container = try await failure { ($0.targets, $0.container) = ([.pod("api-5-a")], "ap") }
        #expect(container.description == "container ap is not valid for pod api-5-a; it has:")
        #expect(container.suggestions == ["proxy", "app", "setup (init)"])
        #expect(
            try await failure { $0.targets = [.init("deploy/web")] }.description.contains("deploy \"web\" not found"))
        #expect(try await failure { _ in }.suggestions == ["-n other", "-n prod"])
        #expect(try await failure { $0.namespace = "none" }.description.contains("namespace none"))
        let selector = try LabelSelector(parsing: "app=db")
        #expect(try await failure { ($0.selector, $0.isEverywhere) = (selector, true) }.description.contains("-l"))
    }
}
