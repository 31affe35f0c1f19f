internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import StructuredText
internal import Terminal

/// How big a capture may get: sums of limits, which are where attempts are cut off and not what they usually bring.
struct ForecastSize {
    struct Share {
        let collector: String
        /// Of its attempts that may bring something, within what the collector may bring in one run.
        var bytes: UInt64 = 0
        /// What the definition, or the profile, lets it bring in one run; nil for no such limit.
        let limit: UInt64?
    }

    /// By volatility.
    private(set) var shares: [Share] = []
    /// Bytes of content, before they are compressed.
    let bytes: UInt64
    /// What the bundle's file may have; nil for no such limit.
    let maxSize: UInt64?

    /// - Parameter limits: of collectors that have one for a whole run, by their names.
    init(_ items: [CapturePreview.Item], limits: [String: UInt64], maxSize: UInt64?) {
        var places: [String: Int] = [:]
        for item in items {
            let place = places[item.collector] ?? shares.count
            if place == shares.count {
                places[item.collector] = place
                shares.append(Share(collector: item.collector, limit: limits[item.collector]))
            }
            guard ForecastGroup(item.verdict).mayBring else { continue }
            shares[place].bytes = Self.sum(shares[place].bytes, item.limits.bytes)
        }
        for place in shares.indices { shares[place].bytes = min(shares[place].bytes, shares[place].limit ?? .max) }
        bytes = shares.reduce(0) { Self.sum($0, $1.bytes) }
        self.maxSize = maxSize
    }

    /// Limits are as high as somebody writes them.
    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, isOver) = one.addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    /// The sum is often many times what a disk has, and says little: where the run has a limit, that is what counts.
    var text: String {
        let sum = "\(Quantity.bytes(bytes)) before compression, the sum of all limits: usually far less"
        guard let maxSize else {
            return "at most        \(sum). With --max-size 2GiB, or another, what does not fit is left out, and listed"
        }
        guard maxSize < bytes else { return "at most        \(sum), within this run's limit (--max-size)" }
        return "at most        \(Quantity.bytes(maxSize)), this run's limit (--max-size); without it \(sum)"
    }

    var json: JSONValue {
        [
            "limitBytes": JSONValue(bytes), "maxSizeBytes": maxSize.map { JSONValue($0) } ?? .null,
            "collectors": .array(
                shares.map { share in
                    [
                        "collector": .string(share.collector), "limitBytes": JSONValue(share.bytes),
                        "ownLimitBytes": share.limit.map { JSONValue($0) } ?? .null,
                    ]
                }),
        ]
    }
}
