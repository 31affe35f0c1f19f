import HTML
import TestSupport
import Testing

struct ChartTests {
    private func text(_ html: HTML) -> String { String(decoding: html.bytes, as: UTF8.self) }

    @Test
    func barsAreAsHighAsTheirCounts() throws {
        let chart = TimeChart(
            title: "t", says: "s", buckets: ["a", "b"], ticks: [], mark: nil,
            lanes: [
                TimeChart.Lane(
                    "l", [TimeChart.Series("bad", .error, [1, 4]), TimeChart.Series("fine", .good, [3, 0])])
            ])
        let parsed = try ParsedPage(chart.html(Anchor("t")).bytes)
        let heights = parsed.elements.filter { $0.name == "rect" && $0.value("class") == "f-error" }
            .compactMap { $0.value("height").flatMap(Double.init) }
        // The legend, then a bucket each.
        #expect(heights == [10, 16, 64])
        #expect(parsed.text.contains("a: 1 bad, 3 fine"))
        #expect(!parsed.text.contains("0 fine"))
    }

    @Test
    func nothingIsSaidWhereNothingWas() {
        let lane = TimeChart.Lane("l", [TimeChart.Series("bad", .error, [0, 0])])
        let chart = TimeChart(title: "t", says: "s", buckets: ["a", "b"], ticks: [], mark: nil, lanes: [lane])
        #expect(text(chart.html(Anchor("t"))).contains(">none<"))
    }

    /// Two columns that are crossed as they are given.
    @Test
    func linksAreUncrossed() throws {
        let nodes = ["a", "b", "c", "d", "e", "f"].enumerated().map {
            LinkChart.Node($0.element, column: $0.offset / 3 * 2, .normal)
        }
        let links = [(0, 5), (1, 4), (2, 3)].map { LinkChart.Link(from: $0.0, to: $0.1, label: "80", .normal) }
        let chart = LinkChart(title: "t", says: "s", columns: [], nodes: nodes, links: links)
        let parsed = try ParsedPage(chart.html(Anchor("t")).bytes)
        let boxes = parsed.elements.filter { $0.value("class") == "c-frame" }.map { $0.value("y") }
        #expect(boxes[0] == boxes[5])
        #expect(boxes[1] == boxes[4])
        #expect(boxes[2] == boxes[3])
        #expect(text(chart.html(Anchor("t"))) == text(chart.html(Anchor("t"))))
    }

    @Test
    func aChartWithoutAnythingIsNoTrap() {
        #expect(text(BarChart(title: "t", says: "s", rows: []).html(Anchor("b"))).hasPrefix("<svg"))
        let links = [LinkChart.Link(from: 0, to: 9, label: "", .error)]
        #expect(
            text(LinkChart(title: "t", says: "s", columns: [], nodes: [], links: links).html(Anchor("l")))
                .hasSuffix("</svg>"))
        let empty = TimeChart(title: "t", says: "s", buckets: [], ticks: [], mark: nil, lanes: [])
        #expect(text(empty.html(Anchor("t"))).hasSuffix("</svg>"))
    }
}
