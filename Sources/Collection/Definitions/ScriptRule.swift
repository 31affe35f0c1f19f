/// Parameters are arguments, and never code: whoever copies a `--set` from somewhere must not be able to run more by it than the
/// definition says.
enum ScriptRule {
    /// Programs that run what an argument says, without a version behind their names.
    private static let interpreters: Set<String> = shells.union([
        "awk", "gawk", "mawk", "nawk", "lua", "node", "nodejs", "perl", "php", "python", "pypy", "ruby", "tclsh",
    ])
    private static let shells: Set<String> = ["sh", "ash", "bash", "dash", "fish", "ksh", "mksh", "zsh", "pwsh"]

    /// What is wrong with parameters of a command; nil when nothing is.
    ///
    /// Behind an interpreter there is its script first, as `-c TEXT` (`-e`, `-r` …) or as the name of a file, both literal.
    /// Parameters come after it, and not directly behind an option, which might be another one of those. A shell is looked for
    /// behind other programs, too (`env`, `timeout`, `busybox`).
    static func objection(to argv: [OptionItem]) -> String? {
        let texts = argv.map { item in if case .text(let text) = item { text } else { String?.none } }
        guard texts.contains(nil),
            let start = texts.indices.first(where: { index in
                texts[index].map { (index == 0 ? interpreters : shells).contains(name($0)) } ?? false
            })
        else { return nil }
        let rest = texts[(start + 1)...]
        let words =
            "a parameter is never code or its place: behind \(name(texts[start] ?? "")) stands a literal script first, "
            + "as [sh, -c, \"…\", sh, {parameter: NAME}] with $1 for it in the script"
        guard let first = rest.first ?? nil else { return words }
        if first.hasPrefix("-") {
            guard let last = first.last, "ceErp".contains(last), !first.hasPrefix("--"),
                let script = rest.dropFirst().first,
                let script, !script.hasPrefix("-")
            else { return words }
        }
        // Behind `-c TEXT` stands what the script calls $0, then its arguments: POSIX.1-2024, sh.
        if first.hasPrefix("-"), shells.contains(name(texts[start] ?? "")), rest.dropFirst(2).first == .some(nil) {
            return "the word behind a script is its $0, and no argument: write sh before the parameter, "
                + "as [sh, -c, \"…\", sh, {parameter: NAME}]"
        }
        let isBehindOption = rest.indices.contains { index in
            texts[index] == nil && texts[index - 1].map { $0.hasPrefix("-") } == true
        }
        return isBehindOption ? words : nil
    }

    /// Without folders, and without a version: `/usr/bin/python3.11` is `python`.
    private static func name(_ program: String) -> String {
        let file = program.split(separator: "/").last ?? ""
        let end = file.lastIndex { !($0.isNumber || $0 == "." || $0 == "-") }
        return String(end.map { file[...$0] } ?? file)
    }
}
