internal import Collection
internal import Glibc

/// Tells what a kubelet writes in place of a log, or at the end of one, with status 200 as if it were of the log: why it cannot read it
/// (kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go, `unable to retrieve container logs for`; pkg/kubelet/kuberuntime/logs,
/// `failed to …`).
///
/// Only with time stamps, which every line of a container's own begins with. A kubelet keeps the log of one dead container: for about
/// ten seconds after a crash the pod's status still names the container before that as the previous one, whose log is gone by then.
struct KubeletsWords {
    private static let gone = "unable to retrieve container logs for "
    private static let maxBytes = 1_024

    /// The first bytes of all.
    private var head: [UInt8] = []
    /// The first bytes of the last line.
    private var line: [UInt8] = []
    private var count = 0

    mutating func append(_ chunk: ArraySlice<UInt8>) {
        if head.count <= Self.maxBytes { head += chunk.prefix(Self.maxBytes + 1 - head.count) }
        count += chunk.count
        if let last = Self.lastLineFeed(in: chunk) {
            line = Array(chunk[(last + 1)...].prefix(Self.maxBytes))
        } else if line.count < Self.maxBytes {
            line += chunk.prefix(Self.maxBytes - line.count)
        }
    }

    /// What became of the log; nil when nothing speaks against it.
    ///
    /// - Returns: with `isLog` false when the words are all there is: they are in the outcome's reason, and nothing else is lost.
    var outcome: (Outcome, isLog: Bool)? {
        guard count > 0 else { return nil }
        guard ContainerLogHeader.beginsWithTime(head) else {
            let isAll = count <= Self.maxBytes && (head.firstIndex(of: 0x0A).map { $0 == head.count - 1 } ?? true)
            guard isAll else {
                return (
                    .partial(
                        "NotLogLines",
                        "it does not begin with a time, as lines of a log do: it may be the kubelet's own words, or no log"
                    ),
                    true
                )
            }
            let words = TextSafety.oneLine(String(decoding: head, as: UTF8.self))
            return head.starts(with: Self.gone.utf8)
                ? (.missing("LogGone", "the kubelet no longer has it: \(words)"), false)
                : (.error("LogUnreadable", "the kubelet has words in place of a log: \(words)"), false)
        }
        guard !line.isEmpty, !ContainerLogHeader.beginsWithTime(line) else { return nil }
        let words = TextSafety.oneLine(String(decoding: line, as: UTF8.self))
        return (.partial("LogCut", "the kubelet ended it with words of its own: \(words)"), true)
    }

    private static func lastLineFeed(in chunk: ArraySlice<UInt8>) -> Int? {
        chunk.withUnsafeBufferPointer { bytes -> Int? in
            var end = bytes.count
            while end > 0, bytes[end - 1] != 0x0A { end -= 1 }
            return end > 0 ? chunk.startIndex + end - 1 : nil
        }
    }
}
