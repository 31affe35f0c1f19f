/// A support bundle of support-bundle-kit, which Harvester, Longhorn and Rancher use.
///
/// Source: github.com/rancher/support-bundle-kit, pkg/manager/cluster.go and pkg/manager/collectors.
enum RancherLayout: CaptureLayout {
    static let kind = CaptureKind.rancher
    static let needed: LayoutMarks = [.first, .second]
    static let version: String? = "metadata.yaml"

    static func marks(_ path: [Substring]) -> (root: Int, marks: LayoutMarks)? {
        if path.last == "metadata.yaml" { return (path.count - 1, .first) }
        guard let root = path.prefix(LayoutRecognition.maximumDepth + 1).firstIndex(of: "yamls"), path.count > root + 2,
            path[root + 1] == "cluster" || path[root + 1] == "namespaced"
        else { return nil }
        return (root, .second)
    }

    static func role(_ path: ArraySlice<Substring>) -> FileRole {
        let path = Array(path)
        switch (path.first, path.count) {
        case ("yamls", 3...): return .objects(named: path.last)
        case ("logs", 4):
            if let container = path[3].without(".log") { return .log(path[1], path[2], container, .current) }
            if let container = path[3].without(".log.1") { return .log(path[1], path[2], container, .previous) }
            return .other
        default: return .other
        }
    }
}
