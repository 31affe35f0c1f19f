import Foundation
import Testing

/// `exhibit doctor` and `collect --dry-run`: what they say must be what a capture then meets.
@Suite(.needsBinary, .needsCluster)
struct DoctorTests {
    struct Forecast: Decodable {
        struct Step: Decodable {
            let collector: String
            let step: String
            let attempts: Int
            let possible: Int
            let otherwise: [String: Int]
        }

        struct Need: Decodable {
            let verb: String
            let resource: String
            let namespace: String?
        }

        struct Check: Decodable {
            let says: String
            let ok: Bool
        }

        struct Vouching: Decodable {
            let signers: [Check]
            let timestamps: [Check]
        }

        let steps: [Step]
        let denied: [Need]
        let vouching: Vouching?
        let exitCode: Int32
    }

    private static func forecast(_ arguments: [String], kubeconfig: String, expecting code: Int32) async throws
        -> Forecast
    {
        let outcome = try await Exhibit.expect(
            code, arguments + ["--output", "json", "--kubeconfig", kubeconfig])
        let forecast = try outcome.json(Forecast.self)
        #expect(forecast.exitCode == code)
        return forecast
    }

    @Test
    func aDryRunPlansWhatARunTries() async throws {
        try await Scratch.withFolder { folder in
            let target = ["pod/store-0", "-n", TestCluster.namespace]
            let path = try TestCluster.kubeconfig()
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok, ["collect"] + target + ["--dry-run", "--output", "json", "--kubeconfig", path],
                folder: folder)
            #expect(try Files.below(folder).isEmpty, "nothing is written")
            var planned: [String: Int] = [:]
            for step in try outcome.json(Forecast.self).steps {
                planned["\(step.collector) \(step.step)", default: 0] += step.attempts
            }
            let capture = try await Capture.collect(
                target, kubeconfig: path, expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
            let tried = Dictionary(
                try capture.ledger().map { ("\($0.collector) \($0.step)", 1) }, uniquingKeysWith: +)
            #expect(planned == tried)
        }
    }

