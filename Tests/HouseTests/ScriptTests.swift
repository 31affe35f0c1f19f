import Testing

/// What people run.
struct ScriptTests {
    /// Programs in these folders: files beside the folders that hold their parts.
    private func scripts(in folders: [String]) throws -> [String] {
        try folders.flatMap { folder in
            try Checkout.names(in: folder).map { folder + "/" + $0 }
                .filter { !Checkout.isFolder($0) && !$0.hasSuffix(".md") && !$0.hasSuffix(".swift") }
        }
    }

    @Test
    func scriptsCanBeRunAndStopAtTheFirstError() throws {
        let paths = try scripts(in: ["Scripts", "Benchmarks"]) + [".ci/run"]
        #expect(paths.count > 1)
        for path in paths {
            #expect(Checkout.isExecutable(path), "\(path) is not executable")
            let lines = try Checkout.text(path).split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.first?.hasPrefix("#!") == true else {
                Issue.record("\(path) has no #! line")
                continue
            }
            guard lines.first?.hasSuffix("bash") == true else { continue }
            #expect(
                lines.contains { $0.hasPrefix("set -") && $0.contains("euo pipefail") || $0 == "set -Eeuo pipefail" },
                "\(path) has no `set -euo pipefail`")
            #expect(
                !lines.contains { $0.hasPrefix("eval ") || $0.contains(" eval ") },
                "\(path) makes a command of data (eval)")
        }
    }

    @Test(.enabled(if: Checkout.exists("README.md"), "there is no README.md yet"))
    func theREADMENamesEveryScript() throws {
        let readme = try Checkout.text("README.md")
        for path in try scripts(in: ["Scripts"]) {
            #expect(readme.contains(path), "README.md does not name \(path)")
        }
    }
}

/// Scripts that run in containers, under whatever shell is there.
struct ContainerScriptTests {
    /// bash leaves the variable as it was when reading fails, as that of a file in /proc does whose process has gone: the loop would
    /// never end.
    @Test
    func aLoopOverLinesEndsWhenReadingFails() throws {
        var loops = 0
        for folder in ["Sources/CollectorSteps", "collectors"] {
            for path in try Checkout.files(below: folder) where path.hasSuffix(".swift") || path.hasSuffix(".yaml") {
                for line in try Checkout.text(path).split(separator: "\n")
                where line.contains("while") && line.contains("read -r line ||") {
                    loops += 1
                    #expect(line.contains("line=; IFS= read -r line ||"), "\(path): \(line)")
                }
            }
        }
        #expect(loops >= 5)
    }
}
