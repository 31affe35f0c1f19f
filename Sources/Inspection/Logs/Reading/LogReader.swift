internal import Synchronization

/// Reads logs of a capture: one as it stands there, several in one order by their times.
///
/// Memory is bounded whatever the capture has: of one log, a piece of it; of several, ``memoryBytes`` of their lines. Those that do
/// not fit are brought by reading the logs again, so the time it takes grows with their size over that.
package struct LogReader: Sendable {
    private let capture: any Capture
    private let tracks: [LogTrack]
    private let options: LogOptions
    private let memoryBytes: Int

    /// - Parameters:
    ///   - tracks: those of one container one after the other, the oldest first: `tail` counts over them together.
    ///   - memoryBytes: for lines of several logs that are put in order.
    package init(
        _ capture: any Capture, _ tracks: [LogTrack], _ options: LogOptions, memoryBytes: Int = 192 << 20
    ) {
        self.capture = capture
        self.tracks = tracks
        self.options = options
        self.memoryBytes = memoryBytes
    }

    /// The same by one task, which whoever takes the lines may hold up.
    var alone: LogReader {
        guard let bundle = capture as? BundleCapture else { return self }
        return LogReader(BundleCapture(bundle.reader, workers: 1), tracks, options, memoryBytes: memoryBytes)
    }

    /// Hands out the lines that are wanted, by one task at a time.
    ///
    /// - Throws: what the capture throws, `CancellationError`, and what `body` throws.
    package func read(_ body: @escaping @Sendable (LogPiece) throws -> Void) async throws -> LogReadReport {
        let notes = Notes()
        let skipped = try await linesBeforeTail(notes)
        if tracks.count == 1 {
            try await pass(skipped, notes, needsTimes: false) { _ in DirectTaker(body) }
            return notes.report(passes: 1)
        }
        var done = Array(repeating: 0, count: tracks.count)
        var passes = 0
        let withHeadings = self.withHeadings
        while true {
            passes += 1
            let window = LogWindow(tracks: tracks.count, budget: memoryBytes)
            let (isFirst, past) = (passes == 1, done)
            try await pass(skipped, isFirst ? notes : Notes(), needsTimes: true) { file in
                WindowTaker(window, past, isOfOne: withHeadings[file.path] == nil, readsOn: isFirst)
            }
            let (chunks, isAll) = window.close()
            var merge = LogMerge(chunks)
            for (track, count) in merge.counts.enumerated() { done[track] += count }
            try merge.run(body)
            if isAll { return notes.report(passes: passes) }
            try Task.checkCancellation()
        }
    }

    /// Of each track, how many of the wanted lines are before the last ones that were asked for: they are counted first.
    private func linesBeforeTail(_ notes: Notes) async throws -> [Int] {
        guard let tail = options.tail else { return tracks.map { _ in 0 } }
        let counts = LineCounts(tracks.count)
        var unlimited = options
        unlimited.limitBytes = nil
        try await pass(tracks.map { _ in .max }, Notes(), unlimited, needsTimes: false) { _ in CountTaker(counts) }
        var skipped = counts.lines
        var rest: [Source: Int] = [:]
        for track in tracks.indices.reversed() {
            let source = Source(tracks[track])
            let left = rest[source] ?? tail
            rest[source] = left - min(left, skipped[track])
            skipped[track] -= min(left, skipped[track])
        }
        return skipped
    }

    /// Files with the logs of several containers.
    private var withHeadings: [String: LogHeading] {
        Dictionary(tracks.compactMap { track in track.heading.map { (track.entry, $0) } }) { first, _ in first }
    }

    private struct Source: Hashable {
        let namespace: String
        let pod: String
        let container: String?

        init(_ track: LogTrack) {
            (namespace, pod, container) = (track.namespace, track.pod, track.container)
        }
    }

    /// Reads each file once, and gives what is wanted of it to a taker of its own.
    private func pass(
        _ skipped: [Int], _ notes: Notes, _ options: LogOptions? = nil, needsTimes: Bool,
        _ taker: @Sendable @escaping (CapturedFile) -> any LogTaker
    ) async throws {
        var wants: [String: [String?: LogCutter.Want]] = [:]
        for (index, track) in tracks.enumerated() {
            wants[track.entry, default: [:]][track.container] =
                LogCutter.Want(track: index, skippedLines: skipped[index])
        }
        let (all, headed, options) = (wants, withHeadings, options ?? self.options)
        try await capture.read { file in
            guard let wants = all[file.path] else { return nil }
            let heading = headed[file.path]
            let one = heading == nil ? wants.values.first : nil
            let cutter = LogCutter(
                one.map(LogCutter.Wants.one) ?? .byContainer(wants), options, needsTimes: needsTimes, heading: heading)
            return try file.reading(
                LogVisitor(cutter, taker(file)) { problem, untimed in notes.add(problem, untimed, file) })
        }
    }

    private final class Notes: Sendable {
        private let state = Mutex(LogReadReport())

        func add(_ problem: String?, _ untimed: Int, _ file: CapturedFile) {
            state.withLock { report in
                report.untimed += untimed
                if let problem { report.problems.append(LogReadReport.Problem(entry: file.path, reason: problem)) }
            }
        }

        func report(passes: Int) -> LogReadReport {
            state.withLock { report in
                var report = report
                report.passes = passes
                return report
            }
        }
    }
}
