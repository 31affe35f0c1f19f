import KubernetesClient
import TestSupport
import Testing

/// The small parts that everything else leans on.
struct PiecesTests {
    @Test func retryAfterInItsForms() {
        let now = 784_111_777  // Sun, 06 Nov 1994 08:49:37 GMT
        #expect(RetryAfter.parse("120") == .seconds(120))
        #expect(RetryAfter.parse(" 0 ") == .zero)
        #expect(RetryAfter.parse("99999999999999999999") == .seconds(86_400))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:50:07 GMT", now: now) == .seconds(30))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero)
        #expect(RetryAfter.parse("Thu, 29 Feb 2024 23:59:59 GMT", now: 1_709_251_198) == .seconds(1))
        #expect(RetryAfter.parse("Thu, 01 Jan 1970 00:00:05 GMT", now: 0) == .seconds(5))
        for bad in [
            nil, "", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 99 Nov 1994 08:49:37 GMT",
            "1 2 3 4 5 6",
        ] {
            #expect(RetryAfter.parse(bad, now: now) == nil)
        }
    }

    @Test func segmentsAreEncodedAndChecked() throws {
        #expect(try RequestPath.join(["a b", "ü", "x:y"], doing: "") == "/a%20b/%C3%BC/x%3Ay")
        #expect(RequestPath.query([("a", "b&c=d"), ("e", "")]) == "?a=b%26c%3Dd&e=")
        #expect(RequestPath.query([]).isEmpty)
        for bad in ["", ".", "..", "a/b", "a\\b", "%2e", "a\u{7F}", "a\u{1}", String(repeating: "a", count: 513)] {
            #expect(!RequestPath.isValidSegment(bad))
        }
    }

    @Test func whoAnswersIsToldByThePath() {
        for own in [
            "/version", "/api", "/apis", "/api/v1/pods", "/api/v1/namespaces/log", "/api/v1/namespaces/n/pods/log",
            "/apis/apps/v1/namespaces/n/deployments", "/openapi/v2", "/api/v1/namespaces/n/services/proxy?x=/log",
        ] {
            #expect(RequestPath.isAnsweredByServer(own), "\(own)")
        }
        for other in [
            "/api/v1/namespaces/n/pods/p/log", "/api/v1/namespaces/n/pods/p/exec?command=a",
            "/api/v1/nodes/n/proxy/stats/summary", "/api/v1/namespaces/n/services/s/proxy",
            "/apis/metrics.k8s.io/v1beta1", "/apis/example.com/v1/things",
        ] {
            #expect(!RequestPath.isAnsweredByServer(other), "\(other)")
        }
    }

    @Test func pathsOfResources() throws {
        let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
        #expect(try pods.path(namespace: nil) == "/api/v1/pods")
        #expect(try pods.path(namespace: "n", name: "p", subresource: "log") == "/api/v1/namespaces/n/pods/p/log")
        let roles = APIResource(group: "rbac.x", version: "v1", resource: "roles", kind: "R", namespaced: false)
        #expect(try roles.path(namespace: "ignored", name: "a:b") == "/apis/rbac.x/v1/roles/a%3Ab")
        #expect(throws: KubernetesError.self) { try pods.path(namespace: "..") }
    }

    @Test func namesAreFoundInWhatIsLeftOfAnObject() {
        func identity(_ text: String) -> [String?] {
            let found = ObjectIdentity(prefix: Array(text.utf8))
            return [found.namespace, found.name]
        }
        #expect(identity(#"{"metadata":{"name":"a","namespace":"n"#) == [nil, "a"])
        #expect(identity(#"{"metadata":{"name":"a","namespace":"n","x"#) == ["n", "a"])
        #expect(
            identity(
                #"{"spec":{"name":"no","metadata":{"name":"no"}},"metadata":{"labels":{"name":"no"},"name":"yes"}}"#)
                == [nil, "yes"])
        #expect(
            identity(
                #"{"a":["metadata",{"name":"no"}],"metadata":{"annotations":{"k":"{\"name\":\"no\"}"},"name":"yes"}"#)
                == [nil, "yes"])
        #expect(identity(#"{"metadata":["name","no"]}"#) == [nil, nil])
        #expect(identity("}}}]]]\"\\") == [nil, nil])
        #expect(identity("") == [nil, nil])
    }

    /// Random bytes and cuts neither trap nor hang.
    @Test func noiseDoesNoHarm() {
        var random = SeededGenerator(seed: 42)
        let alphabet = Array(#"{}[]",:\nametsp 0"#.utf8)
        for _ in 0..<5000 {
            let noise = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            _ = ObjectIdentity(prefix: noise)
            _ = KubernetesStatus(parsing: noise, requiresKind: false)
            _ = RetryAfter.parse(String(decoding: noise, as: UTF8.self))
            _ = RequestPath.isValidPath(String(decoding: noise, as: UTF8.self))
        }
    }

    @Test func textOfServersIsFitForATerminal() {
        #expect("a\u{1b}[31mb\nc\u{202E}d".printable() == "a\u{FFFD}[31mb c\u{FFFD}d")
        #expect(String(repeating: "x", count: 1000).printable(limit: 10) == "xxxxxxxxxx…")
    }

    @Test func errorsReadAsSentences() {
        let error = KubernetesError(
            code: .forbidden, doing: "listing pods in namespace prod", subject: "/api/v1/x", reason: "no", advice: "Ask"
        )
        #expect("\(error)" == "listing pods in namespace prod: no (/api/v1/x). Ask")
    }

    @Test func preferredResourcesAndNames() {
        func resource(_ group: String, _ version: String, _ name: String, _ short: [String] = []) -> APIResource {
            APIResource(
                group: group, version: version, resource: name, kind: "K\(name)", namespaced: true, shortNames: short)
        }
        let discovery = Discovery(
            groups: [
                .init(name: "", versions: ["v1"], preferredVersion: "v1"),
                .init(name: "g", versions: ["v1beta1", "v1"], preferredVersion: "v1"),
            ],
            resources: [
                resource("", "v1", "pods", ["po"]), resource("g", "v1beta1", "things"), resource("g", "v1beta1", "old"),
                resource("g", "v1", "things", ["po"]), resource("g", "v1", "pods"),
            ])
        #expect(
            discovery.preferredResources.map { "\($0.qualifiedName)/\($0.version)" } == [
                "pods/v1", "things.g/v1", "old.g/v1beta1", "pods.g/v1",
            ])
        #expect(discovery.resource(named: "po")?.group == "")
        #expect(discovery.resource(named: "PODS.g")?.group == "g")
        #expect(discovery.resource(named: "things.v1beta1.g")?.version == "v1beta1")
        #expect(discovery.resource(named: "kthings")?.resource == "things")
        #expect(discovery.resource(named: "things.h") == nil && discovery.resource(named: ".") == nil)
    }
}
