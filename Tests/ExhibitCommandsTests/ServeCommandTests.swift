import Foundation
import Testing

/// `serve` and `shell`: what is started, who is let in, and what is left.
@Suite(.needsBinary)
struct ServeCommandTests {
    /// A capture as `oc adm inspect` lays it out, of one namespace.
    private func withCapture(_ name: String = "case", _ body: (String) async throws -> Void) async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/" + name
            let pods = path + "/namespaces/prod/pods/api"
            try FileManager.default.createDirectory(atPath: pods, withIntermediateDirectories: true)
            try Files.write(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: api, namespace: prod, uid: u, creationTimestamp: "2026-11-30T08:00:05Z"}
                spec: {containers: [{name: main, image: "nginx:1"}]}

                """, to: pods + "/api.yaml")
            try await body(path)
        }
    }

    /// A server until the end of `body`.
    private struct Serving {
        let program: Program
        let folder: String
        let text: String

        func value(_ name: String) throws -> String {
            let word = try #require(text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(name)=") })
            return String(word.dropFirst(name.count + 1))
        }

        func kubectl(_ arguments: [String], mayFail: Bool = false) async throws -> Program.Outcome {
            try await Tool.run(
                "kubectl", arguments,
                environment: ["KUBECONFIG": try value("KUBECONFIG"), "KUBECACHEDIR": try value("KUBECACHEDIR")],
                mayFail: mayFail)
        }
    }

    private func serve(
        _ arguments: [String], ending signal: Int32 = SIGTERM, _ body: (Serving) async throws -> Void
    ) async throws {
        try await Scratch.withFolder { folder in
            let runtime = folder + "/run"
            try FileManager.default.createDirectory(atPath: runtime, withIntermediateDirectories: true)
            let file = folder + "/out"
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            let output = try #require(FileHandle(forWritingAtPath: file))
            let program = try Exhibit.start(
                ["serve"] + arguments, environment: ["XDG_RUNTIME_DIR": runtime], output: output)
            var text = ""
            while program.isRunning, !text.contains("# Ctrl-C") {
                try await Task.sleep(for: .milliseconds(20))
                text = try Files.text(file)
            }
            do {
                try await body(Serving(program: program, folder: runtime, text: text))
            } catch {
                program.signal(SIGKILL)
                throw error
            }
            program.signal(signal)
            let outcome = try await program.outcome(within: .seconds(30))
            #expect(outcome.status == 0, "\(outcome.summary)")
            #expect(try Files.names(in: runtime) == [])
        }
    }

    @Test(.needsTool("kubectl"))
    func kubectlFindsTheServerByWhatIsPrinted() async throws {
        try await withCapture { path in
            try await serve([path]) { serving in
                #expect(serving.text.contains("# case: "))
                #expect(serving.text.contains("as of 2026-11-30T08:00:05Z"))
                let shown = try await serving.kubectl(["config", "view", "--minify", "--raw", "-o", "json"])
                #expect(shown.text.contains(#""namespace": "prod""#))
                #expect(shown.text.contains(#""name": "case""#))
                let answer = try await serving.kubectl(["get", "pods", "-o", "name"])
                #expect(answer.text == "pod/api\n", "\(answer.summary)")
            }
        }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func nothingIsLeftAtTheEnd(signal: Int32) async throws {
        try await withCapture { path in
            try await serve([path], ending: signal) { serving in
                let file = try serving.value("KUBECONFIG")
                #expect(file.hasPrefix(serving.folder))
                let mode = { (path: String) in
                    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                }
                #expect(try mode(file) == 0o600)
                #expect(try mode((file as NSString).deletingLastPathComponent) == 0o700)
            }
        }
    }

    @Test func whatIsLeftOfAKilledRunIsRemovedByTheNext() async throws {
        try await withCapture { path in
            try await Scratch.withFolder { runtime in
                // One that is another program's, and one that looks like a run's and is not.
                try FileManager.default.createDirectory(
                    atPath: runtime + "/exhibit-other", withIntermediateDirectories: true)
                try FileManager.default.createDirectory(
                    atPath: runtime + "/exhibit-AbCdEf", withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                func start() throws -> Program {
                    try Exhibit.start(["serve", path], environment: ["XDG_RUNTIME_DIR": runtime])
                }
                func runs() throws -> Set<String> {
                    Set(try Files.names(in: runtime).filter { Files.exists("\(runtime)/\($0)/kubeconfig") })
                }
                let killed = try start()
                while killed.isRunning, try runs().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                let left = try runs()
                let alive = try start()
                while alive.isRunning, try runs().count < 2 { try await Task.sleep(for: .milliseconds(20)) }
                #expect(try runs().isSuperset(of: left), "one that lives keeps its own")
                killed.signal(SIGKILL)
                _ = try await killed.outcome(within: .seconds(10))
                let next = try start()
                while next.isRunning, try !runs().isDisjoint(with: left) || runs().count < 2 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try runs().isDisjoint(with: left))
                for program in [alive, next] {
                    program.signal(SIGTERM)
                    #expect(try await program.outcome(within: .seconds(30)).status == 0)
                }
                #expect(Set(try Files.names(in: runtime)) == ["exhibit-other", "exhibit-AbCdEf"])
            }
        }
    }

    @Test func aFullOutputEndsItAndLeavesNothing() async throws {
        try await withCapture { path in
            try await Scratch.withFolder { runtime in
                let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
                let program = try Exhibit.start(
                    ["serve", path], environment: ["XDG_RUNTIME_DIR": runtime], output: full)
                let outcome = try await program.outcome(within: .seconds(30))
                #expect(outcome.status == Exhibit.Code.diskFull, "\(outcome.summary)")
                #expect(try Files.names(in: runtime) == [])
            }
        }
    }

    @Test(.needsTool("kubectl"))
    func eachOfSeveralBundlesHasAContext() async throws {
        try await withCapture { one in
            try await withCapture("case.d") { other in
                try FileManager.default.copyItem(atPath: one, toPath: other + "/case")
                let pod = other + "/case/namespaces/prod/pods/api/api.yaml"
                try Files.write(try Files.text(pod).replacing("name: api,", with: "name: web,"), to: pod)
                try await serve([one, other + "/case"]) { serving in
                    let names = try await serving.kubectl(["config", "get-contexts", "-o", "name"])
                    #expect(names.text == "case\ncase-2\n")
                    let servers = try await serving.kubectl([
                        "config", "view", "-o", "jsonpath={.clusters[*].cluster.server}",
                    ])
                    #expect(Set(servers.text.split(separator: " ")).count == 2)
                    for (name, pod) in [("case", "api"), ("case-2", "web")] {
                        let answer = try await serving.kubectl(["get", "pods", "-o", "name", "--context", name])
                        #expect(answer.text == "pod/\(pod)\n", "\(answer.summary)")
                    }
                }
            }
        }
    }

    @Test func aNamedKubeconfigIsMadeAndRemovedAndNeverReplaced() async throws {
        try await withCapture { path in
            let file = path + ".kubeconfig"
            try await serve([path, "--kubeconfig", file]) { serving in
                #expect(try serving.value("KUBECONFIG") == file)
                #expect(try Files.text(file).hasPrefix("apiVersion: v1\n"))
                try await Exhibit.expect(Exhibit.Code.outputExists, ["serve", path, "--kubeconfig", file])
                    .expectMessage("nothing is replaced")
            }
            #expect(!Files.exists(file))
        }
    }

    @Test func whatCannotBeListenedOnIsSaid() async throws {
        try await withCapture { path in
            for address in ["0.0.0.0:0", "[::]:0", "127.0.0.1", "no port:1"] {
                try await Exhibit.expect(Exhibit.Code.usage, ["serve", path, "--listen", address])
            }
            // An address of documentation, which nobody has (RFC 5737).
            try await Exhibit.expect(1, ["serve", path, "--listen", "192.0.2.1:0"]).expectMessage(
                "listening on 192.0.2.1 port 0")
            try await Exhibit.expect(Exhibit.Code.notABundle, ["serve", path + "/no-such"])
        }
    }

    // MARK: shell

    @Test func aProgramIsRunWithTheCapture() async throws {
        try await withCapture { path in
            let run = try await Exhibit.expect(0, ["shell", path, "--", "env"], environment: ["NO_PROXY": "x"])
            let variables = run.text.split(separator: "\n").map(String.init)
            let kubeconfig = try #require(variables.first { $0.hasPrefix("KUBECONFIG=") }?.dropFirst(11))
            #expect(!Files.exists((String(kubeconfig) as NSString).deletingLastPathComponent))
            #expect(variables.contains("EXHIBIT_BUNDLE=\(path)"))
            #expect(variables.contains { $0.hasPrefix("KUBECACHEDIR=/") })
            #expect(variables.contains { $0.hasPrefix("NO_PROXY=x,127.0.0.1") })
            run.expectMessage("case: ", "offline")
        }
    }

    @Test func theExitCodeIsTheProgramsOwn() async throws {
        try await withCapture { path in
            try await Exhibit.expect(7, ["shell", path, "--", "sh", "-c", "exit 7"])
            try await Exhibit.expect(137, ["shell", path, "--", "sh", "-c", "kill -9 $$"])
            try await Exhibit.expect(1, ["shell", path, "--", "no-such-program"]).expectMessage("no-such-program")
        }
    }

    /// What a shell does with lines from its input, though it believes to have a person before it.
    private func typed(
        _ lines: String, shell: String, _ path: String, files: [String: String] = [:]
    ) async throws -> Program.Outcome {
        let home = try Scratch.folder()
        for (name, text) in files { try Files.write(text, to: "\(home)/\(name)") }
        return try await Exhibit.run(
            ["shell", path],
            environment: ["HOME": home, "SHELL": shell, "LINES_TO_TYPE": lines],
            through: ["/bin/sh", "-c", #"printf '%s\n' "$LINES_TO_TYPE" | "$0" "$@""#])
    }

    @Test func startFilesDoNotLeadBackToALivingCluster() async throws {
        try await withCapture { path in
            let run = try await typed(
                "echo \"K=$KUBECONFIG A=$(alias mine)\"; exit 5", shell: "/bin/bash", path,
                files: [".bashrc": "export KUBECONFIG=/production\nalias mine='x'\nPS1='mine> '\n"])
            #expect(run.status == 5, "\(run.summary)")
            #expect(run.text.contains("/kubeconfig A=alias mine='x'"), "\(run.summary)")
            #expect(!run.text.contains("K=/production"))
            run.expectMessage("[offline: case] mine> ")
        }
    }

    @Test func aShellThatIsNotKnownHasThePromptToo() async throws {
        try await withCapture { path in
            let run = try await typed("echo \"K=$KUBECONFIG\"; exit 4", shell: "/bin/sh", path)
            #expect(run.status == 4, "\(run.summary)")
            #expect(run.text.contains("/kubeconfig\n"))
            run.expectMessage("[offline: case] ")
        }
    }

    @Test(arguments: ["/bin/bash", "/bin/sh"])
    func aBundlesNameRunsNothing(shell: String) async throws {
        try await withCapture("$(touch pwned)`touch pwned`'\\w\u{1B}[31m") { path in
            let run = try await typed("ls; exit 3", shell: shell, path)
            #expect(run.status == 3, "\(run.summary)")
            #expect(!run.text.contains("pwned"))
            #expect(!run.errors.contains("\u{1B}[31m"))
        }
    }
}
