import Foundation
import Testing

/// What `Scripts/release` made, where nothing else is.
@Suite(.needsRelease)
struct ReleaseTests {
    private let program: String

    init() throws {
        program = try #require(Requirements.release)
    }

    private var mayChangeRoot: Bool { geteuid() == 0 }

    /// Runs it with a root directory that holds the program and /proc, and processes of its own.
    private func run(_ root: String, _ arguments: [String]) async throws -> Program.Outcome {
        try await Tool.run(
            "unshare", ["--mount", "--pid", "--fork", "--root=\(root)", "--mount-proc=/proc", "/exhibit"] + arguments,
            mayFail: true)
    }

    private func withRoot(_ body: (String) async throws -> Void) async throws {
        guard mayChangeRoot else { try Test.cancel("changing the root directory needs root") }
        try await Scratch.withFolder { root in
            for name in ["proc", "tmp", "etc"] {
                try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true)
            }
            try FileManager.default.copyItem(atPath: program, toPath: root + "/exhibit")
            try await body(root)
        }
    }

    @Test(.needsTool("sha256sum"))
    func itSaysItsOwnDigest() async throws {
        let digest = try await Tool.run("sha256sum", [program]).text.prefix(64)
        let outcome = try await Tool.run(program, ["--version"])
        #expect(outcome.text.wholeMatch(of: #/[0-9]+\.[0-9]+\.[0-9]+ sha256:[0-9a-f]{64}\n/#) != nil, "\(outcome.text)")
        #expect(outcome.text.hasSuffix(" sha256:\(digest)\n"))
    }

    /// And no path of the machine that it was built on.
    @Test(.needsTool("readelf"))
    func itNeedsNoLibraries() async throws {
        let headers = try await Tool.run(
            "readelf", ["--wide", "--file-header", "--program-headers", "--dynamic", program]
        ).text
        #expect(headers.contains("DYN (Position-Independent Executable"), "its addresses are known beforehand")
        #expect(!headers.contains("INTERP"), "it needs a loader")
        #expect(!headers.contains("NEEDED"), "it needs shared libraries")
        let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
            separator: "/")
        let bytes = Data(try Files.bytes(program))
        #expect(bytes.range(of: Data(checkout.utf8)) == nil, "it has \(checkout) in it")
    }

    @Test(.needsTool("unshare"))
    func itCapturesAndVerifiesInAnEmptyRoot() async throws {
        try await withRoot { root in
            let captured = try await run(
                root, ["collect", "host", "--out", "/tmp/host.tar.zst", "--output", "json", "--deadline", "20s"])
            #expect(Exhibit.Code.sealed.contains(captured.status), "\(captured.summary)")
            let answer = try captured.json(CollectAnswer.self)
            let verified = try await run(
                root, ["verify", "/tmp/host.tar.zst", "--expect", try #require(answer.sealID)])
            #expect(verified.status == Exhibit.Code.ok, "\(verified.summary)")
            let listed = try await run(root, ["ls", "/tmp/host.tar.zst"])
            #expect(listed.status == Exhibit.Code.ok, "\(listed.summary)")
            #expect(listed.text.contains("host/processes"), "\(listed.summary)")
        }
    }

    /// Modules of a machine's C library end a program that has another one in it: they must not be asked, whatever the machine
    /// is set up to. A file that is no library does for one here; loading it is what would show.
    @Test(.needsTool("unshare"))
    func itLoadsNoModulesForNames() async throws {
        try await withRoot { root in
            try Files.write("passwd: exhibittest\nhosts: exhibittest\n", to: root + "/etc/nsswitch.conf")
            try Files.write("127.0.0.1 api.case.example\n", to: root + "/etc/hosts")
            try Files.write("ana:x:0:0::/:/bin/false\n", to: root + "/etc/passwd")
            try Files.write(
                """
                apiVersion: v1
                kind: Config
                current-context: case
                contexts: [{name: case, context: {cluster: case, user: case}}]
                clusters: [{name: case, cluster: {server: "https://api.case.example:1"}}]
                users: [{name: case, user: {token: none}}]
                """, to: root + "/kubeconfig")
            let asked = try await run(
                root, ["collect", "cluster", "--kubeconfig", "/kubeconfig", "--out", "/tmp/cluster.tar"])
            // The name was found in /etc/hosts, which that nsswitch.conf does not name.
            #expect(asked.status == Exhibit.Code.unreachable, "\(asked.summary)")
            #expect(!asked.errors.contains("resolved"), "\(asked.summary)")
            let captured = try await run(root, ["collect", "host", "--out", "/tmp/host.tar", "--deadline", "20s"])
            #expect(Exhibit.Code.sealed.contains(captured.status), "\(captured.summary)")
            let opening = try await run(root, ["cat", "/tmp/host.tar", "meta/bundle.json"])
            #expect(opening.text.contains("\"ana@"), "\(opening.summary)")
        }
    }
}
