internal import BundleFormat
internal import Collection

/// What is read of each process beside its state: hashes of executables, and names in environments.
extension ContainerProcessesStep {
    static let environmentNames = "environment-names.tsv"
    static let executables = "executables.tsv"

    /// A fixed script, run as it stands: nothing from the cluster goes into it.
    ///
    /// First a line for each variable of each process: number, name. Of `/proc/<pid>/environ`, where entries end with a NUL, only
    /// what stands before the first `=` of an entry goes on, and only where that looks like a name: a process can write there what
    /// it likes. A line feed in a value is none by then.
    ///
    /// Then a line for each process: number, SHA-256 of the executable, why there is none, size, inode, links, whether it was
    /// deleted, path. `/proc/<pid>/exe` leads to a deleted file, too, see proc(5). Each file is read once, whatever runs it.
    package static let detailScript = #"""
        LC_ALL=C
        export LC_ALL
        tab=$(printf '\t')
        line=$(printf '\n.')
        line=${line%.}
        now() { read -r up rest < /proc/uptime; up=${up%%.*}; }
        up=0
        now
        begin=$up
        has() { for t in "$@"; do command -v "$t" >/dev/null 2>&1 || return 1; done; }
        left=
        if has tr cut sed; then
          for p in /proc/[0-9]*; do
            n=${p#/proc/}
            case $n in *[!0-9]*) continue ;; esac
            tr '\n\000' '?\n' < "$p/environ" | cut -d = -f 1 -s |
              sed -n "/^[A-Za-z_][A-Za-z0-9_.%()-]\{0,127\}\$/s/^/$n$tab/p"
          done 2>/dev/null
        else left='no tr, cut or sed for environments'
        fi
        printf '\0executables.tsv\n'
        has ls readlink tr || { echo 'no ls, readlink or tr for executables' >&2; exit 3; }
        hash=
        if has sha256sum; then hash=yes; fi
        limit=
        if timeout 1 true >/dev/null 2>&1; then limit='timeout 5'; fi
        count=0
        known=$line
        for p in /proc/[0-9]*; do
          n=${p#/proc/}
          case $n in *[!0-9]*) continue ;; esac
          path=$(readlink "$p/exe") || {
            [ -n "$(tr -d '\000' < "$p/cmdline")" ] || continue
            printf '%s\t\tunreadable\t\t\t\tno\t\n' "$n"
            left='executables unreadable'
            continue
          }
          case $path in *["$tab$line"]*) path=$(printf %s "$path" | tr '\n\t' '??') ;; esac
          deleted=no
          case $path in *' (deleted)') deleted=yes ;; esac
          set -f
          set -- $(ls -ilnL "$p/exe")
          set +f
          inode=$1 links=$3 size=$6
          case $size in *[!0-9]*) size= ;; esac
          key="$1 $2 $3 $4 $5 $6 $7 $8 $9 $path"
          case $known in
            *"$line$key$tab"*)
              rest=${known#*"$line$key$tab"}
              rest=${rest%%"$line"*}
              sum=${rest%%"$tab"*}
              note=${rest#*"$tab"} ;;
            *)
              sum= note=
              now
              if [ -z "$size" ]; then note=unreadable
              elif [ -z "$hash" ]; then note='no sha256sum'
              elif [ "$size" -gt 268435456 ]; then note='too large'
              elif [ "$count" -ge 64 ]; then note='too many'
              elif [ $((up - begin)) -ge 8 ]; then note='too late'
              else
                count=$((count + 1))
                sum=$($limit sha256sum < "$p/exe")
                sum=${sum%% *}
                case $sum in *[!0-9a-f]*) sum= ;; esac
                [ ${#sum} = 64 ] || { sum= note=unreadable; }
              fi
              case $note in ?*) left="executables $note" ;; esac
              known="$known$key$tab$sum$tab$note$line" ;;
          esac
          printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$n" "$sum" "$note" "$size" "$inode" "$links" "$deleted" "$path"
        done 2>/dev/null
        [ -z "$left" ] || { printf 'not all of it: %s\n' "$left" >&2; exit 3; }
        exit 0
        """#

    /// After the first snapshots, as samples are: reading executables takes its time. Nothing where it is known beforehand that
    /// nothing comes: the line of the snapshot says why.
    func details(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        var step = ContainerStep(session: session, definition: definition, step: step)
        step.definition.volatility = max(definition.volatility, Sampling.volatility)
        let folder = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name, ["processes"])
        let memory = session.tools
        let place = ToolMemory.Container(pod: pod, container: container)
        let attempts = step.plan(pod, container) { exec, context in
            guard !memory.isMissing("sh", in: place) else {
                return .missing("NoTools", "sh: not in the container, as an earlier step found")
            }
            var files = ExecFiles(
                context: context, folder: folder, first: Self.environmentNames, others: [Self.executables])
            let end = try await exec.run(["sh", "-c", Self.detailScript], context) { try await files.write($0) }
            let hasContent = try await files.finish()
            switch end {
            case .noExecutable(_, let byRuntime):
                if byRuntime { memory.noteMissing("sh", in: place) }
                return .missing("NoTools", "sh: not in the container")
            case .exited(let code, let stderr):
                let told = TextSafety.firstLine(stderr).map { ": \($0)" } ?? ""
                guard hasContent else {
                    return .missing(
                        "NoTools",
                        "nothing in the container could read it: it takes tr, cut and sed, and ls and readlink\(told)")
                }
                return code == 0 ? .ok : .partial("ExitCode", "sh exited with \(code)\(told)")
            }
        }
        return attempts.filter { $0.known == nil }.map { attempt in
            var attempt = attempt
            attempt.step = "\(step.step.name) executables"
            attempt.label = "executables of \(attempt.label)"
            return attempt
        }
    }
}
