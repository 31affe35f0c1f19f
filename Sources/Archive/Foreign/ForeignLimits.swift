/// How much of somebody else's archive is read before it counts as an attack.
public struct ForeignLimits: Sendable, Hashable {
    /// Headers, those of folders and links included.
    public var entries = 1_000_000
    /// Times the size of the file: what it may become when it is unpacked. gzip cannot do more than 1,032; logs of one line
    /// over and over reach some hundreds.
    public var ratio: UInt64 = 1_000
    /// In bytes: what any archive may become, however small.
    public var freely: UInt64 = 256 << 20

    public init() {}

    func bytes(ofFile size: UInt64) -> UInt64 {
        let (product, overflow) = size.multipliedReportingOverflow(by: ratio)
        return overflow ? .max : max(product, freely)
    }
}
