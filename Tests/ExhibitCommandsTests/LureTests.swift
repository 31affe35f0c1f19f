import Foundation
import Synchronization
import Testing

/// What a cluster says never decides what runs on the operator's machine, or what is dialled from it (docs/threat-model.md).
@Suite(.needsBinary)
struct LureTests {
    /// Words that would do harm where they were taken for more than words. `bait` is a file that they would make.
    private static func words(_ bait: String, _ port: UInt16) -> [String] {
        [
            "$(touch \(bait))", "`touch \(bait)`", "; touch \(bait) #", "| touch \(bait)", "--kubeconfig=\(bait)",
            "-exec touch \(bait) ;", "--", "http://127.0.0.1:\(port)/", "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd", "127.0.0.1:\(port)", "@127.0.0.1:\(port)/", "//127.0.0.1:\(port)/",
            "../../../etc/passwd",
            "/proc/self/environ", "%2e%2e%2f%2e%2e%2fsecrets", "?command=touch&command=\(bait)", "\r\nHost: 127.0.0.1",
            "\u{0}", "\u{1B}]0;owned\u{7}", "{{ .Env.HOME }}", "${HOME}", "'; DROP TABLE pods; --",
            "!!python/object:os.system",
        ]
    }

    private static let images = [
        "redis", "postgres", "prom/prometheus", "grafana/grafana", "clickhouse/clickhouse-server", "coredns/coredns",
        "fluent/fluentd", "elasticsearch", "qdrant/qdrant", "prom/alertmanager",
    ]

    private static func json(_ value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }

    /// Pods that are made of nothing else.
    private static func pods(_ bait: String, _ port: UInt16) throws -> String {
        let words = words(bait, port)
        let labels = Dictionary(uniqueKeysWithValues: words.enumerated().map { ("label-\($0)", $1) })
        let images = Self.images + Self.images.map { "\($0):$(touch \(bait))" }
        let containers: [[String: Any]] = images.enumerated().map { number, image in
            let word = words[number % words.count]
            return [
                "name": "c\(number)", "image": image, "command": words, "args": words, "workingDir": word,
                "ports": [
                    ["containerPort": Int(port), "name": "metrics", "hostPort": Int(port), "hostIP": "127.0.0.1"],
                    ["containerPort": 8_443, "name": "https"],
                ],
                "env": [["name": word, "value": word], ["name": "REDISCLI_AUTH", "value": word]],
                "volumeMounts": words.map { ["name": "scratch", "mountPath": $0] },
                "livenessProbe": [
                    "httpGet": ["host": "127.0.0.1", "port": Int(port), "path": "/", "scheme": "HTTP"] as [String: Any]
                ],
                "readinessProbe": ["httpGet": ["port": "metrics", "path": "//127.0.0.1:\(port)/\(word)"]],
                "startupProbe": ["exec": ["command": ["touch", bait]]],
            ]
        }
        let names = ["worker"] + words
        let items: [[String: Any]] = names.enumerated().map { number, name in
            [
                "metadata": [
                    "name": name, "namespace": number % 3 == 2 ? name : "fake", "uid": "u-\(number)",
                    "labels": labels.merging(["app": "redis"]) { $1 },
                    "annotations": labels.merging([
                        "prometheus.io/scrape": "true", "prometheus.io/port": "\(port)",
                        "prometheus.io/path": "http://127.0.0.1:\(port)/$(touch \(bait))",
                        "prometheus.io/scheme": "file", "kubectl.kubernetes.io/default-container": words[0],
                    ]) { $1 },
                    "ownerReferences": [["apiVersion": "v1", "kind": words[13], "name": words[13], "uid": words[0]]],
                ] as [String: Any],
                "spec": [
                    "nodeName": "127.0.0.1:\(port)", "hostname": words[0], "serviceAccountName": words[13],
                    "containers": containers, "volumes": [["name": "scratch", "emptyDir": [:] as [String: Any]]],
                ],
                "status": [
                    "phase": "Running", "podIP": "127.0.0.1", "hostIP": "169.254.169.254",
                    "podIPs": [["ip": "127.0.0.1"], ["ip": "169.254.169.254"]],
                    "containerStatuses": images.indices.map { number in
                        [
                            "name": "c\(number)", "restartCount": 0, "ready": true, "image": words[0],
                            "containerID": words[number % words.count],
                            "state": ["running": ["startedAt": words[number % words.count]]],
                        ] as [String: Any]
                    },
                ] as [String: Any],
            ]
        }
        return try json(["kind": "PodList", "apiVersion": "v1", "metadata": [:] as [String: Any], "items": items])
    }