    /// An account without permissions; then with the very objects that `doctor` printed: nothing is denied any more.
    @Test
    func theObjectsItPrintsAreEnough() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.objects)
            try await TestCluster.kubectl([
                "rollout", "status", "deployment/web", "-n", namespace.name, "--timeout=60s",
            ])
            try await Scratch.withFolder { folder in
                let own = try await Self.kubeconfig(ofAccountIn: namespace, folder)
                let before = try await Self.forecast(
                    ["doctor", "-n", namespace.name], kubeconfig: own, expecting: Exhibit.Code.wouldHaveGaps)
                #expect(before.denied.contains { $0.verb == "list" && $0.resource == "secrets" })
                #expect(before.steps.contains { $0.collector == "pods" && $0.otherwise["denied"] == 1 })
                #expect(before.vouching?.signers.allSatisfy(\.ok) == true)

                let target = ["deployment/web", "-n", namespace.name, "--without", "kubelet-metrics"]
                let manifest = try await Exhibit.expect(
                    Exhibit.Code.ok,
                    ["doctor"] + target + [
                        "--rbac", "all", "--subject", "system:serviceaccount:\(namespace.name):collector",
                        "--kubeconfig", try TestCluster.kubeconfig(),
                    ])
                // Cluster roles have no namespace of their own: this test's get a name of theirs.
                let yaml = manifest.text.replacingOccurrences(of: "exhibit-collect", with: namespace.name)
                try Files.write(yaml, to: folder + "/rbac.yaml")
                try await TestCluster.kubectl(["apply", "-f", folder + "/rbac.yaml"])

                let after = try await Self.forecast(
                    ["doctor"] + target, kubeconfig: own, expecting: Exhibit.Code.ok)
                #expect(after.denied.isEmpty)
                let capture = try await Capture.collect(
                    target, kubeconfig: own, expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
                let refused = try capture.ledger().filter { $0.state == "denied" }
                #expect(refused.isEmpty, "\(refused)")
                #expect(try capture.ledger().contains { $0.collector == "sockets" && $0.state == "ok" })
                try await TestCluster.kubectl(["delete", "-f", folder + "/rbac.yaml", "--wait=false"])
            }
        }
    }

    /// What is lacking is printed, applied, and printed again, as containers are seen only when pods may be listed: it comes to an end.
    @Test
    func applyingWhatIsMissingComesToAnEnd() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.objects)
            try await Scratch.withFolder { folder in
                let own = try await Self.kubeconfig(ofAccountIn: namespace, folder)
                let arguments = ["doctor", "-n", namespace.name, "--without", "kubelet-metrics", "--kubeconfig", own]
                var rounds = 0
                while rounds < 4, try await Exhibit.run(arguments).status != Exhibit.Code.ok {
                    rounds += 1
                    let manifest = try await Exhibit.run(
                        arguments + [
                            "--rbac", "missing", "--subject", "system:serviceaccount:\(namespace.name):collector",
                        ])
                    #expect(manifest.status == (rounds == 1 ? Exhibit.Code.wouldHaveGaps : Exhibit.Code.ok))
                    let yaml = manifest.text.replacingOccurrences(of: "exhibit-collect", with: namespace.name)
                    try Files.write(yaml, to: folder + "/rbac.yaml")
                    try await TestCluster.kubectl(["apply", "-f", folder + "/rbac.yaml"])
                }
                #expect((1...2).contains(rounds), "\(rounds)")
                let capture = try await Capture.collect(
                    ["-n", namespace.name, "--without", "kubelet-metrics"], kubeconfig: own,
                    expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
                let refused = try capture.ledger().filter { $0.state == "denied" }
                #expect(refused.isEmpty, "\(refused)")
                try await TestCluster.kubectl(["delete", "-f", folder + "/rbac.yaml", "--wait=false"])
            }
        }
    }

    /// Another's permissions, by impersonation: what the account itself would be told.
    @Test
    func anotherAccountIsLookedAt() async throws {
        let arguments = ["doctor", "-n", TestCluster.namespace, "--without", "kubelet-metrics"]
        let nobody = try await Self.forecast(
            arguments + ["--as", "exhibit-nobody", "--as-group", "system:authenticated"],
            kubeconfig: try TestCluster.kubeconfig(), expecting: Exhibit.Code.wouldHaveGaps)
        #expect(nobody.denied.contains { $0.verb == "list" && $0.resource == "secrets" })
        let admin = try await Self.forecast(
            arguments + ["--as", "exhibit-nobody", "--as-group", "system:masters"],
            kubeconfig: try TestCluster.kubeconfig(), expecting: Exhibit.Code.ok)
        #expect(admin.denied.isEmpty)
        let refused = try await Exhibit.run([
            "collect", "pod/store-0", "-n", TestCluster.namespace, "--as", "exhibit-nobody", "--kubeconfig",
            try TestCluster.kubeconfig(),
        ])
        #expect(refused.status == Exhibit.Code.denied, "\(refused.summary)")
        refused.expectMessage("exhibit-nobody")
    }

    @Test(arguments: ["", "system:serviceaccount:ops", "system:serviceaccount::x"])
    func aSubjectThatIsNoneIsRefused(subject: String) async throws {
        try await Exhibit.expect(Exhibit.Code.usage, ["doctor", "-n", "x", "--rbac", "all", "--subject", subject])
    }

    @Test
    func aTargetThatIsNotThereIsSaid() async throws {
        let outcome = try await Exhibit.expect(
            Exhibit.Code.targetNotFound,
            ["doctor", "pod/no-such-pod", "-n", TestCluster.namespace, "--kubeconfig", try TestCluster.kubeconfig()])
        outcome.expectMessage("no-such-pod")
    }

    /// What nobody could sign with is known before the incident.
    @Test
    func aKeyThatIsNotThereIsAFailure() async throws {
        let forecast = try await Self.forecast(
            ["doctor", "-n", TestCluster.namespace, "--key", "/nonexistent/key"],
            kubeconfig: try TestCluster.kubeconfig(), expecting: Exhibit.Code.wouldHaveGaps)
        #expect(forecast.vouching?.signers.map(\.ok) == [false])
    }

    private static let objects = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: collector}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: collector, annotations: {kubernetes.io/service-account.name: collector}}
        type: kubernetes.io/service-account-token
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: registry.local/busybox:1
                imagePullPolicy: Never
                command: [sh, -c, 'exec sleep 3600']
        """

    private static func kubeconfig(ofAccountIn namespace: ClusterNamespace, _ folder: String) async throws -> String {
        var token = ""
        for _ in 0..<50 where token.isEmpty {
            try await Task.sleep(for: .milliseconds(200))
            token = try await TestCluster.kubectl([
                "get", "secret", "collector", "-n", namespace.name, "-o", "jsonpath={.data.token}",
            ]).text
        }
        let bytes = try #require(Data(base64Encoded: token), "the account got no token")
        let path = folder + "/account.kubeconfig"
        try FileManager.default.copyItem(atPath: try TestCluster.kubeconfig(), toPath: path)
        for arguments in [
            ["config", "set-credentials", "account", "--token", String(decoding: bytes, as: UTF8.self)],
            ["config", "set-context", "--current", "--user", "account"],
        ] {
            try await TestCluster.kubectl(arguments + ["--kubeconfig", path])
        }
        return path
    }
}
