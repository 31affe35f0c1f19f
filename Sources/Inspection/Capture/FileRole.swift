/// What a file of a capture holds, by where it lies. A place is a hint, no proof of what is there.
public enum FileRole: Hashable, Sendable {
    /// Objects of the Kubernetes API: one, or a list (`kind: List`, `PodList`, or a bare array as Troubleshoot writes it). `items` may be
    /// null. `assuming` is what an object is that does not say it, and stands in a list that does not say it either.
    case objects(ObjectText, assuming: ObjectType? = nil)
    /// What a container wrote to its standard output and error.
    case log(LogPlace)
    /// Anything else.
    case other

    public enum ObjectText: String, Hashable, Sendable {
        case yaml, json
    }
}

/// What an object of the Kubernetes API is.
public struct ObjectType: Hashable, Sendable {
    /// As in `apps/v1`.
    public let apiVersion: String
    /// As in `Deployment`.
    public let kind: String

    public init(apiVersion: String, kind: String) {
        self.apiVersion = apiVersion
        self.kind = kind
    }
}

/// Whose log a file is.
public struct LogPlace: Hashable, Sendable {
    public let namespace: String
    public let pod: String
    /// Nil: the file has the logs of all containers of the pod one after the other, each between the lines
    /// `==== START logs for container NAME of pod NAMESPACE/POD ====` and `==== END logs …`, as kubectl writes them.
    public let container: String?
    public let stream: Stream

    public enum Stream: String, Hashable, Sendable {
        /// Of the container as it runs.
        case current
        /// Of the one that ran before.
        case previous
        /// Older files of the node, rotated away.
        case rotated
    }

    public init(namespace: String, pod: String, container: String?, stream: Stream) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
        self.stream = stream
    }
}
