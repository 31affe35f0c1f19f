/// Durations and sizes as people write them, in definitions and on the command line.
public enum UnitNotation {
    /// `500ms`, `10s`, `2m`, `1h`, `7d`, and sums of them in falling order (`1h30m`); nil for anything else.
    public static func duration(_ text: String) -> Duration? {
        let units: [(String, Duration)] = [
            ("d", .seconds(86_400)), ("h", .seconds(3_600)), ("ms", .milliseconds(1)), ("m", .seconds(60)),
            ("s", .seconds(1)),
        ]
        var rest = Substring(text)
        var total = Duration.zero
        var smallest = Duration.seconds(1 << 40)
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let (name, unit) = units.first(where: { rest.hasPrefix($0.0) }), unit < smallest else { return nil }
            rest = rest.dropFirst(name.count)
            smallest = unit
            total += unit * Int(count)
        }
        return text.isEmpty ? nil : total
    }

    /// `4096`, `512KiB`, `4MiB`, `1GiB`, `2TiB` (powers of 1,024); nil for anything else.
    public static func bytes(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shifts: [String: UInt64] = ["": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40]
        guard let count = UInt64(digits), let shift = shifts[String(text.dropFirst(digits.count))] else { return nil }
        let (value, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : value
    }
}
