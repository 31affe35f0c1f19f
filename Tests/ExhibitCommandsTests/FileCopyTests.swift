import Foundation
import Testing

/// Step kind `files` on real containers: busybox's tools, Debian's (of the machine that the node is), and containers that lack some.
@Suite(.needsBinary, .needsCluster, .filesPod, .serialized)
struct FileCopyTests {
    /// One capture with a step for each set of options, by the names of their outputs.
    private static func collect(
        _ steps: [String: String], timeout: String = "20s", bytes: String = "64MiB"
    ) async throws -> Found {
        let namespace = try FilesPod.namespace
        let folder = try Scratch.folder()
        let lines = steps.sorted { $0.key < $1.key }.map {
            "  - {files: {\($0.value)}, output: \($0.key), limits: {timeout: \(timeout), bytes: \(bytes)}}"
        }
        try Files.write(
            """
            apiVersion: exhibit/v1
            kind: Collector
            metadata: {name: own, title: Own}
            scope: container
            volatility: 9
            steps:
            \(lines.joined(separator: "\n"))

            """, to: folder + "/own.yaml")
        let capture = try await Capture.collect(
            [
                "pod/files", "-n", namespace.name, "--collectors", folder, "--profile", "minimal", "--with", "own",
            ], kubeconfig: try TestCluster.kubeconfig())
        return Found(capture: capture, base: "data/namespaces/\(namespace.name)/pods/files")
    }

    private struct Found {
        let capture: Capture
        let base: String

        func line(_ container: String, _ output: String) throws -> LedgerLine {
            try #require(
                try capture.ledger("own", pod: "files", container: container).first { $0.step == "files \(output)" })
        }

        func text(_ container: String, _ path: String) -> String? {
            try? capture.text("\(base)/\(container)/files/own/\(path)")
        }

        func names(_ container: String, _ output: String) throws -> [String] {
            let prefix = "\(base)/\(container)/files/own/\(output)/"
            return try capture.paths().filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
    }

    @Test
    func whatContainersHave() async throws {
        let found = try await Self.collect(
            [
                "all": "paths: [/t]", "logs": "paths: [/t/d, /t/named], names: ['*.log']",
                "conf": "paths: [/etc/conf/nginx.conf]", "few": "paths: [/t/d], most: 2",
                "secret": "paths: [/t/secret/password]", "both": "paths: [/t/d/one, /etc/conf/nginx.conf]",
                "nowhere": "paths: [/no/such, /t/nothing]", "some": "paths: [/no/such, /t/named]",
                "token": "paths: [/var/run/secrets/kubernetes.io, /run/secrets/kubernetes.io/serviceaccount/token]",
            ])
        for tools in ["busybox", "debian"] {
            try Self.judgeTools(found, tools)
        }
        let none = try found.line("distroless", "all")
        #expect(none.state == "missing" && none.reason?.code == "NoTools", "\(none)")
        for entry in try found.capture.paths() {
            #expect(!(try Files.text(found.capture.folder + "/" + entry)).contains("TOPSECRETVALUE"), "\(entry)")
        }
        try Self.judgeLacking(found)
    }

