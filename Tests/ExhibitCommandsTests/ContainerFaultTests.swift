import Foundation
import Testing

/// Containers, and nodes, where commands do what no sound one does: the run ends in time and is sealed, what came is kept byte for
/// byte, each attempt has its line.
@Suite(.needsBinary)
struct ContainerFaultTests {
    /// What becomes of every command that is to be run.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var deadline = 15
        var codes: Set<Int32> = [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps]
        /// Of the sockets of the container.
        var state: String
        var code: String?
        var output: [UInt8]?
        let act: @Sendable (FakeConversation) -> Void
    }

    private static let escapes = Array("\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\r\u{8}\u{202E}sl  local_address\n".utf8)
    /// Not text in any encoding.
    private static let noise = (0..<4_096).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }

    static let faults: [Fault] = [
        Fault(
            testDescription: "print nothing, and go on", deadline: 2, codes: [Exhibit.Code.sealedAtDeadline],
            state: "timeout", code: "Deadline"
        ) { server in
            server.beginExec()
            server.fallSilent()
        },
        Fault(testDescription: "print nothing, and end", state: "missing", code: "NoTools") { server in
            server.beginExec()
            server.exit()
        },
        Fault(
            testDescription: "print without end", state: "partial", code: "ByteLimit"
        ) { server in
            server.beginExec()
            let piece = [UInt8](repeating: 0x41, count: 1 << 16)
            server.repeating { server.output(1, piece) }
        },
        Fault(
            testDescription: "print slowly, without end", deadline: 2, codes: [Exhibit.Code.sealedAtDeadline],
            state: "timeout", code: "Deadline"
        ) { server in
            server.beginExec()
            server.repeating(every: .milliseconds(20)) { server.output(1, "a line\n".utf8) }
        },
        Fault(testDescription: "print noise", state: "ok", output: noise) { server in
            server.beginExec()
            server.output(1, noise)
            server.exit()
        },
        Fault(testDescription: "print what steers terminals", state: "ok", output: escapes) { server in
            server.beginExec()
            server.output(1, escapes)
            server.output(2, escapes)
            server.exit()
        },
        Fault(testDescription: "speak no protocol", state: "error", code: "BadResponse") { server in
            server.beginExec()
            server.send(noise)
            server.hangUp()
        },
        Fault(testDescription: "are cut off", state: "partial", code: "ConnectionLost", output: Array("sl\n".utf8)) {
            server in
            server.beginExec()
            server.output(1, "sl\n".utf8)
            Thread.sleep(forTimeInterval: 0.1)
            server.reset()
        },
        Fault(testDescription: "are in a pod that is gone", state: "missing", code: "NotFound") { server in
            server.refuse(404, "NotFound", #"pods \"worker\" not found"#)
        },
        Fault(testDescription: "are on a node that is dead", state: "error", code: "ServerError") { server in
            server.answer(502, "dial tcp 10.0.0.9:10250: connect: no route to host")
        },
        Fault(
            testDescription: "fail with what steers terminals", state: "error"
        ) { server in
            server.beginExec()
            server.output(
                3, #"{"status":"Failure","reason":"\u001b[31mBad","message":"\u001b]0;owned\u0007\u009b"}"#.utf8)
            server.exit()
        },
    ]

    @Test(arguments: faults)
    func commandsThat(_ fault: Fault) async throws {
        let run = try await FaultRun.of(deadline: fault.deadline) { path in
            if path.hasSuffix("/exec") { return .conversation(fault.act) }
            return path.hasSuffix("/log") ? .body("2026-01-01T00:00:00.000000000Z here\n") : .usual
        }
        #expect(fault.codes.contains(run.run.outcome.status), "\(run.run.outcome.summary)")
        let line = try run.line("sockets")
        #expect(line.state == fault.state, "\(line)")
        if let code = fault.code { #expect(line.reason?.code == code, "\(line)") }
        let file = "\(FaultRun.container)/sockets/proc-net.txt"
        if let output = fault.output { #expect(try Files.bytes("\(run.capture.folder)/\(file)") == output) }
        // The log does not wait for the commands of its container.
        #expect(try run.text(FaultRun.log).hasSuffix("here\n"))
        // Nor does whoever reads the bundle.
        for arguments in [["inspect", run.run.path], ["inspect", run.run.path, "--output", "json"]] {
            let text = try await Exhibit.run(arguments).text
            #expect(FaultRun.isPlain(text), "\(arguments): \(text)")
        }
    }
}

/// What is larger than anybody would expect: memory does not grow with it.
@Suite(.needsBinary, .needsTool("time"))
struct LargeThingsTests {
    /// Of what is resident while collecting (docs/design.md).
    private static let most = 128

    /// An object of 100 MB among others.
    private static func list(_ kind: String, _ large: String) -> FakeAPIServer.Answer {
        .conversation { server in
            server.begin()
            server.piece(#"{"kind":"\#(kind)List","metadata":{},"items":["#)
            server.piece(#"{"metadata":{"name":"large","namespace":"fake","uid":"u-large"},"\#(large)":{"key":""#)
            let piece = [UInt8](repeating: 0x78, count: 1_000_000)
            for _ in 0..<100 { server.piece(piece) }
            server.piece(
                #""}},{"metadata":{"name":"small","namespace":"fake","uid":"u-small"},"data":{"key":"value"}}]}"#)
            server.end()
        }
    }

    @Test(arguments: [("configmaps", "ConfigMap", "objects"), ("pods", "Pod", "pods")])
    func anObjectOf100MBIsLeftOutAndSaid(resource: String, kind: String, collector: String) async throws {
        let run = try await FaultRun.of(["--touch", "none"], deadline: 20, measuringMemory: true) { path in
            path == "/api/v1/namespaces/fake/\(resource)" ? Self.list(kind, "data") : .usual
        }
        #expect(run.run.outcome.status == Exhibit.Code.sealedWithGaps, "\(run.run.outcome.summary)")
        let line = try run.line(collector, resource: resource)
        run.expect(line, "partial", "TooLarge")
        #expect(line.reason?.message.contains("large") == true)
        #expect(try run.capture.text("data/namespaces/fake/core/\(resource).yaml").contains("name: small"))
        #expect(run.peakResidentMebibytes < Self.most, "\(run.peakResidentMebibytes) MiB")
    }

    /// As fast as it is taken, through the whole run.
    @Test func aLogWithoutEndIsKeptUntilTheDeadline() async throws {
        let line = "2026-01-01T00:00:00.000000000Z \(String(repeating: "it said this ", count: 5_000))\n"
        let run = try await FaultRun.of(["--touch", "none"], deadline: 2, measuringMemory: true) { path in
            guard path.hasSuffix("/log") else { return .usual }
            return .conversation { server in
                server.begin()
                server.repeating { server.piece(line) }
            }
        }
        let state = try run.line("logs")
        // A gibibyte is the step's own limit.
        #expect(["ByteLimit", "Deadline", "Truncated"].contains(state.reason?.code), "\(state)")
        #expect(try run.text(FaultRun.log).hasPrefix(line))
        #expect(run.peakResidentMebibytes < Self.most, "\(run.peakResidentMebibytes) MiB")
    }

    /// What `cat` of /proc/net would print in it.
    @Test func aContainerWith100000Sockets() async throws {
        let heading =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        let table = (0..<100_000).reduce(into: heading) { text, number in
            let local = String(0x0A00_0000 + number, radix: 16, uppercase: true)
            text +=
                "\(number): 0\(local):1F90 0200000A:C350 01 00000000:00000000 00:00000000 00000000  0  0 \(number)\n"
        }
        let run = try await FaultRun.of(deadline: 20, measuringMemory: true) { path in
            guard path.hasSuffix("/exec") else { return .usual }
            return .conversation { server in
                server.beginExec()
                if server.argv.first == "cat" { server.output(1, table.utf8) }
                server.exit()
            }
        }
        run.expect(try run.line("sockets"), "ok")
        #expect(try run.text("sockets/proc-net.txt") == table)
        #expect(run.peakResidentMebibytes < Self.most, "\(run.peakResidentMebibytes) MiB")
    }
}
