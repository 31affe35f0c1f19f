package import Rows

/// A log as it is read: a file of the capture, or the part of one that is of a container.
package struct LogTrack: Hashable, Sendable {
    package let namespace: String
    package let pod: String
    /// Nil where that is not known: then the file has those of all, one after the other.
    package let container: String?
    package let stream: LogPlace.Stream
    /// The file.
    package let entry: String
    /// Whether the file has the logs of several containers, each below a line that says whose it is.
    package let hasHeadings: Bool
    /// The containers of the pod, for a file of several; nil where nothing says which it has.
    let containers: Set<String>?

    init(_ place: LogPlace, container: String?, entry: String, containers: Set<String>?) {
        namespace = place.namespace
        pod = place.pod
        self.container = container
        stream = place.stream
        self.entry = entry
        hasHeadings = place.container == nil
        self.containers = hasHeadings ? containers : nil
    }

    var heading: LogHeading? {
        hasHeadings ? LogHeading(namespace: namespace, pod: pod, containers: containers) : nil
    }

    /// As kubectl's `--prefix` names it: `pod/NAME/CONTAINER`, without brackets.
    package var source: String { "pod/\(pod)" + (container.map { "/\($0)" } ?? "") }
}

/// Which lines of logs are wanted, and how: the kubelet's PodLogOptions, and what can be asked besides of a capture.
package struct LogOptions: Hashable, Sendable {
    /// Lines from then on. A line without a time goes with the one before it.
    package var since: RowTime?
    /// Lines up to then.
    package var until: RowTime?
    /// Of each container, the last so many lines that are wanted otherwise.
    package var tail: Int?
    /// Of each log, in bytes of what is shown: the line that it falls into is cut.
    package var limitBytes: Int?
    /// Whether the runtime's time stays in front of each line.
    package var hasTimestamps = false
    /// Lines that say that they are at least so bad, and those that go on with one: that begin with a blank.
    package var level: LogLine.Level?
    /// False: the runtime put no times in front of lines. What looks like one there is the program's own, and stays.
    package var isStamped = true

    package init() {}
}

/// A line of a log, or a piece of one that is long, lent for the length of a call.
package struct LogPiece {
    /// Which of the tracks it is of.
    package let track: Int
    /// The number of the line in the file, from 1.
    package let line: Int
    /// Without LF.
    package let bytes: UnsafeRawBufferPointer
    /// Whether a line begins with it.
    package let isFirst: Bool
    /// Whether nothing of the line comes behind it.
    package let isLast: Bool
    /// Whether the log has an LF behind it.
    package let hasLineEnd: Bool

    /// Without the CR at the end of a line that ends as those of Windows do.
    package var text: UnsafeRawBufferPointer {
        isLast && bytes.last == 0x0D ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes
    }
}

/// What became of reading logs.
package struct LogReadReport: Hashable, Sendable {
    /// A file, and why what was read is not the file as it was captured.
    package struct Problem: Hashable, Sendable {
        package let entry: String
        package let reason: String
    }

    package internal(set) var problems: [Problem] = []
    /// Lines that are left out since neither they nor any before them have a time, where times were asked for.
    package internal(set) var untimed = 0
    /// How often the logs were read to bring their lines in order within the memory that there is.
    package internal(set) var passes = 0
}
