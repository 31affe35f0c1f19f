/// What is odd about a command of a definition. Nothing is refused for it: these are guesses, of the kind that a colleague
/// would make who reads it.
enum CommandAdvice {
    /// - Parameter argv: the program and its arguments; empty for none.
    static func advice(on argv: [String]) -> [String] {
        guard let first = argv.first else { return [] }
        let program = String(first.split(separator: "/").last ?? "")
        let arguments = Array(argv.dropFirst())
        let isShell = shells.contains(program)
        return [
            oneItem(first, arguments), isShell ? needlessShell(arguments) : noShell(program, arguments),
            endless(program, arguments), altering(program, arguments), secret(program, arguments),
        ].compactMap { $0 }
    }

    // MARK: Arguments and shells

    private static let shells: Set<String> = ["sh", "ash", "bash", "dash", "ksh", "zsh"]

    private static func oneItem(_ first: String, _ arguments: [String]) -> String? {
        guard arguments.isEmpty, first.contains(where: \.isWhitespace) else { return nil }
        return "argv has one item, which is a program's name with blanks in it; each argument is an item of its own: "
            + list(first)
    }

    private static func needlessShell(_ arguments: [String]) -> String? {
        guard let flag = arguments.firstIndex(where: { $0.hasPrefix("-") && $0.hasSuffix("c") }),
            flag + 1 < arguments.count
        else { return nil }
        let script = arguments[flag + 1]
        let isPlain = script.utf8.allSatisfy {
            $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || " -_./:,@+".utf8.contains($0)
        }
        let builtins: Set<String> = [
            "cd", "ulimit", "umask", "set", "type", "command", "exec", "trap", "jobs", "export",
        ]
        guard isPlain, let program = script.split(separator: " ").first, !builtins.contains(String(program)) else {
            return nil
        }
        return "this needs no shell: argv: \(list(script)), which works in containers without one, too"
    }

    private static let operators: Set<String> = [
        "|", "||", "&&", "&", ">", ">>", "<", "2>&1", "2>/dev/null", ">/dev/null",
    ]
    /// Programs to which such arguments mean something.
    private static let ownSyntax: Set<String> = ["expr", "test", "[", "awk", "gawk", "mawk", "perl", "jq"]

    private static func noShell(_ program: String, _ arguments: [String]) -> String? {
        guard !ownSyntax.contains(program) else { return nil }
        guard let odd = arguments.first(where: { operators.contains($0) || isVariable($0) || $0.contains("$(") }) else {
            return nil
        }
        return "no shell is put around a command, so \(program) gets \(short(odd)) as it stands; "
            + "if a shell is meant: [sh, -c, \"…\"]"
    }

    /// `$NAME` or `${NAME}`, and nothing else.
    private static func isVariable(_ argument: String) -> Bool {
        guard argument.hasPrefix("$") else { return false }
        let name = argument.dropFirst().drop { $0 == "{" }.prefix { $0 != "}" }
        return name.first.map { $0.isLetter || $0 == "_" } == true
            && name.allSatisfy { $0.isLetter && $0.isUppercase || $0.isNumber || $0 == "_" }
    }

    /// Whether the program is of one system, unlike the shells and tools that any container may have.
    static func isParticular(_ argv: [String]) -> Bool {
        guard let program = argv.first?.split(separator: "/").last.map(String.init) else { return false }
        return !shells.contains(program) && !common.contains(program)
    }

    private static let common: Set<String> = [
        "awk", "busybox", "cat", "date", "df", "du", "env", "find", "getent", "grep", "head", "hostname", "id", "ip",
        "ls",
        "lsof", "mount", "netstat", "printenv", "ps", "sed", "ss", "stat", "tail", "uname", "uptime", "whoami",
    ]

    // MARK: What it does

    private static func endless(_ program: String, _ arguments: [String]) -> String? {
        func has(_ flags: String..., letter: Character? = nil) -> Bool {
            arguments.contains { argument in
                flags.contains { argument == $0 || argument.hasPrefix($0 + "=") }
                    || letter.map { argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.contains($0) }
                        == true
            }
        }
        let never: Bool
        switch program {
        case "tail": never = has("--follow", "-F", letter: "f")
        case "journalctl": never = has("--follow", letter: "f")
        case "dmesg": never = has("--follow", "--follow-new", letter: "w")
        case "top": never = !has("--batch", letter: "b") || !has("--iterations", letter: "n")
        case "ping", "tcpdump": never = !has("--count", letter: "c")
        case "watch", "less", "more", "most", "vi", "vim", "nano", "htop", "yes": never = true
        default: never = false
        }
        return never ? "\(program) does not end by itself this way: each capture waits for the time limit" : nil
    }

    private static let changing: Set<String> = [
        "rm", "rmdir", "mv", "cp", "ln", "mkdir", "touch", "tee", "truncate", "chmod", "chown", "kill", "pkill",
        "killall", "reboot", "shutdown", "halt", "poweroff", "apt", "apt-get", "apk", "yum", "dnf", "pip", "npm",
        "mount", "umount",
    ]

    private static func altering(_ program: String, _ arguments: [String]) -> String? {
        let alters: Bool
        switch program {
        case "mount": alters = !arguments.isEmpty
        case "kill": alters = arguments.first != "-l" && arguments.first != "-0"
        default: alters = changing.contains(program)
        }
        return alters ? "\(program) changes the target: a collector reads evidence and leaves it as it is" : nil
    }

    // MARK: Secrets

    private static let secretNames = ["password", "passwd", "secret", "token"]

    private static func secret(_ program: String, _ arguments: [String]) -> String? {
        let isGiven = arguments.indices.contains { index in
            let argument = arguments[index].lowercased()
            let value = index + 1 < arguments.count ? arguments[index + 1] : ""
            let isFlag =
                secretNames.contains { argument == "--\($0)" }
                || program == "redis-cli" && (argument == "--pass" || arguments[index] == "-a")
            if isFlag { return !value.isEmpty && !value.hasPrefix("$") && !value.hasPrefix("-") }
            return secretNames.contains { name in
                guard let range = argument.firstRange(of: name + "=") else { return false }
                let rest = argument[range.upperBound...].drop { $0 == "\"" || $0 == "'" }
                return rest.first.map { $0 != "$" && !$0.isWhitespace } == true
            }
        }
        return isGiven
            ? "it looks as if a secret were in argv, which goes into every bundle (definition, custody log)" : nil
    }

    // MARK: Words

    /// A command line in one text as a list of its words.
    private static func list(_ words: String) -> String {
        "[\(short(words.split(whereSeparator: \.isWhitespace).joined(separator: ", ")))]"
    }

    private static func short(_ text: String) -> String {
        text.count > 80 ? "\(text.prefix(79))…" : text
    }
}
