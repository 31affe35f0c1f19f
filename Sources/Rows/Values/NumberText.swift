/// Numbers of double precision as text.
enum NumberText {
    /// Decimal or hexadecimal, `NaN`, `Inf`, `+Inf`, `-Inf`, `Infinity` in any capitals; nil for all else.
    static func real(_ bytes: Span<UInt8>) -> Double? {
        if let quick = simple(bytes) { return quick }
        guard bytes.count > 0, bytes.count <= 4_096 else { return nil }
        // What Double takes beside numbers: nan(…), which nobody means.
        for index in 0..<bytes.count where bytes[index] == UInt8(ascii: "(") { return nil }
        return Double(bytes.text)
    }

    /// Up to 15 digits and a decimal point: both are exact in a Double, so that one division rounds rightly. Source: William D.
    /// Clinger, How to Read Floating Point Numbers Accurately.
    private static func simple(_ bytes: Span<UInt8>) -> Double? {
        guard bytes.count > 0, bytes.count <= 17 else { return nil }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        var (value, digits, behind): (Int64, Int, Int?) = (0, 0, nil)
        while index < bytes.count {
            let byte = bytes[index]
            if byte &- 0x30 < 10 {
                value = value * 10 + Int64(byte &- 0x30)
                digits += 1
                if let count = behind { behind = count + 1 }
            } else if byte == UInt8(ascii: "."), behind == nil, digits > 0 {
                behind = 0
            } else {
                return nil
            }
            index += 1
        }
        guard digits > 0, digits <= 15 else { return nil }
        let number = Double(value) / powers[behind ?? 0]
        return isNegative ? -number : number
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}