    /// Each collector that looks into containers and services, named, where every name and value is a lure.
    @Test(.needsTool("strace"))
    func nothingIsRunOrDialledHere() async throws {
        try await Scratch.withFolder { folder in
            let bait = folder + "/bait"
            let visits = Mutex(0)
            let trap = try Listener { _ in visits.withLock { $0 += 1 } }
            let asked = Mutex<[(target: String, argv: [String])]>([])
            let pods = try Self.pods(bait, trap.port)
            let server = try FakeAPIServer { path in
                .conversation { conversation in
                    asked.withLock { $0.append((conversation.target, conversation.argv)) }
                    if path == "/api/v1/namespaces/fake/pods" {
                        conversation.answer(200, pods)
                    } else if path.hasSuffix("/exec") {
                        conversation.beginExec()
                        conversation.output(1, Self.words(bait, trap.port).joined(separator: "\n").utf8)
                        conversation.exit()
                    } else if path.contains("/proxy/") {
                        conversation.answer(302, "", headers: ["Location: http://127.0.0.1:\(trap.port)/"])
                    } else {
                        conversation.usual()
                    }
                }
            }
            defer {
                server.stop()
                trap.stop()
            }
            let (path, trace) = (folder + "/bundle.tar.zst", folder + "/trace")
            let deadline = 40
            let outcome = try await Exhibit.run(
                [
                    "collect", "-n", "fake", "--with", "probes", "--with", "metrics-endpoints",
                    "--kubeconfig", try server.kubeconfig(in: folder), "--deadline", "\(deadline)s", "--out", path,
                    "--output", "json",
                ],
                through: [
                    "/usr/bin/strace", "-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-e",
                    "trace=execve,execveat,connect,sendto", "-o", trace,
                ])
            let run = try await FaultRun(try CollectRun(outcome, path: path), deadline: deadline)
            #expect(run.run.answer.stopped == nil, "\(outcome.summary)")
            #expect(run.lines.count { $0.target.name == "worker" } > 100)

            #expect(!Files.exists(bait))
            #expect(visits.withLock { $0 } == 0)
            let calls = try Files.text(trace).split(separator: "\n")
            let runs = calls.filter { $0.contains("execve") }
            #expect(runs.count == 1, "only exhibit itself is run: \(runs)")
            let dialled = Set(
                calls.filter { $0.contains("connect(") }.compactMap { $0.firstMatch(of: /htons\((\d+)\)/)?.1 })
            #expect(dialled == ["\(server.port)"], "only the API server is dialled: \(dialled)")

            // What is asked of the API server is below its own paths, of the one pod whose name can be one.
            let requests = asked.withLock { $0 }
            for (target, argv) in requests {
                let path = target.prefix { $0 != "?" }
                #expect(!path.contains("..") && !path.contains("//") && !path.lowercased().contains("%2f"), "\(target)")
                #expect(
                    ["/api", "/apis", "/version", "/openapi"].contains("/" + path.split(separator: "/")[0]), "\(target)"
                )
                #expect(!argv.contains { $0.contains("touch") && !$0.hasPrefix("/") }, "\(argv)")
                #expect(argv.first.map { !$0.hasPrefix("-") && !$0.contains("/") } ?? true, "\(argv)")
            }
            #expect(requests.contains { !$0.argv.isEmpty })
            // And what was read is written below data/ only.
            let names = try run.capture.paths()
            #expect(names.allSatisfy { !$0.split(separator: "/").contains("..") })
            #expect(!Files.exists(folder + "/etc"))
        }
    }
}
