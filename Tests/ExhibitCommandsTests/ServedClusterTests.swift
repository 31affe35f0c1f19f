import Foundation
import Testing

/// kubectl over a bundle against kubectl over the cluster that it was captured from.
@Suite(.needsBinary, .needsCluster, .needsTool("kubectl"), .needsTool("bash"))
struct ServedClusterTests {
    /// What is asked of both. Each line is a command of kubectl in namespace `exhibit-demo`.
    private static let commands = [
        "get pods", "get pods -o wide", "get pods --show-labels", "get pods -L app", "get pods -o name",
        "get pods --sort-by=.metadata.name", "get pods -l app", "get pods -l 'app in (shell,pair)'",
        "get pods --field-selector=status.phase!=Running",
        "get pods -A --field-selector=metadata.namespace=exhibit-demo",
        "get all", "get deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs -o wide",
        "get services,endpoints,endpointslices,ingresses,networkpolicies -o wide",
        "get configmaps,serviceaccounts,roles,rolebindings,persistentvolumeclaims,resourcequotas,limitranges",
        "get secrets -o custom-columns=NAME:.metadata.name,TYPE:.type",
        "get poddisruptionbudgets,horizontalpodautoscalers,controllerrevisions", "get cases",
        "get namespace exhibit-demo",
        "get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName,IMAGES:.spec.containers[*].image",
        "get pods -o jsonpath='{range .items[*]}{.metadata.name}{\" \"}{.spec.nodeName}{\"\\n\"}{end}'",
        "get deployments -o yaml", "get services -o json", "get replicasets -o yaml --show-managed-fields",
        "get events.v1.events.k8s.io -o name", "api-resources", "api-versions", "version",
        "explain pod.spec.containers", "explain cases", "auth can-i --list", "auth can-i get pods",
        "describe deployments", "describe services", "describe configmaps", "describe replicasets", "describe pod pair",
        "rollout history deployment/shell", "rollout history statefulset/store",
        "logs pair -c first", "logs pair -c second --tail=3", "logs pair --all-containers --prefix",
        "logs logs -c long --limit-bytes=500", "logs pair -c first --timestamps", "logs deployment/shell -c shell",
        "logs pair -c nobody", "logs nobody", "logs crashloop --previous", "logs pending", "logs pair",
        "get pod nobody", "get nothings", "get --raw /version", "get --raw /api/v1/namespaces/exhibit-demo",
    ]

    /// Runs the commands, and gives what each said: exit code, standard output and standard error.
    private func answers(_ folder: String, _ name: String, through start: (String) async throws -> Void) async throws
        -> [String]
    {
        let place = folder + "/" + name
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        var script = "export KUBECACHEDIR=\(place)/cache KUBERC=off\n"
        for (number, command) in Self.commands.enumerated() {
            let file = "\(place)/\(number)"
            script += "kubectl -n exhibit-demo --request-timeout=30s \(command) >\(file).out 2>\(file).err\n"
            script += "echo $? >\(file).code\n"
        }
        try Files.write(script, to: place + "/script")
        try await start(place + "/script")
        return try Self.commands.indices.map { number in
            try ["code", "out", "err"].map { try Files.text("\(place)/\(number).\($0)") }.joined(separator: "----\n")
        }
    }

    /// Without what follows from the moment of asking (ages, and how wide columns therefore are), and what is only here: usage is served
    /// though the cluster has no metrics-server. JSON is compared as such: a list's items say what they are in another order.
    private static func settled(_ text: String) -> String {
        var text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                !(restless + ["metrics.k8s.io", "Warning: values of secrets"]).contains { line.contains($0) }
            }
            .map(json).joined(separator: "\n")
        text.replace(#/\b(\d+[ydhms]){1,3}\b( ago)?/#) { _ in "AGE" }
        text.replace(#/ +/#) { _ in " " }
        text.replace(#/ \n/#) { _ in "\n" }
        return text
    }

    /// Pods that change from one second to the next.
    private static let restless = ["crashloop", "initfail", "oomkilled", "imagepull"]

    private static func json(_ line: Substring) -> String {
        guard line.first == "{", let value = try? JSONSerialization.jsonObject(with: Data(line.utf8)),
            let sorted = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
        else { return String(line) }
        return String(decoding: sorted, as: UTF8.self)
    }

    /// A pod that crashes again and again was in one state before, or in another after; a log has grown meanwhile.
    private static func isBetween(_ got: String, _ before: String, _ after: String, _ command: String) -> Bool {
        if got == before || got == after { return true }
        guard command.hasPrefix("logs ") || command.hasPrefix("get events") else { return false }
        func lines(_ text: String) -> Set<Substring> { Set(text.split(separator: "\n")) }
        return lines(before).isSubset(of: lines(got)) && lines(got).isSubset(of: lines(after))
    }

    @Test func theSameRows() async throws {
        try await Scratch.withFolder { folder in
            let kubeconfig = try TestCluster.kubeconfig()
            func live(_ name: String) async throws -> [String] {
                try await answers(folder, name) { script in
                    try await Tool.run("bash", [script], environment: ["KUBECONFIG": kubeconfig])
                }
            }
            let before = try await live("before")
            let bundle = folder + "/case.tar.zst"
            let captured = try await Exhibit.run(
                ["collect", "namespace/exhibit-demo", "--touch", "none", "--no-config", "-o", bundle],
                environment: ["KUBECONFIG": kubeconfig])
            #expect(Exhibit.Code.sealed.contains(captured.status), "\(captured.summary)")
            let after = try await live("after")
            let offline = try await answers(folder, "offline") { script in
                try await Exhibit.expect(Exhibit.Code.ok, ["shell", bundle, "--", "bash", script])
            }
            for (number, command) in Self.commands.enumerated() {
                let wanted = [before[number], after[number]].map(Self.settled)
                let got = Self.settled(offline[number])
                #expect(
                    Self.isBetween(got, wanted[0], wanted[1], command),
                    "kubectl \(command)\nlive: \(wanted[0])\noffline: \(got)")
            }
        }
    }
}
