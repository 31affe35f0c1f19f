import BundleFormat
import Collection
import CollectorSteps
import KubernetesClient
import StructuredText
import Testing

/// What a pod's own words may decide of a request, and what not.
struct HTTPPlanTests {
    private static func pod(
        _ probe: String, hostNetwork: Bool = false, ports: String = #"[{"name":"web","containerPort":8080}]"#
    ) throws -> PodSummary {
        PodSummary(
            try JSONValue(
                parsing: Array(
                    """
                    {"metadata":{"name":"p","namespace":"n","uid":"u","annotations":{"prometheus.io/scrape":"true",
                      "prometheus.io/port":"web","prometheus.io/path":"/m?x=1"}},
                     "spec":{"hostNetwork":\(hostNetwork),"containers":[
                       {"name":"c","image":"i","ports":\(ports),"livenessProbe":\(probe)}]},
                     "status":{"phase":"Running","containerStatuses":[{"name":"c","restartCount":0,
                       "state":{"running":{"startedAt":"2026-11-21T09:57:58Z"}}}]}}
                    """.utf8)))
    }

    @Test(arguments: [
        (#"{"httpGet":{"port":"web","path":"/h?a=b&c"}}"#, "/h a=b c="),
        (#"{"httpGet":{"port":8080}}"#, "/ "), (#"{"httpGet":{"port":"8080","path":"h"}}"#, "/h "),
        (#"{"httpGet":{"port":8080,"path":"/a/../b"}}"#, "BadPath"),
        (#"{"httpGet":{"port":8080,"path":"/a%2fb"}}"#, "BadPath"),
        (#"{"httpGet":{"port":8080,"path":"/a?b=%20"}}"#, "BadPath"),
        (#"{"httpGet":{"port":8080,"path":"/a#b"}}"#, "BadPath"),
        (#"{"httpGet":{"port":8080,"path":"/a\r\nX: y"}}"#, "BadPath"),
        (#"{"httpGet":{"port":10250,"path":"/"}}"#, "UndeclaredPort"),
        (#"{"httpGet":{"port":"other","path":"/"}}"#, "UndeclaredPort"),
        (#"{"httpGet":{"port":-1,"path":"/"}}"#, "UndeclaredPort"),
    ])
    func aProbeChoosesAmongDeclaredPorts(_ probe: String, _ expected: String) throws {
        let pod = try Self.pod(probe)
        let found = try #require(pod.containers.first?.probes.first)
        let question = DeclaredQuestion(pod, pod.containers[0], found.port, isTLS: found.isTLS, path: found.path)
        switch question {
        case .refused(let outcome): #expect(outcome.reason?.code.rawValue == expected)
        case .question(let question):
            let query = question.query.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            #expect("\(question.path) \(query)" == expected)
            #expect(question.port == 8080 && question.pod == "p" && question.namespace == "n")
        }
    }

    @Test
    func theNodesPortsAreNotThePods() throws {
        let pod = try Self.pod(#"{"httpGet":{"port":8080,"path":"/"}}"#, hostNetwork: true)
        guard
            case .refused(let outcome) = DeclaredQuestion(
                pod, pod.containers[0], .number(8080), isTLS: false, path: "/")
        else {
            Issue.record("it would be asked")
            return
        }
        #expect(outcome.state == .skipped && outcome.reason?.code.rawValue == "HostNetwork")
    }

    @Test
    func otherProbesAreNoQuestions() throws {
        #expect(try Self.pod(#"{"exec":{"command":["true"]}}"#).containers[0].probes.isEmpty)
        #expect(try Self.pod(#"{"tcpSocket":{"port":1}}"#).containers[0].probes.isEmpty)
        let elsewhere = try Self.pod(
            #"{"httpGet":{"port":80,"host":"169.254.169.254","httpHeaders":[{"name":"a","value":"b"}]}}"#)
        #expect(elsewhere.containers[0].probes.first?.host == "169.254.169.254")
        #expect(elsewhere.containers[0].probes.first?.hasHeaders == true)
        #expect(elsewhere.metrics?.path == "/m?x=1" && elsewhere.metrics?.port == "web")
    }

    @Test(arguments: [
        "http: {port: 80}", "http: {path: /x}", "http: {port: 0, path: /}", "http: {port: 80, path: x}",
        "http: {port: 80, path: /a?b}", "http: {port: 80, path: /a/../b}", "http: {port: 80, path: //a}",
        "http: {port: 80, path: /a%2Fb}", "http: {port: 80, path: /%0d}", "http: {port: 80, path: /, scheme: ftp}",
        "http: {port: 80, path: /, statuses: [600]}", "http: {port: 80, path: /, headers: {a: b}}",
        "http: {port: 80, path: /, query: [a]}",
    ])
    func whatIsNotMeantIsRefused(_ step: String) throws {
        func decode(_ steps: String) throws {
            _ = try CollectorDefinitionDecoder(file: "t.yaml", kinds: StepRegistry.kinds).decode(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: t, title: T}
                scope: container
                volatility: 3
                steps:
                \(steps)
                """)
        }
        #expect(throws: DefinitionError.self) { try decode("  - {\(step), output: a.txt}") }
        try decode("  - {http: {port: 80, path: /, query: {a: b}, scheme: https}, output: a.txt}")
        #expect(throws: DefinitionError.self, "two steps, one file") {
            try decode(
                """
                  - {http: {port: 80, path: /}, output: a.txt}
                  - {exec: {argv: [id]}, output: a.txt.response.json}
                """)
        }
    }
}
