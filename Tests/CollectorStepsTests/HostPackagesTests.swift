import BundleFormat
import Collection
import CollectorSteps
import Cryptography
import Foundation
import Glibc
import LinuxHost
import StructuredText
import Testing

/// Packages of a host: those of a root that the test makes, and of this one.
struct HostPackagesTests {
    private static let hasDpkg = FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-query")

    private static func run(_ root: HostRoot, timeout: Duration = .seconds(20)) async throws -> StepResult {
        let step = StepDefinition(kind: try #require(StepRegistry.kinds.kind("packages", of: .host)))
        let options = root.options
        return try await StepResult.of(timeout: timeout) { try await HostPackagesStep(step, options).run($0) }
    }

    private struct HasNoMD5: Error {}

    private static func md5(_ text: String) throws -> String {
        guard var hash = MD5() else { throw HasNoMD5() }
        Array(text.utf8).withUnsafeBytes { hash.update($0) }
        return hash.finalizeHex()
    }

    /// Two packages, on a host whose `/bin` is a link into `/usr`.
    private static func make(_ root: HostRoot) throws {
        root.link("bin", to: "usr/bin")
        root.write(
            "var/lib/dpkg/status",
            """
            Package: tools
            Status: install ok installed
            Installed-Size: 12
            Architecture: amd64
            Version: 1.0-1
            Source: toolbox (1.0)
            Conffiles:
             /etc/tools.conf \(try md5("as it came\n"))
             /etc/with blank.conf \(try md5("same\n"))
             /etc/gone.conf \(try md5("x")) obsolete
             /etc/new.conf newconffile
            Description: tools

            Package: other
            Status: deinstall ok config-files
            Architecture: all
            Version: 2

            """)
        root.write(
            "var/lib/dpkg/info/tools.list", "/.\n/bin\n/bin/good\n/bin/bad\n/usr/bin/gone\n/usr/bin/moved\n/bin/pipe\n")
        root.write(
            "var/lib/dpkg/info/tools.md5sums",
            """
            \(try md5("good\n"))  bin/good
            \(try md5("good\n"))  bin/bad
            \(try md5("good\n"))  usr/bin/gone
            \(try md5("moved\n"))  usr/bin/moved
            \(try md5("good\n"))  bin/pipe
            \(try md5("good\n"))  usr/share/doc/tools/copyright

            """)
        root.write("var/lib/dpkg/diversions", "/usr/bin/moved\n/usr/bin/moved.real\nother\n")
        root.write("etc/tools.conf", "changed by somebody\n")
        root.write("etc/with blank.conf", "same\n")
        root.write("usr/bin/good", "good\n")
        root.write("usr/bin/bad", "evil\n")
        root.write("usr/bin/moved", "of other\n")
        root.write("usr/bin/moved.real", "moved\n")
        root.fifo("usr/bin/pipe")
        root.write("usr/local/bin/own\nname", "own\n")
        root.link("usr/bin/link", to: "/tmp/evil")
        root.write("usr/bin/notes.txt", "no program\n")
        for name in ["usr/local/bin/own\nname", "usr/bin/good", "usr/bin/bad", "usr/bin/moved", "usr/bin/moved.real"] {
            chmod(root.path + "/" + name, 0o755)
        }
    }

    @Test
    func whatDiffers() async throws {
        try await HostRoot.with { root in
            try Self.make(root)
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            let packages = try result.records("host/packages/packages.jsonl")
            #expect(packages.map { $0["name"]?.string } == ["tools", "other"])
            #expect(packages[0]["source"]?.string == "toolbox (1.0)" && packages[0]["installed"] != nil)
            let files = try result.records("host/packages/files.jsonl")
            let states = files.map { "\($0["path"]?.string ?? "") \($0["state"]?.string ?? "")" }
            #expect(
                states == [
                    "/etc/tools.conf changed", "/usr/bin/bad changed", "/usr/bin/gone missing",
                    "/usr/bin/pipe replaced",
                ])
            #expect(files[0]["configuration"]?.bool == true && files[0]["package"]?.string == "tools")
            #expect(files[1]["md5"]?.string == (try Self.md5("evil\n")))
            #expect(files[1]["expected_md5"]?.string == (try Self.md5("good\n")))
            #expect(files[1]["sha256"]?.string == SHA256.digest(of: Array("evil\n".utf8)).hex)
            let summary = try #require(try result.records("host/packages/verification.jsonl").first)
            #expect(summary["verified_files"]?.int == 7 && summary["differing_files"]?.int == 4, "\(summary)")
        }
    }

