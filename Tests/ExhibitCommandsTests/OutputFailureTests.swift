import Foundation
import Glibc
import Testing

/// The bundle cannot be written where it should be.
@Suite(.needsBinary)
struct OutputFailureTests {
    private func collect(_ path: String, _ more: [String] = [], at location: SourceLocation = #_sourceLocation)
        async throws -> Program.Outcome
    {
        try await Exhibit.run(
            ["collect", "host", "--since", "1m", "--out", path, "--output", "json"] + more, at: location)
    }

    /// The parent is a file: permissions do not matter, so root is refused as well.
    @Test(arguments: ["/dev/null/x.tar.zst", "/proc/x.tar", "/no-such-folder/x.tar"])
    func thePlaceCannotBeWritten(path: String) async throws {
        let run = try CollectRun(try await collect(path), path: path)
        #expect(run.outcome.status == Exhibit.Code.outputNotWritable, "\(run.outcome.summary)")
        run.outcome.expectMessage(path)
    }

    @Test
    func aFolderWithoutPermission() async throws {
        if getuid() == 0 { try Test.cancel("root may write everywhere") }
        try await Scratch.withFolder { folder in
            chmod(folder, 0o500)
            defer { chmod(folder, 0o700) }
            let run = try CollectRun(try await collect(folder + "/x.tar"), path: folder + "/x.tar")
            #expect(run.outcome.status == Exhibit.Code.outputNotWritable)
        }
    }

    @Test(.needsMounting)
    func aFileSystemThatIsReadOnly() async throws {
        try await SmallDisk.with(kibibytes: 64) { folder in
            try await Tool.run("mount", ["-o", "remount,ro", folder])
            let run = try CollectRun(try await collect(folder + "/x.tar"), path: folder + "/x.tar")
            #expect(run.outcome.status == Exhibit.Code.outputNotWritable, "\(run.outcome.summary)")
            run.outcome.expectMessage(folder, "Read-only file system")
        }
    }

    @Test(arguments: ["x.tar", "x.tar.partial"])
    func nothingIsEverReplaced(existing: String) async throws {
        try await Scratch.withFolder { folder in
            try Files.write("precious", to: "\(folder)/\(existing)")
            let outcome = try await collect(folder + "/x.tar")
            #expect(outcome.status == Exhibit.Code.outputExists, "\(outcome.summary)")
            outcome.expectMessage("nothing was sealed", existing)
            #expect(try Files.text("\(folder)/\(existing)") == "precious")
            #expect(try Files.names(in: folder) == [existing])
        }
    }

    @Test(.needsCluster, arguments: ["", "/"])
    func inAFolderTheBundleNamesItself(suffix: String) async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.run([
                "collect", "pod/pair", "-n", TestCluster.namespace, "--touch", "none", "--kubeconfig",
                try TestCluster.kubeconfig(),
                "--out", folder + suffix, "--output", "json",
            ])
            let path = try #require(try outcome.json(CollectAnswer.self).bundle, "\(outcome.summary)")
            #expect(path.hasPrefix(folder + "/exhibit-pair-") && path.hasSuffix(".tar.zst"))
            #expect(Files.exists(path))
        }
    }

    // MARK: Keys

    @Test
    func aKeyThatCannotBeUsed() async throws {
        try await Scratch.withFolder { folder in
            try Files.write("no key\n", to: folder + "/text")
            chmod(folder + "/text", 0o600)
            for key in [folder + "/not-there", folder + "/text", folder] {
                let path = folder + "/x.tar"
                let run = try CollectRun(try await collect(path, ["--key", key]), path: path)
                #expect(run.outcome.status == Exhibit.Code.badKey, "\(run.outcome.summary)")
                run.outcome.expectMessage(key)
            }
        }
    }

    @Test(.needsTool("ssh-keygen"))
    func aKeyWithAPassphraseOrOpenToOthers() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/x.tar"
            try await Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "passphrase", "-f", folder + "/locked"])
            let locked = try CollectRun(try await collect(path, ["--key", folder + "/locked"]), path: path)
            #expect(locked.outcome.status == Exhibit.Code.badKey, "\(locked.outcome.summary)")
            locked.outcome.expectMessage("passphrase")

            try await Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder + "/open"])
            chmod(folder + "/open", 0o644)
            let open = try CollectRun(try await collect(path, ["--key", folder + "/open"]), path: path)
            #expect(open.outcome.status == Exhibit.Code.badKey, "\(open.outcome.summary)")
            open.outcome.expectMessage("chmod 600")
        }
    }

    @Test
    func aCaseKeyThatIsNone() async throws {
        try await Scratch.withFolder { folder in
            try Files.write("short", to: folder + "/case.key")
            chmod(folder + "/case.key", 0o600)
            let path = folder + "/x.tar"
            let run = try CollectRun(try await collect(path, ["--case-key", folder + "/case.key"]), path: path)
            #expect(run.outcome.status == Exhibit.Code.badKey, "\(run.outcome.summary)")
            run.outcome.expectMessage(folder + "/case.key")
        }
    }
}

