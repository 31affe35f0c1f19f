import CollectorSteps
import LinuxHost
import Testing

/// What `--container` means.
struct HostContainerSelectionTests {
    private static let snapshot: ContainerSnapshot = {
        var snapshot = ContainerSnapshot()
        for (id, name, pod) in [
            ("aa11", "web", nil), ("aa12", "db", nil), ("bb11", "app", "api-1"), ("cc11", "app", "api-2"),
        ] {
            var container = HostContainer(
                id: id + String(repeating: "0", count: 60), runtime: .podman, controlGroup: RawText("/x/" + id))
            container.name = name
            container.pod = pod.map { HostContainer.Pod(namespace: "prod", name: $0, uid: "u", container: name) }
            snapshot.containers.append(container)
        }
        return snapshot
    }()

    @Test(arguments: [
        (["aa11"], ["aa11"]), (["web"], ["aa11"]), (["db", "web", "web"], ["aa11", "aa12"]),
        (["app"], ["bb11", "cc11"]),
        (["prod/api-2/app"], ["cc11"]), (["all"], ["aa11", "aa12", "bb11", "cc11"]),
        (["all", "web"], ["aa11", "aa12", "bb11", "cc11"]),
    ]) func chosen(names: [String], expected: [String]) throws {
        let chosen = try HostContainerSelection.choose(names, in: Self.snapshot)
        #expect(chosen.map { String($0.id.prefix(4)) } == expected)
    }

    @Test(arguments: ["aa1", "nope", "prod/api-3/app", "bb11ff", "\u{1B}[2J"]) func nothing(name: String) {
        let error = #expect(throws: TargetError.self) {
            try HostContainerSelection.choose(["web", name], in: Self.snapshot)
        }
        #expect(error?.code == .notFound && error?.advice.contains("prod/api-1/app (bb1100000000)") == true)
        #expect(error?.description.contains("\u{1B}") == false)
    }

    @Test func severalByOneBeginning() {
        var snapshot = Self.snapshot
        snapshot.containers[1].id = "aa11" + String(repeating: "f", count: 60)
        let error = #expect(throws: TargetError.self) { try HostContainerSelection.choose(["aa11"], in: snapshot) }
        #expect(error?.code == .ambiguous && error?.advice.contains("web (aa1100000000)") == true)
    }

    @Test func whereNothingRuns() {
        let error = #expect(throws: TargetError.self) {
            try HostContainerSelection.choose(["all"], in: ContainerSnapshot())
        }
        #expect(error?.code == .notFound)
    }
}
