/// How an operator's shell is started so that it knows the capture, whatever its own start files say: a `~/.bashrc` that sets
/// KUBECONFIG would lead back to a living cluster.
struct ShellStart {
    var arguments: [String] = []
    var environment: [String: String] = [:]
    /// Start files, by their names in the run's folder.
    var files: [String: String] = [:]

    /// - Parameters:
    ///   - shell: its path, by whose name it is known.
    ///   - variables: that must stand after the start files.
    ///   - mark: before the prompt. Of letters, digits, blanks and `[]:._+-` only: shells expand prompts.
    init(_ shell: String, in folder: RunFolder, variables: [String: String], mark: String) {
        environment = variables
        let pairs = variables.sorted { $0.key < $1.key }
        let exports = pairs.map { "export \($0.key)=\(Self.quoted($0.value))\n" }.joined()
        switch shell.split(separator: "/").last.map(String.init) ?? shell {
        case "bash":
            files["bashrc"] = """
                [ -r ~/.bashrc ] && . ~/.bashrc
                \(exports)__exhibit_prompt() {
                    case $PS1 in *\(Self.quoted(mark))*) ;; *) PS1=\(Self.quoted(mark))$PS1 ;; esac
                }
                PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND
                }__exhibit_prompt"

                """
            arguments = ["--rcfile", folder.file("bashrc"), "-i"]
        case "zsh":
            let own = OperatorVariable.value("ZDOTDIR")
            let home = own.map { Self.quoted($0) } ?? "$HOME"
            let restored = own == nil ? "unset ZDOTDIR" : "ZDOTDIR=\(home)"
            // Their own may say where the others are.
            files[".zshenv"] = """
                \(restored)
                [[ -r \(home)/.zshenv ]] && source \(home)/.zshenv
                __exhibit_home=${ZDOTDIR:-$HOME}
                ZDOTDIR=\(Self.quoted(folder.path))

                """
            files[".zshrc"] = """
                if [[ $__exhibit_home == $HOME ]]; then \(restored); else ZDOTDIR=$__exhibit_home; fi
                [[ -r $__exhibit_home/.zshrc ]] && source $__exhibit_home/.zshrc
                \(exports)__exhibit_prompt() { [[ $PROMPT == *\(Self.quoted(mark))* ]] || PROMPT=\(Self.quoted(mark))$PROMPT }
                precmd_functions+=(__exhibit_prompt)

                """
            environment["ZDOTDIR"] = folder.path
            arguments = ["-i"]
        case "fish":
            let sets = pairs.map { "set -gx \($0.key) \(Self.fishQuoted($0.value))" }.joined(separator: "; ")
            arguments = [
                "-i", "-C",
                "\(sets); functions -c fish_prompt __exhibit_prompt; function fish_prompt; echo -n \(Self.fishQuoted(mark)); __exhibit_prompt; end",
            ]
        default:
            // POSIX shells read this file and nothing else.
            files["shrc"] = "\(exports)PS1=\(Self.quoted(mark + "$ "))\n"
            environment["ENV"] = folder.file("shrc")
            arguments = ["-i"]
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func fishQuoted(_ text: String) -> String {
        var result = "'"
        for character in text {
            if character == "'" || character == "\\" { result += "\\" }
            result.append(character)
        }
        return result + "'"
    }
}
