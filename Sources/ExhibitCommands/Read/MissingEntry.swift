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
    ///
    /// - Throws: ``RenderingFailure`` when there is none; what it may have meant is looked for only then.
    func find(_ text: String) async throws -> IndexLine {
        var path = text[...]
        while path.hasPrefix("/") { path = path.dropFirst() }
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        let wanted = String(path)
        for path in [wanted, "data/\(wanted)"] {
            if let path = try? EntryPath(path), let line = try await entry(path) { return line }
        }
        throw RenderingFailure(missing: text, near: try await near(wanted))
    }

    /// Which entries somebody may have meant.
    func near(_ wanted: String) async throws -> NearPaths {
        var near = NearPaths(wanted)
        try await entries { near.add($0.path.rawValue) }
        return near
    }
}
