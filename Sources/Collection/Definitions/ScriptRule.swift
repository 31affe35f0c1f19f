/// Parameters are arguments, and never code: whoever copies a `--set` from somewhere must not be able to run more by it than the
/// definition says.
enum ScriptRule {
    private static let shells: Set<String> = [
        "sh", "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "lksh", "mksh", "oksh", "posh", "powershell",
        "pwsh",
        "rbash", "rksh", "tcsh", "yash", "zsh",
    ]
    /// Programs that run what an argument says, without a version behind their names.
    private static let interpreters: Set<String> = shells.union([
        "awk", "gawk", "mawk", "nawk", "lua", "luajit", "nodejs", "osascript", "perl", "php", "pypy", "python",
        "Rscript",
        "ruby", "sed", "gsed", "tclsh", "wish",
    ])
    /// Such programs whose names are words that may well be an argument (`kubectl get node`): only where programs stand.
    private static let wordLike: Set<String> = [
        "bc", "bun", "clojure", "dc", "deno", "ed", "elixir", "emacs", "erl", "ex", "expect", "gdb", "groovy", "guile",
        "iex", "irb", "jshell", "julia", "kotlin", "lldb", "m", "make", "gmake", "node", "nvim", "qjs", "racket",
        "sbcl",
        "scala", "sqlite", "swift", "vi", "view", "vim", "xonsh",
    ]
    /// Programs whose arguments are a program and its arguments.
    private static let wrappers: Set<String> = [
        "bun", "busybox", "bunx", "bwrap", "chroot", "chrt", "command", "deno", "doas", "dumb-init", "env", "exec",
        "firejail", "flock", "go", "gosu", "ionice", "ltrace", "nice", "nohup", "npm", "npx", "nsenter", "numactl",
        "pipx", "prlimit", "proot", "script", "setarch", "setpriv", "setsid", "sshpass", "stdbuf", "strace", "su-exec",
        "sudo", "systemd-run", "taskset", "time", "timeout", "tini", "toybox", "unbuffer", "unshare", "uv", "uvx",
        "xargs",
    ]
    /// Programs that hand their arguments to a shell.
    private static let remotes: Set<String> = [
        "eval", "mosh", "parallel", "remsh", "rsh", "runuser", "slogin", "ssh", "su", "watch",
    ]
    /// What stands behind these is a script, a program, or a file of such, whatever the program.
    private static let scriptOptions: Set<String> = [
        "-c", "-e", "-E", "-f", "-x", "-S", "-exec", "-execdir", "-ok", "-okdir", "--exec", "--execute", "--command",
        "--to-command", "--eval", "--expression", "--split-string", "--checkpoint-action", "--use-compress-program",
        "--rsh", "--rsh-command", "--init-file", "--rcfile",
    ]

    private static let words = "a parameter is never code or its place: "

    /// What is wrong with parameters of a command; nil when nothing is.
    ///
    /// Programs are looked for at every place, as `env`, `timeout` and `busybox` run what stands behind them.
    static func objection(to argv: [OptionItem]) -> String? {
        let texts = argv.map { item in if case .text(let text) = item { text } else { String?.none } }
        guard texts.contains(nil) else { return nil }
        // The word that a script calls $0.
        var ownName: Int?
        for index in texts.indices where index != ownName {
            guard let text = texts[index] else {
                if let before = index > 0 ? texts[index - 1] : nil, isScriptOption(before) {
                    return words + "what stands behind \(before) can be one; write it out"
                }
                continue
            }
            let rest = texts[(index + 1)...]
            guard rest.contains(nil) else { break }
            let isProgram = index == 0 || texts[0].map { wrappers.contains(fileName($0)) } == true
            if let objection = objection(to: text, isProgram: isProgram, rest) { return objection }
            if shells.contains(name(text)), rest.first??.hasPrefix("-") == true { ownName = index + 3 }
        }
        return nil
    }

    private static func objection(to text: String, isProgram: Bool, _ rest: ArraySlice<String?>) -> String? {
        let program = name(text)
        if isProgram, remotes.contains(program) {
            return words + "\(program) hands its arguments to a shell"
        }
        if isProgram, wrappers.contains(fileName(text)), !namesProgram(rest) {
            return words + "\(program) runs what its arguments name, which is a literal program first"
        }
        if interpreters.contains(program) || (isProgram && wordLike.contains(program)) {
            return objection(toArgumentsOf: program, rest)
        }
        return nil
    }

    /// Behind an interpreter there is its script first, as `-c TEXT` (`-e`, `-r` …) or as the name of a file, both literal.
    /// Parameters come after it, and not directly behind an option, which might be another one of those.
    private static func objection(toArgumentsOf program: String, _ rest: ArraySlice<String?>) -> String? {
        let words =
            words + "behind \(program) stands a literal script first, "
            + "as [sh, -c, \"…\", sh, {parameter: NAME}] with $1 for it in the script"
        guard let first = rest.first ?? nil else { return words }
        if first.hasPrefix("-") {
            guard let last = first.last, "ceErpn".contains(last), !first.hasPrefix("--"),
                let script = rest.dropFirst().first,
                let script, !script.hasPrefix("-")
            else { return words }
        }
        // Behind `-c TEXT` stands what the script calls $0, then its arguments: POSIX.1-2024, sh.
        if first.hasPrefix("-"), shells.contains(program), rest.dropFirst(2).first == .some(nil) {
            return "the word behind a script is its $0, and no argument: write sh before the parameter, "
                + "as [sh, -c, \"…\", sh, {parameter: NAME}]"
        }
        let isBehindOption = rest.indices.dropFirst().contains { index in
            rest[index] == nil && rest[index - 1].map { $0.hasPrefix("-") } == true
        }
        return isBehindOption ? words : nil
    }

    /// Whether a literal program stands before the first parameter: neither an option nor, perhaps, the value of one, nor an
    /// assignment (`env`), a number or a time (`timeout`).
    private static func namesProgram(_ rest: ArraySlice<String?>) -> Bool {
        var isValue = false
        for case let text? in rest.prefix(while: { $0 != nil }) {
            if text.hasPrefix("-") {
                isValue = text.utf8.count == 2
            } else if isValue {
                isValue = false
            } else if !text.contains("="), !isNumberOrTime(text),
                !["run", "eval", "exec", "x", "tool"].contains(text)
            {
                return true
            }
        }
        return false
    }

    private static func isNumberOrTime(_ text: String) -> Bool {
        text.utf8.first.map { $0 == 0x2E || $0 &- 0x30 < 10 } == true
            && text.utf8.allSatisfy { "0123456789.smhd".utf8.contains($0) }
    }

    /// Short options can stand together, the one that takes the script as the last: `-ne`.
    private static func isScriptOption(_ text: String) -> Bool {
        if scriptOptions.contains(text) || text.lowercased() == "eval" { return true }
        let letters = text.utf8.dropFirst()
        return text.hasPrefix("-") && (2...3).contains(letters.count)
            && letters.allSatisfy { ($0 | 0x20) &- 0x61 < 26 } && text.last.map { "ceE".contains($0) } == true
    }

    private static func fileName(_ program: String) -> String {
        String(program.split(separator: "/").last ?? "")
    }

    /// Without folders, and without a version: `/usr/bin/python3.11` is `python`.
    private static func name(_ program: String) -> String {
        let file = fileName(program)
        let end = file.lastIndex { !($0.isNumber || $0 == "." || $0 == "-") }
        return String(end.map { file[...$0] } ?? file[...])
    }
}
