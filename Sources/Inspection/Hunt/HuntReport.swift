/// What a hunt found, and what it did not look at.
public struct HuntReport: Sendable {
    /// All places of one indicator.
    public struct Found: Sendable {
        public let indicator: Indicator
        /// Where it was read.
        public let place: IndicatorPlace
        /// How many places there are.
        public let count: Int
        /// The most telling of them, at most ``HuntOptions/most``.
        public let hits: [HuntHit]
    }

    /// The most telling first.
    public internal(set) var found: [Found] = []
    /// Files that were searched, and their bytes.
    public internal(set) var files = 0
    public internal(set) var bytes: UInt64 = 0
    /// Files that are compressed, whose inside was not looked at, or not to its end.
    public internal(set) var compressed = 0
    /// Places that are only counted, as too many would have to be kept.
    public internal(set) var left = 0
    /// Tables that could not be asked, each with why.
    public internal(set) var failed: [String] = []

    /// Places in all.
    public var hits: Int { found.reduce(0) { $0 + $1.count } }
}

/// What is looked for where.
public struct HuntOptions: Sendable {
    /// Places that are kept of an indicator.
    public var most = 20
    public var place = CapturePlace()

    public init() {}
}
