import Foundation
import Testing

/// `--touch`: who starts a capture by hand, at a terminal, is asked once; nobody else ever is. Each test has a terminal of its own.
@Suite(.needsBinary, .needsCluster, .needsTool("python3"))
struct TouchQuestionTests {
    /// Runs a command on a new terminal (pty(7)), types `answer` when the question stands there, and prints all that the terminal
    /// got. `ahead` is typed before the command begins; what it has left of that is printed at the end. `readers` others of the
    /// foreground wait for a line of the terminal, too.
    private static let terminal = #"""
        import os, pty, select, sys, time
        ahead, answer, readers, argv = sys.argv[1].encode(), sys.argv[2].encode(), int(sys.argv[3]), sys.argv[4:]
        pid, fd = pty.fork()
        if pid == 0:
            rest = 'read -r rest; echo "left: $rest"; ' if ahead else ""
            others = 'cat </dev/tty >/dev/null & all="$all $!"; ' * readers
            rest = ('kill -9 $all; ' if readers else "") + rest
            os.execvp("sh", ["sh", "-c", "read -r go; " + others + '"$@"; code=$?; ' + rest + "exit $code", "sh"] + argv)
        os.write(fd, b"go\n" + ahead)
        seen, end = b"", time.monotonic() + 50
        while time.monotonic() < end:
            if not select.select([fd], [], [], 1)[0]:
                continue
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if answer and b"[Y/n]" in seen and seen.rstrip(b" ").endswith(b"nothing)"):
                os.write(fd, answer)
                answer = b""
        else:
            os.kill(pid, 9)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.buffer.write(seen)
        sys.exit(code if code >= 0 else 200)
        """#

    private struct Result {
        let terminal: String
        let status: Int32
        let path: String
        let duration: Duration

        var isAsked: Bool { terminal.contains("May commands be run in the target's containers?") }

        func capture() async throws -> Capture {
            Capture(path: path, sealID: "", exitCode: status, folder: try await Capture.unpack(path))
        }
    }

    /// A small capture of one pod, whose volatile state only commands in its containers bring.
    private static func collect(
        answer: String, ahead: String = "", readers: Int = 0, _ more: [String] = [], configuration: String? = nil
    ) async throws -> Result {
        let folder = try Scratch.folder()
        let path = folder + "/bundle.tar.zst"
        var arguments = [
            "pod/store-0", "-n", TestCluster.namespace, "--kubeconfig", try TestCluster.kubeconfig(),
            "--out", path,
        ]
        if let configuration {
            try Files.write(configuration, to: folder + "/config.yaml")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder + "/config.yaml")
            arguments += ["--config", folder + "/config.yaml"]
        }
        try Files.write(terminal, to: folder + "/terminal.py")
        let outcome = try await Exhibit.run(
            ["collect"] + arguments + more, within: .seconds(60),
            through: ["/usr/bin/env", "python3", folder + "/terminal.py", ahead, answer, "\(readers)"])
        return Result(
            terminal: outcome.text, status: outcome.status, path: path, duration: outcome.duration)
    }

    @Test(arguments: [("n\n", "none"), ("maybe\nno\n", "none"), ("y\n", "exec"), ("\n", "exec")])
    func whatIsAnsweredIsDone(answer: String, touch: String) async throws {
        let result = try await Self.collect(answer: answer)
        #expect(result.isAsked, "\(result.terminal)")
        let capture = try await result.capture()
        #expect(try capture.opening().touch == touch)
        let lines = try capture.ledger().filter { $0.collector == "sockets" }
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { ($0.reason?.code == "TouchNone") == (touch == "none") }, "\(lines)")
        #expect(result.terminal.contains("Please answer y or n") == answer.hasPrefix("maybe"))
        #expect(result.terminal.contains("no answer:") == (answer == "\n"))
    }

    @Test func nobodyThereIsAYesSoon() async throws {
        let result = try await Self.collect(answer: "", ["--deadline", "40s"])
        #expect(result.isAsked && result.terminal.contains("yes in 4 s"), "\(result.terminal)")
        #expect(
            result.terminal.contains("no answer: commands are run in containers"), "\(result.terminal)")
        #expect(result.duration > .seconds(4) && result.duration < .seconds(40))
        #expect(try await result.capture().opening().touch == "exec")
    }

    /// Another process of the foreground may take the line, which then never comes here: nobody waits for it longer than was said, and
    /// what is done is what was said to be done.
    @Test func whereOthersTakeTheLineItIsNotWaitedFor() async throws {
        let result = try await Self.collect(answer: "n\n", readers: 8, ["--deadline", "40s"])
        #expect(result.isAsked && result.duration < .seconds(40), "\(result.terminal)")
        let isLost = result.terminal.contains("no answer: commands are run in containers")
        #expect(!isLost || result.duration > .seconds(4), "\(result.duration) \(result.terminal)")
        #expect(try await result.capture().opening().touch == (isLost ? "exec" : "none"), "\(result.terminal)")
    }

    /// What says it already, or where it makes no difference.
    @Test(
        arguments: [
            (["--touch", "exec"], nil, "exec"), (["--touch", "none"], "touch: exec\n", "none"),
            ([], "touch: none\n", "none"), ([], "touch: exec\n", "exec"),
            (["--profile", "minimal"], nil, "exec"),
            (["--deadline", "5s"], nil, "exec"),
        ] as [([String], String?, String)])
    func whoHasSaidItIsNotAsked(arguments: [String], configuration: String?, touch: String)
        async throws
    {
        let result = try await Self.collect(answer: "n\n", arguments, configuration: configuration)
        #expect(!result.isAsked, "\(result.terminal)")
        #expect(try await result.capture().opening().touch == touch, "\(result.terminal)")
    }

    /// A second command, pasted with the first, is no answer, and is still there for the shell.
    @Test func whatWasTypedAheadIsNoAnswer() async throws {
        let result = try await Self.collect(answer: "", ahead: "no\n")
        #expect(!result.isAsked && result.terminal.contains("left: no"), "\(result.terminal)")
        #expect(try await result.capture().opening().touch == "exec")
    }

    @Test func aDryRunAsksNothing() async throws {
        let result = try await Self.collect(answer: "n\n", ["--dry-run"])
        #expect(!result.isAsked && result.status == 0, "\(result.terminal)")
        let none = try await Self.collect(answer: "", ["--dry-run"], configuration: "touch: none\n")
        #expect(none.terminal.contains("TouchNone"), "the configuration counts for what would be done")
    }
}
