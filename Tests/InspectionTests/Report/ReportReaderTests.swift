import Collection
import Inspection
import SQLite
import StructuredText
import Testing

/// What a report tells of captures whose content is known.
struct ReportReaderTests {
    private func object(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    private func read(_ example: FindingExample) async throws -> ReportContent {
        try await ReportReader(try await EvidenceDatabase(example), severity: .notice).read()
    }

    private func pod(_ name: String, _ ip: String, _ more: String = "") throws -> JSONValue {
        try object(
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)","namespace":"n","labels":{"app":"\#(name)"}},"#
                + #""spec":{"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Running","podIP":"\#(ip)"\#(more)}}"#
        )
    }

    private func socket(_ text: String) throws -> JSONObject {
        guard case .object(let object) = try object(text) else { throw SQLError(.other, "no object") }
        return object
    }

    /// Every statement that is shown to a reader is one that can be run.
    @Test
    func aCaptureWithNothingIsAReportThatSaysSo() async throws {
        let database = try await EvidenceDatabase(FindingExample())
        let content = try await ReportReader(database, severity: .notice).read()
        let tables = [
            content.gaps, content.problems, content.timeline, content.pods, content.workloads, content.nodes,
            content.restarts, content.processes, content.files, content.actions, content.custody, content.collectors,
        ]
        for table in tables {
            #expect(table.failure == nil, "\(table.all): \(table.failure ?? "")")
            #expect(table.rows.isEmpty)
            try await database.query(table.all, row: { _ in })
        }
        #expect(content.histogram == nil)
        #expect(content.connections.nodes.isEmpty)
        #expect(content.logErrors.messages.isEmpty)
    }

    @Test
    func whatIsLeftOutIsCounted() async throws {
        var example = FindingExample()
        for number in 0..<300 {
            example.objects.append(
                try pod(
                    "p\(number)", "10.0.0.1",
                    #","containerStatuses":[{"name":"c","ready":false,"restartCount":\#(number),"state":{"waiting":{"reason":"CrashLoopBackOff","message":"\#(String(repeating: "x", count: 900))"}}}]"#
                ))
        }
        let content = try await read(example)
        #expect(content.pods.total == 300)
        #expect(content.pods.rows.count + content.pods.left == 300)
        #expect(content.pods.rows.count == 80)
        // The worst first.
        #expect(content.pods.rows.first?.first?.text == "n/p299")
        #expect(content.restarts.rows.map { $0[1].integer } == (280..<300).reversed().map { Int64($0) })
        #expect(content.restarts.total == 299)
        let longest = content.pods.rows.flatMap { $0.compactMap { $0.text?.count } }.max()
        #expect(longest == 401)
    }

    @Test
    func messagesOfLogsAreCountedAndInTheHistogram() async throws {
        var example = FindingExample()
        example.logs = [
            "n/a/c": (0..<5).map { "2026-11-30T12:00:0\($0)Z ERROR disk full\n" }.joined()
                + "2026-11-30T12:00:09Z WARN slow\n2026-11-30T12:00:09Z INFO fine\n",
            "n/b/c": "2026-11-30T12:00:05Z ERROR disk full\n2026-11-30T12:01:05Z FATAL gone\n",
        ]
        example.objects = [
            try object(
                #"{"apiVersion":"v1","kind":"Event","metadata":{"name":"e","namespace":"n"},"type":"Warning","reason":"R","#
                    + #""involvedObject":{"kind":"Pod","name":"a","namespace":"n"},"lastTimestamp":"2026-11-30T12:02:00Z"}"#
            )
        ]
        let content = try await read(example)
        let messages = content.logErrors.messages
        #expect(content.logErrors.lines == 7)
        #expect(content.logErrors.left == 0)
        #expect(messages.map(\.count) == [6, 1])
        #expect(messages.map(\.containers) == [2, 1])
        #expect(messages.first?.text.contains("disk full") == true)
        let histogram = try #require(content.histogram)
        // A warning at its end, and nothing else: the shortest axis.
        #expect(histogram.axis.end - histogram.axis.start == 15 * 60)
        #expect(histogram.counts(.eventWarning).reduce(0, +) == 1)
        #expect(histogram.counts(.logError).reduce(0, +) == 7)
        #expect(histogram.counts(.logWarning).reduce(0, +) == 1)
        let last = histogram.counts(.eventWarning).lastIndex { $0 > 0 }
        #expect(last == histogram.axis.buckets - 1)
    }