    private static func judgeTools(_ found: Found, _ tools: String) throws {
        let all = try found.line(tools, "all")
        #expect(all.state == "partial" && all.reason?.code == "TooLarge", "\(tools): \(all)")
        #expect(all.reason?.message.contains("/t/d/sparse with 1073741824 bytes") == true, "\(all)")
        let names = Set(try found.names(tools, "all"))
        let wanted: Set<String> = [
            "t/d/sub/b.log", "t/d/c.txt", "t/d/empty", "t/d/l=0Af.log", "t/d/-rf", "t/d/n=FFu", "t/d/growing",
            "t/forged/inner.tar", "t/scratch/s",
        ]
        #expect(names.isSuperset(of: wanted), "\(tools): \(wanted.subtracting(names))")
        #expect(names.contains { $0.hasPrefix("t/d/nnnnnnnn") }, "a name of 255 bytes")
        let hard = names.intersection(["t/d/a.log", "t/d/hard"])
        #expect(hard.count == 1, "one content, one entry: \(hard)")
        #expect(names.isDisjoint(with: ["t/d/shadow", "t/d/fifo", "t/d/sparse", "t/d/one", "t/named"]), "\(names)")
        #expect(!names.contains { $0.hasPrefix("t/secret") })
        #expect(found.text(tools, "all/t/d/sub/b.log") == "deep\n" && found.text(tools, "all/t/d/empty") == "")
        let listing = try #require(found.text(tools, "all.tsv"))
        for name in ["/t/d/a.log", "/t/d/hard", "/t/d/shadow", "/t/d/sparse", "/t/d/l\nf.log", "/t/scratch/s"] {
            #expect(listing.contains(name), "\(tools) \(name)")
        }
        #expect(!listing.contains("/t/d/one") && !listing.contains("/t/secret"))

        let logs = try found.line(tools, "logs")
        #expect(logs.state == "ok", "\(tools): \(logs)")
        let chosen = Set(try found.names(tools, "logs"))
        #expect(chosen == ["t/d/a.log", "t/d/l=0Af.log", "t/d/sub/b.log", "t/named"], "\(tools): \(chosen)")
        #expect(found.text(tools, "logs/t/named") == "no\n", "a path that is a link is followed")

        #expect(try found.line(tools, "conf").state == "ok")
        #expect(found.text(tools, "conf/etc/conf/nginx.conf") == "worker_processes 1;\n")
        let few = try found.line(tools, "few")
        #expect(few.state == "partial" && few.reason?.code == "TooManyFiles", "\(few)")
        #expect(try found.names(tools, "few").count == 2)
        let secret = try found.line(tools, "secret")
        #expect(secret.state == "denied" && secret.reason?.code == "SecretVolume", "\(secret)")
        let both = try found.line(tools, "both")
        #expect(both.state == "partial" && both.reason?.code == "SecretVolume", "\(both)")
        #expect(try found.names(tools, "both") == ["etc/conf/nginx.conf"])
        let nowhere = try found.line(tools, "nowhere")
        #expect(nowhere.state == "missing" && nowhere.reason?.code == "NoSuchPath", "\(nowhere)")
        #expect(try found.line(tools, "some").state == "ok")
        #expect(try found.names(tools, "token").isEmpty, "the token of the service account")
    }

    private static func judgeLacking(_ found: Found) throws {
        let noTar = try found.line("no-tar", "all")
        #expect(noTar.state == "partial" && noTar.reason?.code == "NoTar", "\(noTar)")
        #expect(found.text("no-tar", "all.tsv")?.contains("/t/d/two") == true)
        let noFind = try found.line("no-find", "nowhere")
        #expect(noFind.state == "missing" && noFind.reason?.code == "NoSuchPath", "\(noFind)")
        let folder = try found.line("no-find", "all")
        #expect(folder.state == "missing" && folder.reason?.code == "NoTools", "\(folder)")
    }

    @Test
    func oneByOneWhereToolsAreLacking() async throws {
        let found = try await Self.collect(
            [
                "one": "paths: [/t/one]", "both": "paths: [/t/one, /t/d]", "read": "paths: [/tmp/t]",
                "unread": "paths: [/tmp/u]", "small": "paths: [/t/one], largest: 1",
            ])
        for container in ["no-tar", "no-find"] {
            #expect(try found.line(container, "one").state == "ok", "\(container)")
            #expect(found.text(container, "one/t/one") == "one\n", "\(container)")
            let both = try found.line(container, "both")
            #expect(both.state == "partial", "\(both)")
            #expect(both.reason?.code == (container == "no-tar" ? "NoTar" : "NoFind"), "\(both)")
            #expect(found.text(container, "both/t/one") == "one\n", "\(container)")
        }
        let read = try found.line("denied", "read")
        #expect(read.state == "partial" && read.reason?.code == "PermissionDenied", "\(read)")
        #expect(read.reason?.message.contains("/tmp/t/two") == true)
        #expect(found.text("denied", "read/tmp/t/one") == "one\n")
        let unread = try found.line("denied", "unread")
        #expect(unread.state == "denied" && unread.reason?.code == "PermissionDenied", "\(unread)")
    }

