/// The rules of names (format.md, section 2.1) as a check of a path's bytes.
enum EntryPath {
    static let maximumComponentBytes = 255
    /// Digits of a hash behind `=~`.
    static let hashDigits = 16

    /// What is wrong with a path, nil when it is one that the rules can produce.
    static func problem(of path: some Collection<UInt8>) -> String? {
        if path.isEmpty { return "the path is empty" }
        if path.count > StrictTar.maximumPathBytes {
            return "the path is longer than \(StrictTar.maximumPathBytes) bytes"
        }
        for component in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if let problem = problem(ofComponent: Array(component)) { return problem }
        }
        return nil
    }

    private static func problem(ofComponent component: [UInt8]) -> String? {
        if component.isEmpty { return "the path begins or ends with a slash, or has two in a row" }
        if component.count > maximumComponentBytes {
            return "a component is longer than \(maximumComponentBytes) bytes"
        }
        if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) {
            return "a component is \(ArchiveError.printable(component)), which would lead out of its folder"
        }
        let escapedDot = isEscapedDots(component)
        var index = 0
        while index < component.count {
            let byte = component[index]
            if byte == UInt8(ascii: "=") {
                if isMark(component, at: index) {
                    index += markBytes
                    continue
                }
                guard index + 2 < component.count, let high = hexDigit(component[index + 1]),
                    let low = hexDigit(component[index + 2])
                else { return "an escape is not = and two upper-case hex digits" }
                let value = high << 4 | low
                if !needsEscape(value), !(escapedDot && index == 0) {
                    return "an escape stands for a byte that needs none"
                }
                index += 3
            } else if needsEscape(byte) {
                return "byte 0x\(String(byte, radix: 16)) is not escaped"
            } else {
                index += 1
            }
        }
        return nil
    }

    /// Bytes of the mark of a shortened or moved name: `=~` and 16 hex digits. A suffix such as `.yaml` may follow it.
    private static let markBytes = hashDigits + 2

    private static func isMark(_ component: [UInt8], at index: Int) -> Bool {
        index + markBytes <= component.count && component[index + 1] == UInt8(ascii: "~")
            && component[(index + 2)..<(index + markBytes)].allSatisfy(isLowerHex)
    }

    /// Whether the component is `=2E` or `=2E.`, marks behind it aside.
    private static func isEscapedDots(_ component: [UInt8]) -> Bool {
        guard component.starts(with: "=2E".utf8) else { return false }
        var index = 3
        while index < component.count, component[index] == UInt8(ascii: "="), isMark(component, at: index) {
            index += markBytes
        }
        return index == component.count || (index == component.count - 1 && component[index] == UInt8(ascii: "."))
    }

    /// True for bytes that a component cannot hold as they are.
    private static func needsEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, 0x7F...0xFF: true
        case UInt8(ascii: "="), UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "|"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
