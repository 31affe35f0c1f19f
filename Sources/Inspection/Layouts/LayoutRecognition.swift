/// Finds out of which kind a capture is, by the paths of its files, and which folders in it are roots.
///
/// Memory is bounded: it keeps the names of at most ``maximumRoots`` folders of a kind.
struct LayoutRecognition {
    /// How many folders a root may be in: `must-gather.local.123/IMAGE/`, and one that somebody packed around it.
    static let maximumDepth = 3
    static let maximumRoots = 256

    /// The first that fits is taken: its paths are in no other, while those of a later one may be in it.
    private static let layouts: [any CaptureLayout.Type] = [
        RancherLayout.self, TroubleshootLayout.self, MustGatherLayout.self, ClusterInfoDumpLayout.self,
    ]

    private var found = [[String: LayoutMarks]](repeating: [:], count: layouts.count)
    /// It is a bundle of Exhibit, or was.
    private(set) var hasOpening = false

    mutating func add(_ path: String) {
        let components = path.split(separator: "/")
        if ExhibitLayout.isOpening(components) { hasOpening = true }
        for (index, layout) in Self.layouts.enumerated() {
            guard let (depth, marks) = layout.marks(components), depth <= Self.maximumDepth else { continue }
            let root = components.prefix(depth).joined(separator: "/")
            if let known = found[index][root] {
                found[index][root] = known.union(marks)
            } else if found[index].count < Self.maximumRoots {
                found[index][root] = marks
            }
        }
    }

    /// The layout, and its roots; nil: no kind that is known.
    var result: (layout: any CaptureLayout.Type, roots: Set<String>)? {
        for (layout, found) in zip(Self.layouts, found) {
            let roots = found.filter { $0.value.isSuperset(of: layout.needed) }.keys
            if !roots.isEmpty { return (layout, Set(roots)) }
        }
        return nil
    }
}
