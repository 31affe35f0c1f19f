import Foundation
import Rows
import StructuredText
import Testing

struct PrometheusTests {
    private static let columns = [
        TableColumn("metric", .text, .part(.metric)), TableColumn("labels", .json, .part(.labels)),
        TableColumn("value", .real, .part(.value)), TableColumn("at", .time(.rfc3339), .part(.timestamp)),
        TableColumn("type", .text, .part(.type)), TableColumn("help", .text, .part(.help)),
    ]
    private static let classic = table(.prometheus(openMetrics: false, metrics: []), columns)

    /// The example of Prometheus, Exposition Formats.
    static let example = #"""
        # HELP http_requests_total The total number of HTTP requests.
        # TYPE http_requests_total counter
        http_requests_total{method="post",code="200"} 1027 1395066363000
        http_requests_total{method="post",code="400"}    3 1395066363000

        # Escaping in label values:
        msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

        # Minimalistic line:
        metric_without_timestamp_and_labels 12.47

        # A weird metric from before the epoch:
        something_weird{problem="division by zero"} +Inf -3982045

        # A histogram, which has a pretty complex representation in the text format:
        # HELP http_request_duration_seconds A histogram of the request duration.
        # TYPE http_request_duration_seconds histogram
        http_request_duration_seconds_bucket{le="0.05"} 24054
        http_request_duration_seconds_bucket{le="+Inf"} 144320
        http_request_duration_seconds_sum 53423
        http_request_duration_seconds_count 144320

        # TYPE rpc_duration_seconds summary
        rpc_duration_seconds{quantile="0.01"} NaN

