internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `processes` in a container: for each process its stat, status, command line, executable and open files, as the
/// container's own tools read them; then, by a command of its own, hashes of the executables and the names in each environment.
/// The values of environments do not leave the container: they hold secrets.
package struct ContainerProcessesStep: ContainerStepKind {
    static let kind = StepKind(
        "processes", scopes: [.container],
        summary:
            "Each process with its stat, status, command line, executable and open files, as the container's own tools read them from /proc. Then of each process the executable with its SHA-256, deleted ones too (64 different ones, 256 MiB each, eight seconds together), and the names in its environment: values hold secrets and do not leave the container. With --sample those that were there at first, and of each later second those that began and ended, with the time. From the host of the container its processes and their open files, without any tool in it.",
        source: .inContainer, runsInTarget: true,
        output: .fixed([
            "namespaces/<namespace>/pods/<pod>/<container>/processes/processes.txt",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/\(environmentNames)",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/\(executables)",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/samples.txt",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/processes.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/open-files.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/executables.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/processes/maps.jsonl",
        ]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// Prints a file, and one as a line, with nothing but the shell's own words.
    static let words = """
        show() { while line=; IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done < "$1"; }
        words() { while line=; IFS= read -r line || [ -n "$line" ]; do printf '%s ' "$line"; done < "$1"; }
        """

    /// A fixed script, run as it stands: nothing from the cluster goes into it. Without the tools it uses the shell's own words;
    /// links (executable, open files) cannot be read that way. A process's name has its line feeds in `stat`, where it is as it was
    /// given (`status` escapes it), as its command line has: both become one line.
    package static let script = """
        tools=yes
        for t in cat tr ls; do command -v $t >/dev/null 2>&1 || tools=; done
        \(words)
        for p in /proc/[0-9]*; do
          [ -r "$p/stat" ] || continue
          printf 'process %s\\nstat: ' "${p#/proc/}"
          if [ $tools ]; then
            tr '\\n' ' ' < "$p/stat"
            printf '\\ncmdline: '
            tr '\\000\\n' '  ' < "$p/cmdline"
            printf '\\nstatus:\\n'
            cat "$p/status"
            printf 'links:\\n'
            ls -ln "$p/exe" "$p/cwd" "$p/root"
            printf 'fd:\\n'
            ls -ln "$p/fd"
          else
            words "$p/stat"
            printf '\\ncmdline: '
            words "$p/cmdline"
            printf '\\nstatus:\\n'
            show "$p/status"
          fi
          printf '\\n'
        done 2>/dev/null
        """

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        ContainerStep(session: session, definition: definition, step: step)
            .plan(pod, container, path: ["processes", "processes.txt"]) {
                [
                    ExecRecipe(name: "sh", argv: ["sh", "-c", Self.script], acceptableExits: [0, 1, 2]),
                    ExecRecipe(name: "ps", argv: ["ps", "-eo", "pid,ppid,uid,args"]),
                    ExecRecipe(name: "ps", argv: ["ps"]),
                ]
            } + details(pod, container)
    }
}
