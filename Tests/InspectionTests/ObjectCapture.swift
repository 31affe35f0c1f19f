import Collection
import Inspection

/// Small captures laid out as `oc adm inspect` does, and what is in them.
enum ObjectCapture {
    /// - Parameter rules: those of the program, if they are to be asked.
    static func database(
        _ files: [String: String], rules: @escaping @Sendable () throws -> [RecordedFindings] = { [] }
    ) async throws -> EvidenceDatabase {
        let folder = try TestFolder()
        for (path, text) in files { try folder.write(text, to: "case/" + path) }
        defer { withExtendedLifetime(folder) {} }
        return try await EvidenceDatabase(try await ForeignCapture(path: folder.file("case")), rules: rules)
    }

    static func pod(_ name: String, _ rest: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: prod, uid: \(name)-uid, labels: {app: web}}
        spec:
          containers:
          - {name: main, image: "nginx:1"}
        \(rest)
        """
    }
}
