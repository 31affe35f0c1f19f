internal import BundleFormat
internal import HTML
internal import Inspection
internal import Terminal

/// What happened: how often over time, then in order.
struct ReportTimes {
    let content: ReportContent
    let tables: ReportTables

    var section: ReportPage.Section {
        let errors = content.histogram?.counts(.containerFailed).reduce(0, +) ?? 0
        let warnings = content.histogram?.counts(.eventWarning).reduce(0, +) ?? 0
        return ReportPage.Section(
            anchor: Anchor("time"), title: "What happened",
            summary: content.histogram == nil
                ? "nothing has a time"
                : "\(Quantity.count(warnings, "warning event", "warning events")), "
                    + "\(Quantity.count(errors, "failed container end", "failed container ends"))",
            tone: nil, content: html)
    }

    private var html: HTML {
        var html = HTML.none
        if let histogram = content.histogram {
            html += HTML(.figure, ReportTables.scrolling("Over time", chart(histogram).html(Anchor("time-chart"))))
            html += HTML(.p, [.class("hint")], HTML(notes(histogram)))
        }
        if let failure = content.histogramFailure {
            html += HTML(.p, [.class("box warn")], "What happened over time could not be asked: \(failure)")
        }
        html += HTML(.h3, "Warnings and errors in order")
        html += tables.html(
            content.timeline,
            "The latest warnings and errors, each once with its latest words; ContainersReady is left out, as Ready says it",
            otherwise: "No event or object tells of a warning or an error.")
        return html
    }

    private func notes(_ histogram: TimeHistogram) -> String {
        var notes = ["Times are UTC, of whoever said so: the cluster, a node, a container."]
        if histogram.before > 0 {
            notes.append(
                "\(Quantity.count(histogram.before, "warning or error is", "warnings and errors are")) from before this axis."
            )
        }
        if histogram.after > 0 {
            notes.append(
                "\(Quantity.count(histogram.after, "warning or error has", "warnings and errors have")) a time after the capture."
            )
        }
        if histogram.timelessLines > 0 {
            notes.append(
                "\(Quantity.count(histogram.timelessLines, "line", "lines")) of logs without a time are not in it.")
        }
        if let failure = content.logErrors.failure { notes.append("Not all logs could be read: \(failure).") }
        return notes.joined(separator: " ")
    }

    private func chart(_ histogram: TimeHistogram) -> TimeChart {
        let axis = histogram.axis
        let isLong = axis.end - axis.start > 2 * 86_400
        func text(_ seconds: Int64) -> String { ReportTables.moment(Timestamp.text(seconds: seconds)) }
        func part(_ seconds: Int64, _ range: Range<Int>) -> String {
            String(decoding: Array(text(seconds).utf8)[range], as: UTF8.self)
        }
        let every = max(axis.buckets / 6, 1)
        let ticks = stride(from: 0, through: axis.buckets, by: every).map { bucket in
            let seconds = axis.start + Int64(bucket) * axis.step
            let label =
                isLong
                ? part(seconds, 0..<10)
                : bucket == 0 ? part(seconds, 5..<16) : part(seconds, 11..<(axis.step < 60 ? 19 : 16))
            return (at: Double(bucket) / Double(axis.buckets), label: label)
        }
        func series(_ name: String, _ tone: Tone, _ kind: TimeHistogram.Kind) -> TimeChart.Series {
            TimeChart.Series(name, tone, histogram.counts(kind))
        }
        let mark = histogram.capture.map { range in
            let length = Double(axis.end - axis.start)
            return TimeChart.Mark(
                from: Double(range.lowerBound - axis.start) / length,
                to: Double(range.upperBound - axis.start) / length,
                label: "capture")
        }
        return TimeChart(
            title: "What happened over time",
            says:
                "From \(text(axis.start)) to \(text(axis.end)) UTC, a bar for each \(step(axis.step)): events, container "
                + "ends and starts, and lines of logs that say they are errors or warnings. The table below tells them in order.",
            buckets: (0..<axis.buckets).map { text(axis.start + Int64($0) * axis.step) }, ticks: ticks, mark: mark,
            lanes: [
                TimeChart.Lane(
                    "Events", [series("warnings", .warning, .eventWarning), series("normal", .normal, .eventNormal)]),
                TimeChart.Lane(
                    "Containers",
                    [
                        series("failed", .error, .containerFailed), series("ended", .muted, .containerEnded),
                        series("started", .good, .containerStarted),
                    ]),
                TimeChart.Lane(
                    "Lines of logs", [series("errors", .error, .logError), series("warnings", .warning, .logWarning)]),
            ])
    }

    private func step(_ seconds: Int64) -> String {
        switch seconds {
        case 86_400...: Quantity.count(seconds / 86_400, "day", "days")
        case 3_600...: Quantity.count(seconds / 3_600, "hour", "hours")
        case 60...: Quantity.count(seconds / 60, "minute", "minutes")
        default: Quantity.count(seconds, "second", "seconds")
        }
    }
}
