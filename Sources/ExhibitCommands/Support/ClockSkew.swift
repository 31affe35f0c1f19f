internal import BundleFormat
internal import Terminal

/// A cluster's clock and that of the machine that captured were apart: by more than 2 s, and more than the reading may be wrong.
struct ClockSkew: CustomStringConvertible {
    private let offset: Int64

    /// Nil when they were not, or when it is not known.
    init?(_ cluster: OpeningRecord.Cluster?) {
        guard let offset = cluster?.clockOffsetMilliseconds, offset.magnitude > 2_000,
            offset.magnitude > (cluster?.clockOffsetErrorMilliseconds ?? 0).magnitude
        else { return nil }
        self.offset = offset
    }

    /// `the cluster's clock is 3652 d 00 h ahead of this machine's`
    var description: String { says("is", "this machine's") }

    /// - Parameters:
    ///   - verb: `is`, or `was` of the past.
    ///   - other: whose clock the cluster's was compared with.
    func says(_ verb: String, _ other: String) -> String {
        let amount = Quantity.duration(.milliseconds(Int64(clamping: offset.magnitude)))
        return "the cluster's clock \(verb) \(amount) \(offset > 0 ? "ahead of" : "behind") \(other)"
    }
}
