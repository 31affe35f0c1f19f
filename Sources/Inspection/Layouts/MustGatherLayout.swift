/// `oc adm must-gather`, which has a folder for each image, and `oc adm inspect`.
///
/// Source: github.com/openshift/oc, pkg/cli/admin/inspect (pod.go, namespace.go, resource.go, util.go).
enum MustGatherLayout: CaptureLayout {
    static let kind = CaptureKind.mustGather
    static let needed = LayoutMarks.first
    static let version: String? = "version"

    static func marks(_ path: [Substring]) -> (root: Int, marks: LayoutMarks)? {
        let name = path.last ?? ""
        guard name.hasSuffix(".yaml") || name.hasSuffix(".json") || name.hasSuffix(".log"),
            let root = path.prefix(LayoutRecognition.maximumDepth + 1).firstIndex(where: {
                $0 == "namespaces" || $0 == "cluster-scoped-resources"
            }), path.count >= root + 3
        else { return nil }
        return (root, .first)
    }

    static func role(_ path: ArraySlice<Substring>) -> FileRole {
        let path = Array(path)
        switch (path.first, path.count) {
        case ("cluster-scoped-resources", 3...4): return .objects(named: path.last)
        case ("namespaces", 3...): return namespaced(path)
        default: return .other
        }
    }

    private static func namespaced(_ path: [Substring]) -> FileRole {
        let namespace = path[1]
        if path.count == 3 { return path[2].without(".yaml") == namespace ? .objects(.yaml) : .other }
        guard path[2] == "pods" else { return path.count <= 5 ? .objects(named: path.last) : .other }
        if path.count == 5 { return .objects(named: path.last) }
        // pods/POD/CONTAINER/CONTAINER/logs/…
        guard path.count >= 8, path[6] == "logs" else { return .other }
        switch (path[7], path.count) {
        case ("current.log", 8), ("current.insecure.log", 8): return .log(namespace, path[3], path[5], .current)
        case ("previous.log", 8), ("previous.insecure.log", 8): return .log(namespace, path[3], path[5], .previous)
        case ("rotated", 9): return .log(namespace, path[3], path[5], .rotated)
        default: return .other
        }
    }
}
