/// What a byte of ASCII is, without looking at any locale.
extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    var isHexDigit: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
    /// May stand in a label of a domain name.
    var isOfDomain: Bool { isLetter || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}

extension Substring {
    /// Without white space and control characters around it.
    var trimmed: Substring {
        var text = self
        while let first = text.utf8.first, first <= 0x20 { text = text.dropFirst() }
        while let last = text.utf8.last, last <= 0x20 { text = text.dropLast() }
        return text
    }
}

extension StringProtocol {
    /// Where an ASCII text first stands.
    func range(ofASCII wanted: String) -> Range<Index>? {
        let wanted = Array(wanted.utf8)
        var start = utf8.startIndex
        while let place = utf8[start...].firstIndex(of: wanted[0]) {
            if utf8[place...].starts(with: wanted) { return place..<utf8.index(place, offsetBy: wanted.count) }
            start = utf8.index(after: place)
        }
        return nil
    }

    func replacing(ascii wanted: String, with other: String) -> String {
        var result = ""
        var rest = self[startIndex...]
        while let place = rest.range(ofASCII: wanted) {
            result += rest[..<place.lowerBound] + other
            rest = rest[place.upperBound...]
        }
        return result + rest
    }
}
