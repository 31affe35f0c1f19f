import Glibc
import Programs
import Testing

/// What goes into a program, and what comes out of it.
@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
    @Test func argumentsStayArguments() async throws {
        let arguments = ["%s|", "", "a b", "$(id)", "*", "-x", "ü\n"]
        let run = try await Run.of(
            Program("/usr/bin/printf", arguments, environment: .only([:]), timeout: .seconds(20), maxBytes: 1_000))
        #expect(run.text == "|a b|$(id)|*|-x|ü\n|" && run.result.end == .exited(0))
        #expect(run.result.bytes == run.output.count)
    }

    @Test func inputOutputAndMessage() async throws {
        var program = Run.shell("cat; echo no >&2; exit 3")
        // More than a pipe holds.
        program.input = [UInt8](repeating: 0x61, count: 300_000)
        let run = try await Run.of(program)
        #expect(run.result.end == .exited(3) && run.output == program.input && run.message == "no\n")
        // Nobody is made to read it.
        program.arguments = ["-c", "exec 0<&-; echo done"]
        #expect(try await Run.of(program).text == "done\n")
        program.arguments = ["-c", "true"]
        let silent = try await Run.of(program)
        #expect(silent.result.end == .exited(0) && silent.output.isEmpty && silent.message.isEmpty)
        program.input = []
        program.arguments = ["-c", "cat; echo end"]
        #expect(try await Run.of(program).text == "end\n")
    }

    @Test func messagesAreBounded() async throws {
        let run = try await Run.of(Run.shell("head -c 1000000 /dev/zero | tr '\\0' e >&2; echo out"))
        #expect(run.message == String(repeating: "e", count: 4_096) && run.text == "out\n")
    }

    @Test func environments() async throws {
        setenv("EXHIBIT_TEST_SECRET", "s3cret", 1)
        func variables(_ environment: ProgramEnvironment) async throws -> Set<String> {
            let program = Program("/usr/bin/env", environment: environment, timeout: .seconds(20), maxBytes: 1 << 20)
            return Set(try await Run.of(program).text.split(separator: "\n").map(String.init))
        }
        #expect(try await variables(.only(["A": "b=c"])) == ["A=b=c"])
        let scrubbed = try await variables(.scrubbed(passing: ["EXHIBIT_TEST_SECRET", "EXHIBIT_TEST_NONE"]))
        let names = Set(scrubbed.map { $0.prefix { $0 != "=" }.description })
        #expect(scrubbed.contains("EXHIBIT_TEST_SECRET=s3cret") && names.contains("PATH"))
        #expect(names.isSubset(of: ProgramEnvironment.passedAlways + ["EXHIBIT_TEST_SECRET"]), "\(names)")
        #expect(try await variables(.scrubbed()).allSatisfy { !$0.hasPrefix("EXHIBIT_") })
        let all = try await variables(.inherited(adding: ["A": "b"]))
        #expect(all.isSuperset(of: ["A=b", "EXHIBIT_TEST_SECRET=s3cret"]))
    }

    @Test func sessionFolderAndOpenFiles() async throws {
        let folder = Folder()
        folder.write("here", "x\n")
        let open = Glibc.open("/etc/passwd", O_RDONLY)
        defer { close(open) }
        var program = Run.shell("cat here; ls /proc/self/fd | wc -l; cut -d' ' -f1,5,6,7 /proc/$$/stat")
        program.workingDirectory = folder.path
        let lines = try await Run.of(program).text.split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == "x" && lines[1] == "4")
        // Process, group and session are one, and there is no terminal.
        let numbers = lines[2].split(separator: " ")
        #expect(Set(numbers[..<3]).count == 1 && numbers[3] == "0", "\(lines[2])")
    }

    @Test func signalsAreTold() async throws {
        #expect(try await Run.of(Run.shell("kill -SEGV $$")).result.end == .signaled(SIGSEGV))
        // Dispositions of this process are not passed on.
        #expect(try await Run.of(Run.shell("kill -PIPE $$")).result.end == .signaled(SIGPIPE))
    }

    @Test func whatCannotBeRun() async throws {
        let folder = Folder()
        func refusal(_ path: String, _ change: (inout Program) -> Void = { _ in }) async -> ProgramError? {
            var program = Program(path, environment: .only([:]), timeout: .seconds(20), maxBytes: 100)
            change(&program)
            do {
                _ = try await Run.of(program)
                return nil
            } catch {
                return error as? ProgramError
            }
        }
        #expect(await refusal("/nowhere/at-all")?.code == .notFound)
        #expect(await refusal("\(folder.path)")?.code == .notExecutable)
        #expect(await refusal(folder.write("plain", "x", mode: 0o644))?.code == .notExecutable)
        #expect(await refusal(folder.write("text", "no program\n"))?.code == .notExecutable)
        let dangling = await refusal(folder.write("script", "#!/nowhere/sh\n"))
        #expect(dangling?.code == .notExecutable && dangling?.reason.contains("interpreter") == true)
        #expect(await refusal("true")?.code == .badArgument)
        #expect(await refusal("/bin/true") { $0.arguments = ["a\0b"] }?.code == .badArgument)
        #expect(await refusal("/bin/true") { $0.environment = .only(["A=B": "c"]) }?.code == .badArgument)
        #expect(await refusal("/bin/true") { $0.workingDirectory = "/nowhere" }?.code == .noWorkingDirectory)
        let long = await refusal("/bin/true") { $0.arguments = [String(repeating: "x", count: 4 << 20)] }
        #expect(long?.code == .startFailed && long?.subject == "/bin/true")
    }

    @Test func search() throws {
        let folder = Folder()
        folder.write("tool", "#!/bin/sh\n")
        folder.write("data", "x", mode: 0o644)
        let search = ProgramSearch(path: "/nowhere::relative:\(folder.path)")
        #expect(try search.find("tool") == "\(folder.path)/tool")
        #expect(try search.find("/bin/sh") == "/bin/sh")
        #expect(throws: ProgramError.self) { try search.find("data") }
        for (name, code) in [("data", ProgramError.Code.notExecutable), ("none", .notFound), ("", .notFound)] {
            do {
                _ = try search.find(name)
                Issue.record("\(name) was found")
            } catch {
                #expect(error.code == code)
            }
        }
    }
}
