/// What a kubelet writes in place of a log that it no longer has, with status 200 as if it were one
/// (kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go, `unable to retrieve container logs for`).
///
/// A kubelet keeps the log of one dead container. For about ten seconds after a crash the pod's status still names the
/// container before that as the previous one, whose log is gone by then.
struct KubeletsWords {
    private static let beginning = "unable to retrieve container logs for "
    /// A container's ID with its scheme is shorter.
    private static let maxBytes = 256

    private var bytes: [UInt8] = []

    mutating func append(_ chunk: ArraySlice<UInt8>) {
        if bytes.count <= Self.maxBytes { bytes += chunk.prefix(Self.maxBytes + 1 - bytes.count) }
    }

    /// The words, if they are all there is. Only with time stamps: then no line of a container's own begins like that.
    var refusal: String? {
        guard bytes.count <= Self.maxBytes, bytes.starts(with: Self.beginning.utf8),
            bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