    @Test
    func theAxisHoldsNineOfTenAndCountsTheRest() async throws {
        var example = FindingExample()
        let times = (0..<19).map { "2026-11-30T12:\($0 + 10):00Z" } + ["2025-01-01T00:00:00Z"]
        for (number, time) in times.enumerated() {
            example.objects.append(
                try object(
                    #"{"apiVersion":"v1","kind":"Event","metadata":{"name":"e\#(number)","namespace":"n"},"type":"Warning","#
                        + #""reason":"R\#(number)","involvedObject":{"kind":"Pod","name":"a","namespace":"n"},"#
                        + #""lastTimestamp":"\#(time)"}"#))
        }
        let histogram = try #require(try await read(example).histogram)
        #expect(histogram.axis.end - histogram.axis.start == 30 * 60)
        #expect(histogram.counts(.eventWarning).reduce(0, +) == 19)
        #expect(histogram.before == 1)
        #expect(histogram.after == 0)
    }

    /// A pod that calls a service, the Internet and another pod; one that is called; and the same sockets as the node sees them.
    @Test
    func connectionsLeadFromWhoBeganToWhereTheyEnd() async throws {
        var example = FindingExample()
        example.objects = [
            try pod("web", "10.244.0.5"), try pod("db", "10.244.0.6"),
            try object(
                #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"n"},"#
                    + #""spec":{"clusterIP":"10.96.0.9","selector":{"app":"db"},"ports":[{"port":5432,"targetPort":5432}]}}"#
            ),
            try object(
                #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"node1"},"spec":{"podCIDR":"10.244.0.0/24"},"#
                    + #""status":{"addresses":[{"type":"InternalIP","address":"192.168.7.1"}]}}"#),
        ]
        let web =
            #""namespace":"n","pod":"web","container":"c","family":"tcp","state":"ESTAB","local_address":"10.244.0.5","process":"app""#
        let db = #""namespace":"n","pod":"db","container":"c","family":"tcp6","process":"postgres""#
        let called =
            #""local_address":"::ffff:10.244.0.6","local_port":5432,"remote_address":"::ffff:10.244.0.5","remote_port":40000"#
        example.rows = [
            "node_container_sockets": [
                try socket(#"{\#(web),"local_port":40000,"remote_address":"10.96.0.9","remote_port":5432}"#),
                try socket(#"{\#(web),"local_port":40001,"remote_address":"203.0.113.7","remote_port":443}"#),
                try socket(#"{\#(web),"local_port":40002,"remote_address":"10.244.0.77","remote_port":80}"#),
                try socket(#"{\#(web),"local_port":40003,"remote_address":"127.0.0.1","remote_port":9}"#),
                try socket(#"{\#(db),"state":"LISTEN","local_address":"::","local_port":5432}"#),
                try socket(#"{\#(db),"state":"LISTEN","local_address":"0.0.0.0","local_port":9187}"#),
                try socket(#"{\#(db),"state":"LISTEN","local_address":"127.0.0.1","local_port":9999}"#),
                try socket(#"{\#(db),"state":"ESTAB",\#(called)}"#),
            ],
            "host_sockets": [
                try socket(#"{"node":"node1","family":"tcp6","state":"ESTAB",\#(called)}"#)
            ],
        ]
        let graph = try await read(example).connections
        let links = graph.links.map {
            "\(graph.nodes[$0.from].name) > \(graph.nodes[$0.to].name) \($0.port.map(String.init) ?? "-") \($0.connections)"
        }
        #expect(
            Set(links) == [
                "Pod n/web > 203.0.113.7 443 1", "Pod n/web > Service n/db 5432 1", "Pod n/web > Pod n/db 5432 1",
                "Pod n/web > pods that were not captured 80 1", "Service n/db > Pod n/db - 0",
            ])
        // The Internet first.
        #expect(links.first == "Pod n/web > 203.0.113.7 443 1")
        #expect(graph.nodes.filter(\.isPublic).map(\.name) == ["203.0.113.7"])
        #expect(graph.nodes.first { $0.name == "Pod n/db" }?.withoutService == [9187])
        #expect(graph.own == 1)
        #expect(graph.knowsNetworks)
    }

    @Test
    func aPictureOfVeryManyAddressesIsBounded() async throws {
        var example = FindingExample()
        example.objects = [try pod("web", "10.244.0.5")]
        example.rows["node_container_sockets"] = try (0..<500).map { number in
            try socket(
                #"{"namespace":"n","pod":"web","container":"c","family":"tcp","state":"ESTAB","local_address":"10.244.0.5","#
                    + #""local_port":\#(number + 1_024),"remote_address":"198.51.\#(number / 250).\#(number % 250)","remote_port":443}"#
            )
        }
        let graph = try await read(example).connections
        #expect(graph.nodes.count == 60)
        #expect(graph.links.count == 59)
        #expect(graph.nodesLeft == 441)
        #expect(graph.linksLeft == 441)
    }

    @Test
    func messagesThatDifferInNumbersAreOne() async throws {
        var example = FindingExample()
        example.logs = [
            "n/a/c": (0..<20).map { "2026-11-30T12:00:00Z ERROR request \($0) took \($0 * 7)ms\n  at main.go:\($0)\n" }
                .joined(),
            "n/b/c": "2026-11-30T12:00:00Z ERROR request 7 took 9ms\n2026-11-30T12:00:00Z ERROR only once: 12\n",
        ]
        let errors = try await read(example).logErrors
        #expect(errors.messages.map(\.text) == ["ERROR request <*> took <*>", "ERROR only once: 12"])
        #expect(errors.messages.map(\.count) == [21, 1])
        #expect(errors.messages.map(\.containers) == [2, 1])
        #expect(errors.messages.first?.example == "n/a/c")
    }

    @Test
    func theMostFrequentErrorIsFoundBehindVeryManyOthers() async throws {
        var example = FindingExample()
        let letters = Array("ghijklmnop").map(String.init)
        var words: [String] = []
        for one in letters {
            for two in letters {
                for three in letters { for four in letters { words.append(one + two + three + four) } }
            }
        }
        let others = words.map { "2026-11-30T12:00:00Z ERROR \($0) fell\n" }.joined()
        let more = words.prefix(500).map { "2026-11-30T12:00:00Z ERROR \($0) rose\n" }.joined()
        example.logs = [
            "n/a/c": others + more + String(repeating: "2026-11-30T12:00:00Z ERROR disk failed\n", count: 50)
        ]
        let errors = try await read(example).logErrors
        #expect(errors.messages.first?.text == "ERROR disk failed")
        #expect(errors.messages.first?.count == 50)
        #expect(errors.lines == 10_550)
        #expect(errors.left + errors.messages.reduce(0) { $0 + $1.count } == errors.lines)
    }

    /// Of pods: not well first, then those that were not; as `inspect` tells them.
    @Test
    func aPodThatFailedAndIsWellAgainIsShown() async throws {
        var example = FindingExample()
        func status(_ state: String, restarts: Int = 0, ready: Bool = true) -> String {
            #","containerStatuses":[{"name":"c","ready":\#(ready),"restartCount":\#(restarts),"state":\#(state)}]"#
        }
        let running = #"{"running":{}}"#
        example.objects = [
            try pod("well", "10.0.0.1", status(running)), try pod("again", "10.0.0.2", status(running, restarts: 2)),
            try pod("sick", "10.0.0.3", status(running, ready: false)),
            try object(
                #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"done","namespace":"n"},"spec":{"containers":[{"name":"c"}]},"#
                    + #""status":{"phase":"Succeeded","containerStatuses":[{"name":"c","ready":false,"restartCount":0,"#
                    + #""state":{"terminated":{"exitCode":0,"reason":"Completed"}},"lastState":{"terminated":{"exitCode":1}}}]}}"#
            ),
        ]
        let content = try await read(example)
        #expect(content.pods.failure == nil, "\(content.pods.failure ?? "")")
        #expect(content.pods.rows.compactMap { $0.first?.text }.first == "n/sick")
        #expect(Set(content.pods.rows.compactMap { $0.first?.text }) == ["n/sick", "n/again", "n/done"])
    }

    @Test
    func addressesOfManagedClustersAreNotForeign() async throws {
        var example = FindingExample()
        example.objects = [
            try pod("web", "10.244.0.5"),
            try object(
                #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"node1"},"status":{"addresses":["#
                    + #"{"type":"InternalIP","address":"192.168.7.1"},{"type":"ExternalIP","address":"203.0.113.1"}]}}"#
            ),
            try object(
                #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"front","namespace":"n"},"spec":{"type":"LoadBalancer","#
                    + #""clusterIP":"10.96.0.9","externalIPs":["203.0.113.3"]},"#
                    + #""status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.2"}]}}}"#),
            try object(
                #"{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"kubernetes","namespace":"default"},"#
                    + #""subsets":[{"addresses":[{"ip":"203.0.113.4"}],"ports":[{"port":443}]}]}"#),
        ]
        example.rows["bundle"] = [["name": "cluster_server", "value": "https://203.0.113.5:6443"]]
        example.rows["node_container_sockets"] = try (1...6).map { number in
            try socket(
                #"{"namespace":"n","pod":"web","container":"c","family":"tcp","state":"ESTAB","local_address":"10.244.0.5","#
                    + #""local_port":4000\#(number),"remote_address":"203.0.113.\#(number)","remote_port":443}"#)
        }
        let graph = try await read(example).connections
        #expect(graph.nodes.filter(\.isPublic).map(\.name) == ["203.0.113.6"])
        #expect(
            Set(graph.nodes.map(\.name)) == [
                "Pod n/web", "node1", "Service n/front", "Service default/kubernetes", "203.0.113.6",
            ])
        #expect(!graph.isCut)
        var reader = ReportReader(try await EvidenceDatabase(example), severity: .notice)
        reader.mostSockets = 5
        #expect(try await reader.read().connections.isCut)
        reader.mostSockets = 6
        #expect(try await !reader.read().connections.isCut)
        reader.mostAddresses = 1
        #expect(try await reader.read().connections.isCut)
    }
}
