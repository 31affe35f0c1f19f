internal import Bundle
internal import BundleFormat
internal import Inspection

extension RenderingFailure {
    /// The bundle has no such entry; these are the most similar that it has.
    init(missing path: String, near: NearPaths) {
        let hint = near.paths.isEmpty ? "list what there is with exhibit ls" : "did you mean:"
        self.init(.entryNotFound, "the bundle has no entry \(path); \(hint)", suggestions: near.paths)
    }
}

extension BundleReader {
    /// The entry of this path; `data/` in front, or a slash, may be left out or there.
    func find(_ text: String) async throws -> (line: IndexLine?, near: NearPaths) {
        var path = text[...]
        while path.hasPrefix("/") { path = path.dropFirst() }
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        let wanted = String(path)
        var near = NearPaths(wanted)
        var exact: IndexLine?
        var inData: IndexLine?
        try await entries { line in
            let path = line.path.rawValue
            if path == wanted {
                exact = line
            } else if path.hasPrefix("data/"), path.dropFirst(5) == wanted {
                inData = line
            } else if exact == nil, inData == nil {
                near.add(path)
            }
        }
        return (exact ?? inData, near)
    }
}
