internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit ls` of a capture that another tool made.
struct ForeignListing {
    let capture: ForeignCapture
    let pattern: String?
    let long: Bool
    let format: OutputFormat

    func run() async throws -> ExitStatus {
        let wanted = pattern.map { PathPattern($0) }
        var near = NearPaths(pattern ?? "")
        var output = RenderingOutput()
        var count = 0
        try await capture.files { file in
            guard matches(file.path, wanted) else {
                near.add(file.path)
                return
            }
            count += 1
            switch format {
            case .json: try output.json(json(file))
            case .text where long: try output.line(text(file, output.style))
            case .text: try output.line(TerminalText.escaped(file.path))
            }
        }
        let problems = capture.problems.filter { $0.path.map { matches($0, wanted) } ?? true }
        if format == .json {
            for problem in problems {
                try output.json([
                    "path": problem.path.map { .string($0) } ?? .null, "problem": .string(problem.reason),
                ])
            }
        }
        try output.flush()
        if format == .text { say(problems) }
        if count == 0, problems.isEmpty, let pattern { throw RenderingFailure(missing: pattern, near: near) }
        return capture.end == nil ? .ok : .incomplete
    }

    /// The folder that all is in may be left out.
    private func matches(_ path: String, _ wanted: PathPattern?) -> Bool {
        guard let wanted else { return true }
        if wanted.matches(path) { return true }
        return path.firstIndex(of: "/").map { wanted.matches(String(path[path.index(after: $0)...])) } ?? false
    }

    private static let mostProblems = 5

    private func say(_ problems: [CaptureProblem]) {
        let most = long ? problems.count : Self.mostProblems
        for problem in problems.prefix(most) {
            RenderingFailure.note("not listed: \(problem.path.map { "\($0): " } ?? "")\(problem.reason)")
        }
        let rest = problems.count - most
        if rest > 0 { RenderingFailure.note("not listed: \(rest) more, see exhibit ls -l") }
        if capture.problemCount > capture.problems.count {
            RenderingFailure.note(
                "only the first \(capture.problems.count) of \(capture.problemCount) problems are kept")
        }
    }

    private func text(_ file: CapturedFile, _ style: TerminalStyle) -> String {
        DisplayWidth.padded(Quantity.bytes(file.size), to: 9, alignedRight: true) + "  "
            + style(.dim, DisplayWidth.padded(word(capture.role(of: file)), to: 7)) + "  "
            + TerminalText.escaped(file.path)
    }

    private func json(_ file: CapturedFile) -> JSONValue {
        let role = capture.role(of: file)
        var object: JSONObject = [
            "path": .string(file.path), "size": JSONValue(file.size), "holds": .string(word(role)),
        ]
        if case .log(let place) = role {
            object["namespace"] = .string(place.namespace)
            object["pod"] = .string(place.pod)
            if let container = place.container { object["container"] = .string(container) }
            object["stream"] = .string(place.stream.rawValue)
        }
        return .object(object)
    }

    private func word(_ role: FileRole) -> String {
        switch role {
        case .objects: "objects"
        case .log: "log"
        case .other: "-"
        }
    }
}