    @Test
    func whatIsOfNoPackage() async throws {
        try await HostRoot.with { root in
            try Self.make(root)
            let unowned = try await Self.run(root).records("host/packages/unowned.jsonl")
            // /usr/bin/moved is the other package's, which has no list any more.
            #expect(
                unowned.map { $0["path"]?.string } == ["/usr/local/bin/own\nname", "/usr/bin/link", "/usr/bin/moved"])
            #expect(unowned[0]["sha256"]?.string == SHA256.digest(of: Array("own\n".utf8)).hex)
            #expect(unowned[1]["link_target"]?.string == "/tmp/evil" && unowned[1]["sha256"] == nil)
            let index = try PackageIndex(root: root.path)
            #expect(index.package(of: "/bin/good") == "tools" && index.package(of: "/usr/bin/good") == "tools")
            #expect(index.package(of: "/usr/bin/moved.real") == "tools" && index.package(of: "/usr/bin/moved") == nil)
        }
    }

    /// A database that somebody wrote to who has something to hide, or wants the reader to go elsewhere.
    @Test
    func aHostileDatabase() async throws {
        try await HostRoot.with { root in
            try Self.make(root)
            root.write("outside/secret", "hunter2\n")
            root.write(
                "var/lib/dpkg/info/evil.md5sums",
                "short\n\(String(repeating: "0", count: 32))  bin/../../outside/secret\n\(String(repeating: "0", count: 32))  bin/link/secret\n"
                    + String(repeating: "x", count: 100_000) + "\n\(String(repeating: "0", count: 32))  etc/huge\n")
            root.sparse("etc/huge")
            root.fifo("var/lib/dpkg/info/fifo.list")
            root.link("var/lib/dpkg/info/link.md5sums", to: root.path + "/outside/secret")
            root.link("usr/bin/link", to: root.path + "/outside")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial && result.line.reason?.code == "LimitReached", "\(result.line)")
            #expect(result.entries(with: "hunter2") == [])
            let files = try result.records("host/packages/files.jsonl").filter { $0["package"]?.string == "evil" }
            #expect(files.map { $0["state"]?.string } == ["replaced", "replaced", "unread"], "\(files)")
            #expect(files.allSatisfy { $0["sha256"] == nil })
        }
    }

    @Test(arguments: [("var/lib/rpm", "rpm --verify"), ("lib/apk/db", "apk audit"), ("etc", "no database")])
    func anotherPackageManager(folder: String, words: String) async throws {
        try await HostRoot.with { root in
            root.folder(folder)
            let result = try await Self.run(root)
            #expect(
                result.line.state == .missing && result.line.reason?.message.contains(words) == true, "\(result.line)")
        }
    }

    /// Each program of this host is of the package that dpkg says.
    @Test(.enabled(if: hasDpkg, "this host has no dpkg"))
    func theIndexSaysWhatDpkgSays() async throws {
        let index = try PackageIndex(root: "/")
        #expect(index.failures.count == 0 && index.count > 1_000)
        let names = try FileManager.default.contentsOfDirectory(atPath: "/usr/bin").sorted().prefix(400)
        let told = try await Command.run(
            ["/usr/bin/dpkg-query", "-S"] + names.flatMap { ["/usr/bin/" + $0, "/bin/" + $0] })
        var owners: [String: String] = [:]
        for line in told.output.split(separator: "\n") where !line.hasPrefix("diversion") {
            let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
            owners[String(parts[1].split(separator: "/").last ?? "")] = parts[0]
        }
        #expect(owners.count > 100)
        for name in names {
            let found = index.package(of: RawText("/usr/bin/" + name))
            let isSame = found.map { (owners[name] ?? "").contains($0.prefix { $0 != ":" }) } ?? (owners[name] == nil)
            #expect(isSame, "\(name): \(found ?? "none") and \(owners[name] ?? "none")")
        }
    }

    /// What this host has is what dpkg says, and its programs are as they came.
    @Test(.enabled(if: hasDpkg, "this host has no dpkg"))
    func ofThisHost() async throws {
        let result = try await Self.run(HostRoot(path: "/"), timeout: .seconds(120))
        #expect([.ok, .partial].contains(result.line.state), "\(result.line)")
        let told = try await Command.run([
            "/usr/bin/dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\\n",
        ])
        let packages = try result.records("host/packages/packages.jsonl").map {
            "\($0["name"]?.string ?? "") \($0["version"]?.string ?? "") \($0["architecture"]?.string ?? "")"
        }
        #expect(Set(packages) == Set(told.output.split(separator: "\n").map(String.init)))
        let summary = try #require(try result.records("host/packages/verification.jsonl").first)
        #expect((summary["verified_files"]?.int ?? 0) > 500, "\(summary)")
    }
}
