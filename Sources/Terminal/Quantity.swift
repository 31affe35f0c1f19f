/// Amounts as people read them, in ASCII.
public enum Quantity {
    /// Binary units with three significant digits: `0 B`, `999 B`, `1.00 KiB`, `12.3 MiB`, `1023 GiB`.
    public static func bytes(_ count: some BinaryInteger) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(max(count, 0))
        var unit = 0
        // 1023.5 would round to 1024 of the smaller unit.
        while value >= (unit == 0 ? 1024 : 1023.5), unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(unit == 0 ? String(Int(value)) : significant(value)) \(units[unit])"
    }

    /// `120 ms`, `4.2 s`, `1 m 05 s`, `2 h 07 m`, `3 d 04 h`; rounded down, so that a clock never shows `60.0 s`.
    public static func duration(_ duration: Duration) -> String {
        let (seconds, attoseconds) = max(duration, .zero).components
        if seconds < 1 { return "\(attoseconds / 1_000_000_000_000_000) ms" }
        if seconds < 60 { return "\(seconds).\(attoseconds / 100_000_000_000_000_000) s" }
        if seconds < 3600 { return "\(seconds / 60) m \(twoDigits(seconds % 60)) s" }
        if seconds < 86400 { return "\(seconds / 3600) h \(twoDigits(seconds % 3600 / 60)) m" }
        return "\(seconds / 86400) d \(twoDigits(seconds % 86400 / 3600)) h"
    }

    /// With commas between thousands: `1,234,567`.
    public static func count(_ count: some BinaryInteger) -> String {
        let digits = Array(String(count.magnitude))
        var text = count < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 entry`, `2,000 entries`.
    public static func count(_ count: some BinaryInteger, _ singular: String, _ plural: String) -> String {
        "\(Self.count(count)) \(count == 1 ? singular : plural)"
    }

    private static func significant(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        if hundredths < 1000 { return "\(hundredths / 100).\(twoDigits(Int64(hundredths % 100)))" }
        let tenths = Int((value * 10).rounded())
        if tenths < 1000 { return "\(tenths / 10).\(tenths % 10)" }
        return String(Int(value.rounded()))
    }

    private static func twoDigits(_ value: Int64) -> String {
        value < 10 ? "0\(value)" : String(value)
    }
}
