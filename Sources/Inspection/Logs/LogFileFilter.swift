internal import SQLite

/// Which logs a statement wants of a table of logs: what need not be read is not.
struct LogFileFilter: Sendable {
    /// What a column says of the whole file.
    enum Part: Sendable {
        case namespace, pod, container, stream, entry
    }

    private let wanted: [(part: Part, text: String)]

    /// - Parameter part: what a column of the table is.
    init(_ filters: [TableFilter], _ part: (Int) -> Part?) {
        wanted = filters.compactMap { filter in
            guard let text = filter.value.text, filter.comparison == .equal else { return nil }
            return part(filter.column).map { ($0, text) }
        }
    }

    func matches(_ place: LogPlace, _ file: CapturedFile) -> Bool {
        wanted.allSatisfy { part, text in
            switch part {
            case .namespace: place.namespace == text
            case .pod: place.pod == text
            // Of a file with several, the lines say it.
            case .container: place.container == nil || place.container == text
            case .stream: place.stream.rawValue == text
            case .entry: file.path == text
            }
        }
    }
}
