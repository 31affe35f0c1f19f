import Foundation
import Synchronization
import Testing

/// An API server, or something before it, that answers as none should: the run ends in time and is sealed, what came is kept, each
/// attempt has its line. How each fault is told apart is tested in KubernetesClientTests; here it is the whole run.
@Suite(.needsBinary)
struct ServerFaultTests {
    /// A fault in what is asked for below `place`.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var place = Self.list
        var deadline = 10
        var codes: Set<Int32> = [Exhibit.Code.sealedWithGaps]
        /// Of the line for what is asked for there.
        var state: String
        var code: String?
        /// Objects, or lines of the log, that came.
        var has: [String] = []
        let act: @Sendable (FakeConversation, _ number: Int) -> Void

        static let list = "/api/v1/namespaces/\(FakeAPIServer.namespace)/configmaps"
        static let pods = "/api/v1/namespaces/\(FakeAPIServer.namespace)/pods"
        static let log = "\(pods)/\(FakeAPIServer.pod)/log"
    }

    private static func item(_ name: String) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"fake","uid":"u-\#(name)"},"data":{"key":"value of \#(name)"}}"#
    }

    private static func head(_ token: String = "") -> String {
        #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":"\#(token)"},"items":["#
    }

    private static func list(_ names: [String], token: String = "") -> String {
        head(token) + names.map(item).joined(separator: ",") + "]}"
    }

    private static let line = "2026-01-01T00:00:00.000000000Z it said this\n"

    static let faults: [Fault] = [
        Fault(
            testDescription: "hangs mid-list", deadline: 2, codes: [Exhibit.Code.sealedAtDeadline], state: "timeout",
            code: "Deadline", has: ["first"]
        ) { server, _ in
            server.begin()
            server.piece(head() + item("first") + "," + item("half").prefix(40))
            server.fallSilent()
        },
        Fault(
            testDescription: "hangs in the list of pods", place: Fault.pods, deadline: 2,
            codes: [Exhibit.Code.sealedAtDeadline], state: "timeout", code: "Deadline", has: ["early"]
        ) { server, _ in
            server.begin()
            server.piece(
                #"{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":"early","namespace":"fake","uid":"u"}},"#
            )
            server.fallSilent()
        },
        Fault(testDescription: "resets mid-list", state: "partial", code: "ConnectionLost", has: ["first"]) {
            server, _ in
            server.begin()
            server.piece(head() + item("first") + ",")
            Thread.sleep(forTimeInterval: 0.2)
            server.reset()
        },
        Fault(testDescription: "resets before it answers, always", state: "error", code: "ConnectionLost") {
            server, _ in
            server.reset()
        },
        Fault(
            testDescription: "resets mid-log", place: Fault.log, state: "partial", code: "ConnectionLost", has: [line]
        ) { server, _ in
            server.begin()
            server.piece(line + "2026-01-01T00:00:01.0")
            Thread.sleep(forTimeInterval: 0.2)
            server.reset()
        },
        Fault(
            testDescription: "429 once", codes: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps], state: "ok",
            has: ["first"]
        ) { server, number in
            if number == 0 {
                server.refuse(429, "TooManyRequests", "later", headers: ["Retry-After: 1"])
            } else {
                server.answer(200, list(["first"]))
            }
        },
        Fault(
            testDescription: "429 for ever", deadline: 2, codes: [Exhibit.Code.sealedAtDeadline], state: "timeout",
            code: "Deadline"
        ) { server, _ in
            server.refuse(429, "TooManyRequests", "later", headers: ["Retry-After: 1"])
        },
        Fault(
            testDescription: "429 for an hour", deadline: 2,
            codes: [Exhibit.Code.sealedAtDeadline, Exhibit.Code.sealedWithGaps], state: "error", code: "TooManyRequests"
        ) { server, _ in
            server.refuse(429, "TooManyRequests", "later", headers: ["Retry-After: 3600"])
        },
        // It begins again, and what came already is not kept twice.
        Fault(testDescription: "410 once", state: "partial", code: "Expired", has: ["first", "second"]) {
            server, number in
            switch (server.query("continue").isEmpty, number) {
            case (true, 0): server.answer(200, list(["first"], token: "next"))
            case (true, _): server.answer(200, list(["first", "second"]))
            case (false, _): server.refuse(410, "Expired", "the continue token is too old")
            }
        },
        Fault(testDescription: "410 for ever", state: "partial", code: "Expired", has: ["first"]) { server, _ in
            if server.query("continue").isEmpty {
                server.answer(200, list(["first"], token: "next"))
            } else {
                server.refuse(410, "Expired", "the continue token is too old")
            }
        },
        Fault(testDescription: "500", state: "error", code: "InternalError") { server, _ in
            server.refuse(500, "InternalError", "etcdserver: request timed out")
        },
        Fault(testDescription: "JSON that ends early", state: "partial", code: "BadResponse", has: ["first"]) {
            server, _ in
            server.answer(200, head() + item("first") + "," + item("half").prefix(40))
        },
        Fault(
            testDescription: "a length that is not kept", state: "partial", code: "ConnectionLost", has: ["first"]
        ) { server, _ in
            server.answer(200, list(["first", "second"]), missing: 20)
        },
        Fault(
            testDescription: "a log that never ends", place: Fault.log, deadline: 2,
            codes: [Exhibit.Code.sealedAtDeadline], state: "timeout", code: "Deadline", has: [line]
        ) { server, _ in
            server.begin()
            server.repeating(every: .milliseconds(2)) { server.piece(line) }
        },
        Fault(
            testDescription: "a pod that is gone when its log is read", place: Fault.log, state: "missing",
            code: "NotFound"
        ) { server, _ in
            server.refuse(404, "NotFound", #"pods \"worker\" not found"#)
        },
        // As kubelets' failures come: without a reason.
        Fault(
            testDescription: "a node that is dead when a log is read", place: Fault.log, state: "error",
            code: "ServerError"
        ) { server, _ in
            server.refuse(500, "", "dial tcp 10.0.0.9:10250: connect: no route to host")
        },
    ]

    @Test(arguments: faults)
    func aServerThat(_ fault: Fault) async throws {
        let count = Mutex(0)
        let counter: @Sendable () -> Int = {
            count.withLock { count in
                count += 1
                return count - 1
            }
        }
        let run = try await FaultRun.of(["--touch", "none"], deadline: fault.deadline) { path in
            path == fault.place ? .conversation { fault.act($0, counter()) } : .usual
        }
        #expect(fault.codes.contains(run.run.outcome.status), "\(run.run.outcome.summary)")
        let capture = run.capture
        let folder = "data/namespaces/\(FakeAPIServer.namespace)"
        switch fault.place {
        case Fault.list:
            run.expect(try run.line("objects", resource: "configmaps"), fault.state, fault.code)
            let path = "\(folder)/core/configmaps.yaml"
            #expect(capture.has(path) == !fault.has.isEmpty)
            for name in fault.has {
                let text = try capture.text(path)
                #expect(text.ranges(of: "value of \(name)").count == 1, "\(name) once in \(text)")
                #expect(!text.contains("value of half"))
            }
        case Fault.pods:
            run.expect(try run.line("pods", resource: "pods"), fault.state, fault.code)
            #expect(try capture.pods(in: FakeAPIServer.namespace) == Set(fault.has))
        default:
            run.expect(try run.line("logs"), fault.state, fault.code)
            #expect(capture.has("\(FaultRun.container)/\(FaultRun.log)") == !fault.has.isEmpty)
            for text in fault.has { #expect(try run.text(FaultRun.log).hasPrefix(text)) }
        }
        // What has nothing to do with it is had, unless it was never begun.
        if fault.place != Fault.pods { #expect(try capture.pods(in: FakeAPIServer.namespace) == [FakeAPIServer.pod]) }
    }
}
