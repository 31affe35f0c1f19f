/// Which way an attempt took, of those that its step has (section 4.3). Readers take any name.
public struct CaptureWay: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The log file as the node's kubelet serves it, not the API server's `pods/log`.
    public static let nodeLog = CaptureWay(rawValue: "node-log")
}
