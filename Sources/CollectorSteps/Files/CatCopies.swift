internal import BundleFormat
internal import Collection

/// Copies files by `cat`, one by one: those that are named, since without find nobody knows of others.
struct CatCopies {
    /// Each is a command.
    static let most = 16

    private struct TooLarge: Error {}

    struct Answers {
        var isThere = true
        var absent = 0
        /// Paths that did not come, or not whole, with what was said.
        var failures: [(path: String, words: String)] = []
        var larger: [String] = []
        var isDenied = false
        var beyond = 0
    }

    let paths: [String]
    let run: ([String], RecipeSearch.Output) async throws -> RecipeSearch.End
    let memory: ToolMemory
    let place: ToolMemory.Container

    func copy(_ request: FilesRequest, _ files: inout FileCopies) async throws -> Answers {
        var answers = Answers()
        answers.beyond = max(0, paths.count - Self.most)
        for path in paths.prefix(Self.most) {
            guard !memory.isMissing("cat", in: place) else {
                answers.isThere = false
                return answers
            }
            try await copy(path, request, &files, &answers)
        }
        return answers
    }

    private func copy(
        _ path: String, _ request: FilesRequest, _ files: inout FileCopies, _ answers: inout Answers
    ) async throws {
        var copies = files
        defer { files = copies }
        do {
            try copies.begin(path: path)
            let end = try await run(["cat", path]) { bytes in
                guard copies.count + UInt64(bytes.count) <= request.largest else { throw TooLarge() }
                try await copies.write(bytes)
            }
            switch end {
            case .exited(0, _): try await copies.end()
            case .exited(let code, let stderr):
                try await copies.close()
                let words = ToolWords(stderr)
                if words.isAbsent, copies.count == 0 { return answers.absent += 1 }
                if words.isDenied { answers.isDenied = true }
                answers.failures.append((path, "cat exited with \(code): \(words.first)"))
            case .noExecutable(let words, let byRuntime):
                try await copies.close()
                if byRuntime { memory.noteMissing("cat", in: place) }
                answers.isThere = false
                answers.failures.append((path, "cat: \(TextSafety.oneLine(words))"))
            }
        } catch is TooLarge {
            await copies.abandon()
            answers.larger.append(path)
        } catch is FileCopies.Full {
            answers.beyond += 1
        }
    }
}
