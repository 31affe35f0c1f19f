/// A bundle of Exhibit: format.md, section 3. What it captured is laid out as in a must-gather.
enum ExhibitLayout {
    /// Of an entry, by its path in the bundle.
    static func role(_ path: String) -> FileRole {
        let path = path.split(separator: "/")
        return path.first == "data" ? MustGatherLayout.role(path.dropFirst()) : .other
    }

    /// Whether a path is that of the opening record of a bundle, be it in the bundle's folder or not.
    static func isOpening(_ path: [Substring]) -> Bool {
        path.count <= 3 && path.suffix(2).elementsEqual(["meta", "bundle.json"])
    }
}
