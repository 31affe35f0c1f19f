internal import BundleFormat
package import Collection

/// A way to get something out of a container with what the container has.
package struct ExecRecipe: Sendable {
    /// A name for the ledger: which tool it was.
    package var name: String
    package var argv: [String]
    /// Exit codes with which the output still counts; others make the next recipe be tried when nothing came.
    package var acceptableExits: Set<Int>
    /// True when no output with exit code 0 says that there is nothing; false when it can only mean that it did not work.
    package var emptyIsAnswer: Bool

    package init(name: String, argv: [String], acceptableExits: Set<Int> = [0], emptyIsAnswer: Bool = false) {
        self.name = name
        self.argv = argv
        self.acceptableExits = acceptableExits
        self.emptyIsAnswer = emptyIsAnswer
    }
}

/// Tries recipes in their order until one brings something, and says what it means when none does.
package struct RecipeSearch: Sendable {
    /// How a command ended, as far as choosing the next one goes.
    package enum End: Sendable {
        case exited(code: Int, stderr: String)
        /// The executable was not found, or could not be run.
        ///
        /// - Parameter byRuntime: false when it was an exit code that said so, without words. A shell has such exit codes for what
        ///   *it* was to run: they do not say that there is no shell.
        case noExecutable(String, byRuntime: Bool)
    }

    package typealias Output = (ArraySlice<UInt8>) async throws -> Void

    let recipes: [ExecRecipe]
    let memory: ToolMemory
    let container: ToolMemory.Container

    package init(recipes: [ExecRecipe], memory: ToolMemory, container: ToolMemory.Container) {
        self.recipes = recipes
        self.memory = memory
        self.container = container
    }

    /// - Parameter path: of the entry that gets the output.
    /// - Parameter run: runs a command in the container.
    package func capture(
        _ path: [String], _ context: AttemptContext, run: ([String], Output) async throws -> End
    ) async throws -> Outcome {
        let entry = try await context.entry(path, media: .text)
        var failures: [String] = []
        for recipe in recipes {
            guard let executable = recipe.argv.first else { continue }
            if memory.isMissing(executable, in: container) {
                failures.append("\(recipe.name): not in the container, as an earlier step found")
                continue
            }
            switch try await run(recipe.argv, { try await entry.write($0) }) {
            case .noExecutable(_, let byRuntime):
                if byRuntime { memory.noteMissing(executable, in: container) }
                failures.append("\(recipe.name): not in the container")
            case .exited(let code, let stderr):
                let told = TextSafety.firstLine(stderr).map { ": \($0)" } ?? ""
                if context.bytes > 0 {
                    try await entry.finish()
                    return recipe.acceptableExits.contains(code)
                        ? .ok : .partial("ExitCode", "\(recipe.name) exited with \(code)\(told)")
                }
                if recipe.emptyIsAnswer, code == 0 {
                    await entry.abandon()
                    return .empty
                }
                if recipe.emptyIsAnswer, stderr.lowercased().contains("permission denied") {
                    await entry.abandon()
                    return .partial("ExitCode", "\(recipe.name) found nothing where it may look\(told)")
                }
                failures.append(
                    code == 0 ? "\(recipe.name) brought nothing" : "\(recipe.name) exited with \(code)\(told)")
            }
        }
        await entry.abandon()
        return .missing("NoTools", "nothing in the container could read it (\(failures.joined(separator: "; ")))")
    }
}