        """#

    @Test
    func theExampleIsRead() throws {
        let result = try read(Self.classic, Self.example)
        #expect(result.tally.unread == 0 && result.tally.unreadCells == 0)
        #expect(result.rows.count == 10)
        #expect(
            result.words[0] == [
                "http_requests_total", #"{"method":"post","code":"200"}"#, "1027.0", "2014-03-17T14:26:03.000000000Z",
                "counter", "The total number of HTTP requests.",
            ])
        #expect(
            result.words[2][1] == #"{"path":"C:\\DIR\\FILE.TXT","error":"Cannot find file:\n\"FILE.TXT\""}"#
                && result.words[2][4] == nil)
        #expect(result.rows[4][2] == .real(.infinity) && result.words[4][3] == "1969-12-31T22:53:37.955000000Z")
        #expect(result.words[5][4] == "histogram" && result.words[8][4] == "histogram")
        #expect(result.rows[9][2] == .null)
    }

    @Test
    func openMetricsIsRead() throws {
        let text = #"""
            # TYPE foo counter
            # UNIT foo seconds
            # HELP foo A \"quoted\" help
            foo_total{a="x"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o",b="}"} 0.67 1.5e9
            foo_created 1520872607.123
            # TYPE up info
            up_info{v="1"} 1
            # EOF
            late 1
            """#
        let open = table(
            .prometheus(openMetrics: true, metrics: []),
            Self.columns + [TableColumn("unit", .text, .part(.unit)), TableColumn("a", .text, .label("a"))])
        let result = try read(open, text)
        #expect(
            result.words[0] == [
                "foo_total", #"{"a":"x"}"#, "17.0", "2018-03-12T18:33:27.789000000Z", "counter", "A \"quoted\" help",
                "seconds", "x",
            ])
        #expect(result.words[2][4] == "info")
        #expect(result.rows.count == 3 && result.tally.unread == 1)
    }

    @Test
    func metricsCanBeChosen() throws {
        let some = table(.prometheus(openMetrics: false, metrics: ["http_*_sum", "up"]), Self.columns)
        #expect(try read(some, Self.example).words.map(\.[0]) == ["http_request_duration_seconds_sum"])
    }

    @Test
    func namesMayBeInQuotes() throws {
        let text = "# TYPE \"my.noncompliant.metric\" gauge\n{\"my.noncompliant.metric\",\"a label\"=\"v\"} 1\n"
        let result = try read(Self.classic, text)
        #expect(result.words.first?.prefix(2) == ["my.noncompliant.metric", #"{"a label":"v"}"#])
        #expect(result.words.first?[4] == "gauge")
    }

    @Test(arguments: [
        "1metric 2", "m", "m{", "m{a} 1", "m{a=b} 1", "m{a=\"b} 1", "m{a=\"b\"", "m{a=\"b\" c=\"d\"} 1", "{} 1",
        "m{a=\"1\",a=\"2\"} 1", "m x", "m 1 2 3", "m 1 soon", "m{\"n\"} 1", "m{=\"b\"} 1",
    ])
    func whatIsNoSampleIsSaid(line: String) throws {
        let result = try read(Self.classic, "ok 1\n\(line)\nok 2\n")
        #expect(result.rows.count == 2)
        #expect(result.tally.unread == 1 && result.tally.problems.map(\.line) == [2])
    }

    /// The client library of Prometheus for Python.
    @Test(.enabled(if: hasPython("prometheus_client"), "there is no prometheus_client"))
    func theClientLibraryReadsTheSame() throws {
        let script = """
            import sys, json
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, Info, Enum
            from prometheus_client import exposition
            from prometheus_client.openmetrics import exposition as om
            from prometheus_client.parser import text_string_to_metric_families as classic
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
            r = CollectorRegistry()
            c = Counter("c", 'help "x" \\\\ \\n y', ["a", "b"], registry=r)
            for i in range(40): c.labels('v"%d\\n' % i, "\\\\" * (i % 4)).inc(i * 0.1, exemplar={"t": "x%d" % i})
            g = Gauge("g", "é", ["l"], registry=r)
            for i, v in enumerate([0, -1.5, float("inf"), float("-inf"), 1e300, 5e-324, 123456789012345678]): g.labels(str(i)).set(v)
            h = Histogram("h", "h", ["p"], registry=r)
            for i in range(50): h.labels("/a b").observe(i / 7, exemplar={"id": str(i)})
            Summary("s", "s", registry=r).observe(3)
            Info("i", "i", registry=r).info({"version": "1.2"})
            Enum("e", "e", states=["on", "off"], registry=r).state("off")
            for name, text, parse in (("classic", exposition.generate_latest(r).decode(), classic), ("open", om.generate_latest(r).decode(), openmetrics)):
                samples = [[s.name, s.labels, repr(float(s.value)), f.type] for f in parse(text) for s in f.samples]
                print(json.dumps([name, text, samples]))
            """
        let output = try #require(try python(script, input: Data()))
        for line in output.split(separator: "\n") {
            let parts = try JSONValue(parsing: Array(line.utf8))
            let text = try #require(parts[1]?.string)
            let isOpen = parts[0]?.string == "open"
            let result = try read(
                table(.prometheus(openMetrics: isOpen, metrics: []), Self.columns), Array(text.utf8), step: 11)
            let samples = try #require(parts[2]?.array)
            #expect(result.tally.unread == 0 && result.tally.unreadCells == 0)
            #expect(result.rows.count == samples.count && samples.count > 100)
            for (row, sample) in zip(result.rows, samples) {
                #expect(row[0] == .text(sample[0]?.string ?? "?"))
                guard case .json(let labels) = row[1], case .real(let value) = row[2] else {
                    Issue.record("\(row)")
                    continue
                }
                let ours = try JSONValue(parsing: Array(labels.utf8)).object?.map { [$0.key, $0.value.string] } ?? []
                let theirs = sample[1]?.object?.map { [$0.key, $0.value.string] } ?? []
                #expect(Set(ours) == Set(theirs))
                #expect(value == Double(sample[2]?.string ?? ""))
                if case .text(let type) = row[4], isOpen { #expect(type == sample[3]?.string) }
            }
        }
    }
}
