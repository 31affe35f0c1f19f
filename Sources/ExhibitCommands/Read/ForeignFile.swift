internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit cat` of a capture that another tool made.
struct ForeignFile {
    let capture: ForeignCapture
    let file: CapturedFile

    /// Finds a file by its path, in front of which folders may be left out as long as one file ends so.
    ///
    /// - Throws: `RenderingFailure` when there is none, when it is not had, or when there are several.
    init(_ text: String, in capture: ForeignCapture) async throws {
        var wanted = text[...]
        while wanted.hasPrefix("/") { wanted = wanted.dropFirst() }
        while wanted.hasPrefix("./") { wanted = wanted.dropFirst(2) }
        var near = NearPaths(String(wanted))
        var exact: CapturedFile?
        var ending: [CapturedFile] = []
        try await capture.files { file in
            if file.path == wanted {
                exact = file
            } else if file.path.hasSuffix("/" + wanted) {
                ending.append(file)
            } else {
                near.add(file.path)
            }
        }
        self.capture = capture
        if let found = exact ?? (ending.count == 1 ? ending[0] : nil) {
            file = found
            return
        }
        if ending.count > 1 {
            throw RenderingFailure(
                .entryNotFound, "\(ending.count) files end in /\(wanted); did you mean:",
                suggestions: ending.prefix(5).map { $0.path })
        }
        let problem = capture.problems.first { problem in
            problem.path.map { $0 == wanted || $0.hasSuffix("/" + wanted) } ?? false
        }
        if let problem { throw RenderingFailure(.entryNotFound, "\(wanted): \(problem.reason)") }
        throw RenderingFailure(missing: text, near: near)
    }

    /// Writes the content, escaped or as it is. What it is not said to be whole is said afterwards.
    func show(escaping: Bool, _ output: inout RenderingOutput) async throws {
        var filter = TerminalFilter()
        var safe: [UInt8] = []
        let problem = try await capture.content(of: file) { piece in
            guard escaping else { return try output.bytes(piece) }
            safe.removeAll(keepingCapacity: true)
            filter.append(piece, to: &safe)
            try output.bytes(safe)
        }
        safe.removeAll(keepingCapacity: true)
        filter.finish(to: &safe)
        try output.bytes(safe)
        try output.flush()
        try refuse(problem)
    }

    /// The content as a whole.
    ///
    /// - Throws: `RenderingFailure` when it has more than `limit` bytes, or is not whole.
    func bytes(limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let problem = try await capture.content(of: file) { piece in
            guard bytes.count + piece.count <= limit else {
                throw RenderingFailure(
                    .unexpected, "\(file.path) has more than \(limit) bytes, too many for JSON: leave out --output json"
                )
            }
            bytes += piece
        }
        try refuse(problem)
        return bytes
    }

    private func refuse(_ problem: String?) throws {
        guard let problem else { return }
        throw RenderingFailure(.incomplete, "\(file.path): this is not the whole file: \(problem)")
    }
}
