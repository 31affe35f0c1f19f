internal import Inspection
internal import StructuredText
internal import Terminal

/// Says how lists of indicators are understood.
struct HuntCheck {
    let list: IndicatorList
    let format: OutputFormat

    func write() throws -> ExitStatus {
        var output = RenderingOutput()
        switch format {
        case .json: try writeJSON(&output)
        case .text: try writeText(&output)
        }
        try output.flush()
        guard !list.indicators.isEmpty else {
            throw RenderingFailure(.usage, "the lists have no indicator that is understood")
        }
        return .ok
    }

    private func writeText(_ output: inout RenderingOutput) throws {
        for (indicator, place) in zip(list.indicators, list.places) {
            try output.line(
                DisplayWidth.padded(indicator.kind.rawValue, to: 6) + "  " + TerminalText.escaped(indicator.value)
                    + output.style(.dim, "  " + TerminalText.escaped(Self.words(place))))
        }
        for remainder in list.remainders {
            try output.line(output.style(.warning, "not understood  ") + TerminalText.escaped(Self.words(remainder)))
        }
        try output.line()
        for line in Self.summary(list) { try output.line(line) }
    }

    private func writeJSON(_ output: inout RenderingOutput) throws {
        for (indicator, place) in zip(list.indicators, list.places) {
            try output.json([
                "kind": .string(indicator.kind.rawValue), "indicator": .string(indicator.value),
                "list": .string(place.list),
                "listLine": JSONValue(place.line),
            ])
        }
        for remainder in list.remainders {
            try output.json([
                "notUnderstood": .string(remainder.text), "reason": .string(remainder.reason),
                "list": .string(remainder.place.list), "listLine": JSONValue(remainder.place.line),
            ])
        }
    }

    /// How many of what, a line each.
    private static func summary(_ list: IndicatorList) -> [String] {
        let counts = list.counts.map { "\(Quantity.count($0.count)) \($0.kind.rawValue)" }
        let lines = [
            Quantity.count(list.indicators.count, "indicator", "indicators")
                + (counts.isEmpty ? "" : ": " + counts.joined(separator: ", "))
        ]
        return lines + omissions(list)
    }

    /// What of the lists is not looked for.
    private static func omissions(_ list: IndicatorList) -> [String] {
        var lines: [String] = []
        if list.remainderCount > 0 {
            lines.append("\(Quantity.count(list.remainderCount, "line or object", "lines or objects")) not understood")
        }
        if list.otherObjects > 0 {
            lines.append("\(Quantity.count(list.otherObjects, "object", "objects")) of STIX that are no indicators")
        }
        if list.repeated > 0 { lines.append("\(Quantity.count(list.repeated)) more than once") }
        if list.left > 0 {
            lines.append(
                "\(Quantity.count(list.left)) left out: more than \(Quantity.count(IndicatorList.most)) are not looked for at once"
            )
        }
        return lines
    }

    /// Says on standard error what is not looked for.
    static func note(_ list: IndicatorList) {
        for remainder in list.remainders.prefix(5) { RenderingFailure.note("not understood: \(words(remainder))") }
        if list.remainderCount > 5 {
            RenderingFailure.note(
                "\(Quantity.count(list.remainderCount - 5)) more are not understood: exhibit hunt --check shows the first 1,000"
            )
        }
        if list.left > 0 {
            RenderingFailure.note("\(Quantity.count(list.left)) indicators are left out, being too many", .error)
        }
    }

    static func words(_ place: IndicatorPlace) -> String {
        place.line > 0 ? "\(place.list):\(place.line)" : place.list
    }

    static func words(_ remainder: IndicatorList.Remainder) -> String {
        "\(words(remainder.place)): \(remainder.text): \(remainder.reason)"
    }
}
