/// How like two names are, for "did you mean".
public enum NameDistance {
    /// How many bytes must be changed, added or removed to make one of the other (Levenshtein); of long names the first
    /// 253 bytes count.
    public static func between(_ left: String, _ right: String) -> Int {
        let a = Array(left.utf8.prefix(253))
        let b = Array(right.utf8.prefix(253))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }

    /// The one of `known` that was likely meant; nil when none is like it.
    public static func nearest(to name: String, in known: some Sequence<String>) -> String? {
        known.map { (name: $0, distance: between(name, $0)) }
            .filter { $0.distance <= max(1, min(3, name.utf8.count / 2)) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }
}
