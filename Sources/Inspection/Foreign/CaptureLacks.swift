/// What a foreign capture does not have, as far as its paths say.
struct CaptureLacks {
    let nouns: [String]

    init(_ files: [CapturedFile], _ layout: any CaptureLayout.Type, _ roots: Set<String>) {
        var hasLogs = false
        var hasEvents = false
        var hasNodes = false
        var hasVersion = false
        var nested = 0
        for file in files {
            let path = file.path.split(separator: "/")
            if Self.isArchive(file.path) { nested += 1 }
            guard let depth = ForeignCapture.depth(of: path, roots) else { continue }
            let below = path[depth...]
            if below.count == 1, below.first.map(String.init) == layout.version { hasVersion = true }
            switch layout.role(below) {
            case .log: hasLogs = true
            case .objects:
                let names = below.suffix(3).map { $0.prefix { $0 != "." } }
                hasEvents = hasEvents || names.contains("events")
                hasNodes = hasNodes || names.contains("nodes")
            case .other: break
            }
        }
        var nouns: [String] = []
        if let version = layout.version, !hasVersion { nouns.append("\(version), which says what made it") }
        if !hasLogs { nouns.append("logs of containers") }
        if !hasEvents { nouns.append("events") }
        if !hasNodes { nouns.append("nodes") }
        if nested > 0 {
            nouns.append(
                "what is in \(nested) \(nested == 1 ? "archive" : "archives") inside of it, which are not opened")
        }
        self.nouns = nouns + ["a ledger of what was asked for and not had", "a seal"]
    }

    private static func isArchive(_ path: String) -> Bool {
        [".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"].contains { path.hasSuffix($0) }
    }
}
