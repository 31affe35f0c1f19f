/// Hosts with ports that something is to be dialled at from the operator's machine: `db.example.org:5432`, `[2001:db8::1]:443`, or
/// several with commas between them. Whether a host is one shows when it is dialled.
public enum AddressText {
    /// Of one text.
    static let most = 100

    /// Why a text is none, as the end of a sentence that begins with what it is for; nil when it is one.
    public static func objection(to text: String) -> String? {
        let parts = addresses(in: text)
        guard (1...most).contains(parts.count), parts.allSatisfy(isAddress) else {
            return "must be hosts with ports, as db.example.org:5432 or [2001:db8::1]:443, with commas between them"
        }
        return nil
    }

    /// The addresses in a text that holds one or several.
    public static func addresses(in text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingBlanks) }
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex, text.utf8.count <= 300,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/@?#\\".utf8.contains($0) })
        else { return false }
        let digits = text[colon...].dropFirst()
        return (1...5).contains(digits.count) && digits.utf8.allSatisfy { $0 &- 0x30 < 10 }
            && Int(digits).map { (1...65_535).contains($0) } == true
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
