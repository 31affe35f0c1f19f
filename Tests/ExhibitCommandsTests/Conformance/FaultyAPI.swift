import Foundation
import Synchronization

/// An API server that is sound until the pods are found, and then has one fault in everything that it is asked for.
final class FaultyAPI: Sendable {
    static let node = "node-a"
    /// Where pods are that are not of the target.
    static let elsewhere = "elsewhere"

    private let fault: StepFault
    private let isAboutPods: Bool
    private let asked = Mutex<[String: Int]>([:])

    /// - Parameter isAboutPods: the fault is in the list of pods, and nowhere else.
    init(_ fault: StepFault, isAboutPods: Bool = false) {
        self.fault = fault
        self.isAboutPods = isAboutPods
    }

    func answer(_ path: String) -> FakeAPIServer.Answer {
        let pods = "/api/v1/namespaces/\(FakeAPIServer.namespace)/pods"
        if isAboutPods { return path == pods ? .conversation { self.fail($0, path) } : .usual }
        switch path {
        case "/api/v1/namespaces/\(FakeAPIServer.namespace)": return .usual
        case pods: return .body(#"{"kind":"PodList","metadata":{},"items":[\#(Self.pod)]}"#)
        case "/apis/networking.k8s.io/v1/namespaces/\(FakeAPIServer.namespace)/ingresses":
            return fault == .badNames ? .conversation { self.fail($0, path) } : .body(Self.ingresses(["localhost"]))
        case "/version", "/api", "/apis", "/api/v1", "/apis/networking.k8s.io/v1":
            // The program itself asks first, to know what there is.
            let isFirst = asked.withLock { asked in
                asked[path, default: 0] += 1
                return asked[path] == 1
            }
            guard isFirst else { return .conversation { self.fail($0, path) } }
            return discovery(path).map { .body($0) } ?? .usual
        default: return .conversation { self.fail($0, path) }
        }
    }

    // MARK: What is sound

    private func discovery(_ path: String) -> String? {
        let evil =
            fault == .badNames
            ? #",{"name":"evil\u001b[2J\u009b","versions":[{"groupVersion":"evil\u001b[2J\u009b/v1","version":"v1"}]}"#
            : ""
        switch path {
        case "/apis":
            return
                #"{"kind":"APIGroupList","groups":[{"name":"networking.k8s.io","versions":[{"groupVersion":"networking.k8s.io/v1","version":"v1"}],"preferredVersion":{"groupVersion":"networking.k8s.io/v1","version":"v1"}}\#(evil)]}"#
        case "/apis/networking.k8s.io/v1":
            return
                #"{"kind":"APIResourceList","groupVersion":"networking.k8s.io/v1","resources":[{"name":"ingresses","kind":"Ingress","namespaced":true,"verbs":["get","list"]}]}"#
        default: return nil
        }
    }

    private static let status =
        #""status":{"phase":"Running","containerStatuses":[{"name":"main","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}"#

    /// With everything that a step kind looks for in one.
    private static let pod = """
        {"metadata":{"name":"\(FakeAPIServer.pod)","namespace":"\(FakeAPIServer.namespace)","uid":"\(FakeAPIServer.uid)",
        "annotations":{"prometheus.io/scrape":"true","prometheus.io/port":"8080"}},
        "spec":{"nodeName":"\(node)","containers":[{"name":"\(FakeAPIServer.container)","image":"i","ports":[
        {"name":"http","containerPort":8080},{"name":"https","containerPort":8443}],
        "livenessProbe":{"httpGet":{"path":"/healthz","port":8080}}}]},\(status)}
        """

    private static func ingresses(_ hosts: [String]) -> String {
        let rules = hosts.map { #"{"host":"\#($0)"}"# }.joined(separator: ",")
        return
            #"{"kind":"IngressList","metadata":{},"items":[{"metadata":{"name":"shop","namespace":"fake","uid":"u"},"spec":{"rules":[\#(rules)]}}]}"#
    }

    private static let head = #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":["#

    private static func item(_ name: String, in namespace: String) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)","uid":"u-\#(name)"},"spec":{"containers":[{"name":"main","image":"i"}]},\#(status)}"#
    }

    private static let line = "2026-01-01T00:00:00.000000000Z it said this\n"

    // MARK: What is not

    private func fail(_ server: FakeConversation, _ path: String) {
        if path.hasSuffix("/exec") { return FaultyContainer(fault: fault).run(server) }
        if path.hasSuffix("/portforward") { return FaultyContainer(fault: fault).forward(server) }
        if path.contains("/pods/"), path.contains("/proxy") { return FaultyServices.answer(server, fault) }
        if path.hasSuffix("/log") { return log(server) }
        let resources = ["/pods", "/configmaps", "/events", "/ingresses"]
        if resources.contains(where: path.hasSuffix), server.query("includeObject").isEmpty {
            return list(server, path.contains("/\(Self.elsewhere)/") ? Self.elsewhere : FakeAPIServer.namespace)
        }
        fail(server, beginning: Array(#"{"paths":{"#.utf8), again: { Array(#""api/\#($0)":{},"#.utf8) }) {
            Array(#"{"paths":{"api/\u001b[2J":{},"api/../../..":{},""#.utf8) + StepFault.odd + Array(#"":{}}}"#.utf8)
        }
    }

    private func list(_ server: FakeConversation, _ namespace: String) {
        fail(
            server, beginning: Array((Self.head + Self.item("first", in: namespace) + ",").utf8),
            again: { Array((Self.item("item-\($0)", in: namespace) + ",").utf8) }
        ) {
            Array(
                (Self.head + Self.item(#"\u001b[2J\u202e"#, in: namespace) + "," + Self.item("../..", in: namespace)
                    + "," + Self.item("sound", in: namespace) + #",{"metadata":{"namespace":"\#(namespace)","name":""#)
                    .utf8) + StepFault.odd + Array(#""}}]}"#.utf8)
        }
    }

    private func log(_ server: FakeConversation) {
        fail(server, beginning: Array(Self.line.utf8), again: { _ in Array(Self.line.utf8) }) {
            Array("2026-01-01T00:00:00.000000000Z ".utf8) + StepFault.odd + [0x0A]
        }
    }

    /// - Parameters:
    ///   - beginning: of a sound answer, which is broken off.
    ///   - again: what can come behind it any number of times.
    ///   - odd: a whole answer with names that none should have.
    private func fail(
        _ server: FakeConversation, beginning: [UInt8], again: (Int) -> [UInt8], odd: () -> [UInt8]
    ) {
        guard fault != .noOutput else { return server.answer(200, "") }
        server.begin()
        switch fault {
        case .badOutput: server.piece(StepFault.noise)
        case .badNames: server.piece(odd())
        default: server.piece(beginning)
        }
        switch fault {
        case .endlessOutput:
            // The same hundred, as a client that keeps them all would have to.
            let piece = (0..<100).flatMap(again)
            server.repeating(every: .milliseconds(20)) { server.piece(piece) }
        case .hang: server.fallSilent()
        case .crash:
            Thread.sleep(forTimeInterval: 0.1)
            server.reset()
        default: server.end()
        }
    }
}