/// The disk is full: what was captured is sealed if the seal still fits, and else it is said that nothing is.
@Suite(.needsBinary, .needsMounting)
struct FullDiskTests {
    /// From no room for the first block to room for a few blocks.
    @Test(arguments: [4, 16, 64, 512, 4096])
    func aDiskThatIsFullFromTheStart(kibibytes: Int) async throws {
        try await SmallDisk.with(kibibytes: kibibytes) { folder in
            let path = folder + "/x.tar"
            let outcome = try await Exhibit.run(["collect", "host", "--since", "1m", "--out", path, "--output", "json"])
            try await check(outcome, path)
        }
    }

    /// A limit on the size of files is a full disk, too.
    @Test(.needsTool("prlimit"))
    func aFileSizeLimit() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/x.tar"
            let outcome = try await Exhibit.run(
                ["collect", "host", "--since", "1m", "--out", path, "--output", "json"],
                through: ["/usr/bin/prlimit", "--fsize=\(2 << 20)"])
            try await check(outcome, path)
        }
    }

    /// Somebody else uses up the rest while it runs.
    @Test(.needsCluster)
    func aDiskThatFillsUpMidway() async throws {
        try await SmallDisk.with(kibibytes: 96 << 10) { disk in
            try await SlowProxy.with { proxy, kubeconfig, _ in
                let path = disk + "/x.tar"
                let outcome = try await Turns.during {
                    let program = try CollectRun.start(
                        ["namespace/\(TestCluster.namespace)"], kubeconfig: kubeconfig, path: path)
                    while program.isRunning, !Files.exists(path + ".partial") {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    proxy.become(.slow(bytesPerSecond: 200_000))
                    try await Task.sleep(for: .milliseconds(300))
                    try SmallDisk.fill(disk)
                    proxy.become(.fast)
                    return try await program.outcome()
                }
                // It was begun, so it is sealed.
                #expect(outcome.status == Exhibit.Code.sealedDiskFull, "\(outcome.summary)")
                try await check(outcome, path)
            }
        }
    }

    private func check(_ outcome: Program.Outcome, _ path: String, at location: SourceLocation = #_sourceLocation)
        async throws
    {
        #expect(!outcome.hung, "\(outcome.summary)", sourceLocation: location)
        let answer = try outcome.json(CollectAnswer.self, at: location)
        if let sealID = answer.sealID {
            // There may have been just enough.
            if answer.stopped == nil {
                #expect(
                    [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps].contains(outcome.status), "\(outcome.summary)",
                    sourceLocation: location)
            } else {
                #expect(outcome.status == Exhibit.Code.sealedDiskFull, "\(outcome.summary)", sourceLocation: location)
                #expect(answer.stopped == "diskFull", sourceLocation: location)
            }
            #expect(!Files.exists(path + ".partial") && !Files.exists(path + ".partial.d"), sourceLocation: location)
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", path, "--expect", sealID], at: location)
        } else {
            #expect(outcome.status == Exhibit.Code.diskFull, "\(outcome.summary)", sourceLocation: location)
            #expect(!Files.exists(path), "\(outcome.summary)", sourceLocation: location)
            outcome.expectMessage("nothing was sealed", path, at: location)
        }
    }
}

/// The bundle goes to standard output, and what is said of it to standard error.
@Suite(.needsBinary)
struct StandardOutputTests {
    @Test(arguments: ["tar.zst", "tar.gz", "tar"])
    func aPipeGetsTheBundle(container: String) async throws {
        try await Scratch.withFolder { folder in
            let temporary = folder + "/tmp"
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
            let outcome = try await Exhibit.run(
                ["collect"] + Capture.ofThisHost + ["--output", "json", "--out", "-", "--format", container],
                environment: ["TMPDIR": temporary])
            #expect(Exhibit.Code.sealed.contains(outcome.status), "\(outcome.status) \(outcome.errors)")
            try Data(outcome.output).write(to: URL(fileURLWithPath: folder + "/b"))
            let line = try #require(outcome.errors.split(separator: "\n").last { $0.hasPrefix("{") })
            let sealID = try #require(line.firstMatch(of: /"sealID":"([0-9a-f]{64})"/)).1
            let verified = try await Exhibit.run(["verify", folder + "/b", "--expect", String(sealID)])
            #expect(verified.status == Exhibit.Code.ok, "\(verified.summary)")
            #expect(try Files.names(in: temporary) == [])
        }
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        for arguments in [
            ["--out", "x.tar", "--format", "tar"], ["--out", "-", "--format", "zip"], ["--max-size", "1MiB"],
            ["--max-size", "much"],
        ] {
            let outcome = try await Exhibit.run(["collect", "host"] + arguments)
            #expect(outcome.status == Exhibit.Code.usage, "\(arguments) \(outcome.summary)")
        }
    }
}
