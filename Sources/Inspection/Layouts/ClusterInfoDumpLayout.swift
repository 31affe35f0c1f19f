/// `kubectl cluster-info dump --output-directory`.
///
/// Source: github.com/kubernetes/kubectl, pkg/cmd/clusterinfo/clusterinfo_dump.go.
enum ClusterInfoDumpLayout: CaptureLayout {
    static let kind = CaptureKind.clusterInfoDump
    static let needed: LayoutMarks = [.first, .second]
    static let version: String? = nil

    static func marks(_ path: [Substring]) -> (root: Int, marks: LayoutMarks)? {
        switch path.last {
        case "nodes.json", "nodes.yaml": (path.count - 1, .first)
        case "pods.json" where path.count >= 2, "pods.yaml" where path.count >= 2: (path.count - 2, .second)
        default: nil
        }
    }

    static func role(_ path: ArraySlice<Substring>) -> FileRole {
        let path = Array(path)
        guard let name = path.last else { return .other }
        switch path.count {
        case 1: return name.hasPrefix("nodes.") ? .objects(named: name) : .other
        case 2:
            let resource = name.prefix { $0 != "." }
            return resources.contains(resource) ? .objects(named: name) : .other
        case 3: return name == "logs.txt" ? .log(path[0], path[1], nil, .current) : .other
        default: return .other
        }
    }

    private static let resources: Set<Substring> = [
        "events", "replication-controllers", "services", "daemonsets", "deployments", "replicasets", "pods",
    ]
}