    /// A tar of the container's own that lies, or never ends.
    @Test
    func aTarThatLies() async throws {
        let namespace = try FilesPod.namespace
        func set(_ mode: String) async throws {
            try await TestCluster.kubectl([
                "exec", "-n", namespace.name, "files", "-c", "liar", "--", "/bin/sh", "-c", "echo \(mode) > /mode",
            ])
        }
        func found(_ mode: String, timeout: String = "15s") async throws -> (Found, LedgerLine) {
            try await set(mode)
            let found = try await Self.collect(["all": "paths: [/t]"], timeout: timeout, bytes: "4MiB")
            return (found, try found.line("liar", "all"))
        }
        let (lie, line) = try await found("lie")
        #expect(line.state == "partial" && line.reason?.code == "NotCopied", "\(line)")
        #expect(line.reason?.message.contains("/t/two") == true, "\(line)")
        #expect(try lie.names("liar", "all") == ["t/one"], "what was not asked for has no place")
        for mode in ["endless", "text", "yes"] {
            let (found, line) = try await found(mode)
            #expect(line.state == "partial" && line.reason?.code == "BadOutput", "\(mode): \(line)")
            #expect(try found.names("liar", "all").isEmpty)
            #expect(found.text("liar", "all.tsv")?.contains("/t/one") == true, "the list is there")
        }
        let (cut, ended) = try await found("cut")
        #expect(ended.state == "partial" && ended.reason?.code == "BadOutput", "\(ended)")
        #expect(cut.text("liar", "all/t/one") == "one\n", "what came is kept")
        let (_, hung) = try await found("hang", timeout: "3s")
        #expect(hung.state == "timeout", "\(hung)")
        // Other tests have the same pod.
        try await set("lie")
    }

    /// A copy that is cut off by its time while it goes on does not make the container one that hangs; what comes in drops does.
    @Test
    func aLongCopyDoesNotHang() async throws {
        // At once: they wait for each other's commands as little as for anything else.
        async let copied = Self.stateAfterACopy(printing: "$x$x$x$x$x")
        async let dripped = Self.stateAfterACopy(printing: "x")
        #expect(try await copied == "ok")
        #expect(try await dripped == "timeout")
    }

    /// Of a command that takes five seconds, behind one that prints such a line twenty times a second until it is cut off.
    private static func stateAfterACopy(printing line: String) async throws -> String {
        let namespace = try FilesPod.namespace
        let folder = try Scratch.folder()
        for (name, rank, step) in [
            (
                "early", 1,
                """
                {exec: {argv: [/bin/sh, -c, 'x=xxxxxxxxxx; x=$x$x$x$x$x$x$x$x$x$x; while :; do echo \(line);
                      /bin/sleep 0.05; done']}, output: a.txt, limits: {timeout: 2s}}
                """
            ),
            (
                "later", 9,
                "{exec: {argv: [/bin/sh, -c, '/bin/sleep 5; echo later']}, output: b.txt, limits: {timeout: 20s}}"
            ),
        ] {
            try Files.write(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: \(name), title: Own}
                scope: container
                volatility: \(rank)
                steps:
                  - \(step)

                """, to: folder + "/\(name).yaml")
        }
        let capture = try await Capture.collect(
            [
                "pod/files", "-n", namespace.name, "--collectors", folder, "--profile", "minimal",
                "--with", "early", "--with", "later",
            ], kubeconfig: try TestCluster.kubeconfig())
        let early = try capture.ledger("early", pod: "files", container: "busybox")
        #expect(early.map(\.state) == ["timeout"])
        // In a container that hangs it would have had four seconds.
        let later = try capture.ledger("later", pod: "files", container: "busybox")
        #expect(later.count == 1, "\(later)")
        return try #require(later.first).state
    }
}
