/// Lists that are cut short.
enum ListText {
    /// As `listWithMoreString` of the printers: `a,b,c + 2 more...`.
    static func first(_ count: Int, of all: [String], separator: String = ",", orElse empty: String) -> String {
        guard all.count > count else { return all.joined(separator: separator).or(empty) }
        return all.prefix(count).joined(separator: separator) + " + \(all.count - count) more..."
    }
}
