/// What a file of a capture holds, by where it lies. A place is a hint, no proof of what is there.
public enum FileRole: Hashable, Sendable {
    /// Objects of the Kubernetes API: one, or a list (`kind: List`, `PodList`, or a bare array as Troubleshoot writes it).
    case objects(ObjectText)
    /// What a container wrote to its standard output and error.
    case log(LogPlace)
    /// Anything else.
    case other

    public enum ObjectText: String, Hashable, Sendable {
        case yaml, json
    }
}

/// Whose log a file is.
public struct LogPlace: Hashable, Sendable {
    public let namespace: String
    public let pod: String
    public let container: String
    public let stream: Stream

    public enum Stream: String, Hashable, Sendable {
        /// Of the container as it runs.
        case current
        /// Of the one that ran before.
        case previous
        /// Older files of the node, rotated away.
        case rotated
    }

    public init(namespace: String, pod: String, container: String, stream: Stream) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
        self.stream = stream
    }
}
