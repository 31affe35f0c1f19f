internal import Rows

/// Counts what one file has for a ``LogDigest``.
final class DigestTaker: LogTaker {
    private let entry: String
    private let place: LogPlace
    private let hasRequests: Bool
    private(set) var counter: PatternCounter
    private(set) var requests = RequestTally()
    private let ended: (DigestTaker) -> Void

    init(
        _ entry: String, _ place: LogPlace, hasRequests: Bool, mostPatterns: Int,
        ended: @escaping (DigestTaker) -> Void
    ) {
        self.entry = entry
        self.place = place
        self.hasRequests = hasRequests
        self.ended = ended
        counter = PatternCounter(entry, place, most: mostPatterns)
    }

    func take(_ cut: LogCutter.Cut) {
        guard cut.piece.isFirst else { return }
        let message = cut.piece.text
        var place = place
        if let container = cut.container {
            place = LogPlace(
                namespace: place.namespace, pod: place.pod, container: container, stream: place.stream)
        }
        let time = cut.time == .min ? nil : RowTime(nanoseconds: cut.time)
        let head = Array(message.prefix(LogLevels.looked))
        counter.add(
            message, LogLevels.level(of: head[...]), time, line: cut.piece.line, place, number: cut.piece.track)
        if hasRequests, RequestTally.mayBeRequest(message) { requests.add(message, place, entry, cut.piece.line, time) }
    }

    func end(_ cutter: LogCutter) { ended(self) }
}
