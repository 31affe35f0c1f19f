import Foundation
import Testing

/// The YAML in a bundle says what the API server says, to a reader that is not ours.
@Suite(.needsBinary, .needsCluster, .needsTool("python3"))
struct ObjectTextTests {
    /// Parses every YAML file, and writes one object of one list as JSON.
    private static let program = """
        import json, os, sys, yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        def load(path):
            with open(path, encoding="utf-8") as file:
                return yaml.load(file, Loader=loader)
        if sys.argv[1] == "all":
            count = 0
            for folder, _, names in os.walk(sys.argv[2]):
                for name in names:
                    if name.endswith(".yaml"):
                        document = load(os.path.join(folder, name))
                        assert isinstance(document, dict) and "kind" in document and "apiVersion" in document, name
                        count += 1
            print(count)
        else:
            ours = {item["metadata"]["name"]: item for item in load(sys.argv[2])["items"]}
            with open(sys.argv[3], encoding="utf-8") as file:
                theirs = {item["metadata"]["name"]: item for item in json.load(file)["items"]}
            for name in theirs:
                mine, other = ours[name], theirs[name]
                # In the API's answer, items of built-in kinds do without these.
                for key in ("kind", "apiVersion"):
                    assert mine[key] == other.setdefault(key, mine[key]), name
                if sys.argv[1] == "secrets":
                    for values in (mine["data"], other["data"]):
                        values.update({key: None for key in values})
                    for item in (mine, other):
                        item["metadata"].get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
                assert mine == other, name + "\\n" + json.dumps(mine, sort_keys=True) + "\\n" + json.dumps(other, sort_keys=True)
            print(len(theirs))
        """

    @Test
    func everyYAMLFileParses() async throws {
        try await requirePyYAML()
        let capture = try await Capture.demo.value
        let result = try await Tool.run("python3", ["-c", Self.program, "all", capture.folder + "/data"])
        #expect(Int(result.text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 40)
    }

    /// Objects that do not change by themselves.
    @Test(arguments: [
        ("configmaps", "core"), ("services", "core"), ("secrets", "core"), ("serviceaccounts", "core"),
        ("persistentvolumeclaims", "core"), ("roles", "rbac.authorization.k8s.io"),
        ("rolebindings", "rbac.authorization.k8s.io"),
        ("networkpolicies", "networking.k8s.io"), ("cases", "forensics.example.org"),
    ])
    func listsEqualWhatKubectlGets(resource: String, group: String) async throws {
        try await requirePyYAML()
        let capture = try await Capture.demo.value
        // Without kubectl's own idea of what people want to see.
        let api = group == "core" ? "/api/v1" : "/apis/\(group)/v1"
        let theirs = try await TestCluster.kubectl([
            "get", "--raw", "\(api)/namespaces/\(TestCluster.namespace)/\(resource)",
        ])
        try await Scratch.withFolder { folder in
            try Files.write(theirs.output, to: folder + "/theirs.json")
            let ours = "\(capture.folder)/data/namespaces/\(TestCluster.namespace)/\(group)/\(resource).yaml"
            let mode = resource == "secrets" ? "secrets" : "equal"
            let result = try await Tool.run("python3", ["-c", Self.program, mode, ours, folder + "/theirs.json"])
            #expect(Int(result.text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 0)
        }
    }

    private func requirePyYAML() async throws {
        let result = try await Tool.run("python3", ["-c", "import yaml"], mayFail: true)
        if result.status != 0, !Requirements.isContinuousIntegration { try Test.cancel("python3 has no PyYAML") }
    }
}
