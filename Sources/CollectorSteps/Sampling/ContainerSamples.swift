internal import Collection

extension ContainerSocketsStep: SampledContainerStepKind {
    func plan(
        _ sampling: Sampling, _ pod: PodSummary, _ container: PodSummary.Container
    ) -> [PlannedAttempt] {
        ContainerSamples.plan(
            "sockets", ContainerStep(session: session, definition: definition, step: step), pod, container, sampling,
            each: Self.eachSample)
    }

    /// Each line of the table of unix sockets has `unix ` before it: a path may have a line feed in it, and so look like another
    /// table, or like a sample's first line.
    package static let eachSample = """
        if command -v cat >/dev/null; then cat \(pathless.joined(separator: " ")); else \(reading(pathless))
        fi
        if command -v sed >/dev/null; then LC_ALL=C sed 's/^/unix /' /proc/net/unix
        elif [ -r /proc/net/unix ]; then
          while line=; IFS= read -r line || [ -n "$line" ]; do printf 'unix %s\\n' "$line"; done < /proc/net/unix
        fi
        """

    private static let pathless = tables.filter { $0 != "/proc/net/unix" }
}

extension ContainerProcessesStep: SampledContainerStepKind {
    func plan(
        _ sampling: Sampling, _ pod: PodSummary, _ container: PodSummary.Container
    ) -> [PlannedAttempt] {
        ContainerSamples.plan(
            "processes", ContainerStep(session: session, definition: definition, step: step), pod, container, sampling,
            each: Self.eachSample)
    }

    /// Of each process that was not there before (by number and start) what the snapshot has of it, but links; of one that is gone
    /// number and start. Little is started for it, as there may be many. The start is the 22nd field of `stat`, the 20th behind the name, which may have blanks and parentheses in
    /// it: proc_pid_stat(5). No line of it is a process's own words from its beginning on: line feeds in names and command lines become
    /// blanks. Of a command line the first 64 KiB are told where there are `tr` and `head`, else all that the shell reads.
    package static let eachSample = """
        now=
        change=opened
        [ "$number" != 0 ] || change=present
        \(words)
        for p in /proc/[0-9]*; do
          n=${p#/proc/}
          case $n in *[!0-9]*) continue ;; esac
          stat=
          while line=; IFS= read -r line || [ -n "$line" ]; do stat="$stat$line "; done < "$p/stat"
          [ "$stat" ] || continue
          rest=${stat##*) }
          set -f
          set -- $rest
          set +f
          key="$n:${20}"
          now="$now $key"
          case "$seen " in *" $key "*) continue ;; esac
          printf 'process %s\\nchange: %s\\nstart: %s\\nstat: %s\\ncmdline: ' "$n" "$change" "${20}" "$stat"
          # Whether it may be long: it has a line feed, or more than that. NULs do not count.
          many=yes
          line=
          IFS= read -r line < "$p/cmdline" || [ ${#line} -gt 65536 ] || many=
          if [ -z "$many$line" ]; then :
          elif ! command -v tr >/dev/null; then words "$p/cmdline"
          elif [ $many ] && command -v head >/dev/null; then head -c 65536 "$p/cmdline" | tr '\\000\\n' '  '
          else tr '\\000\\n' '  ' < "$p/cmdline"
          fi
          printf '\\nstatus:\\n'
          show "$p/status"
          printf '\\n'
        done
        for key in $seen; do
          case "$now " in
            *" $key "*) ;;
            *) printf 'process %s\\nchange: closed\\nstart: %s\\n\\n' "${key%%:*}" "${key#*:}" ;;
          esac
        done
        seen=$now
        """
}

/// The samples of a step in a container: `…/<folder>/samples.txt`. One command takes them all, so that the container sees one
/// process and the API server one connection; it ends by itself, whatever becomes of whoever started it.
package enum ContainerSamples {
    /// Nothing where it is known beforehand that nothing comes: the line of the snapshot says why.
    ///
    /// - Parameter each: what is run for each sample, with the shell's own words or with tools that it looks for.
    static func plan(
        _ folder: String, _ step: ContainerStep, _ pod: PodSummary, _ container: PodSummary.Container,
        _ sampling: Sampling, each: String
    ) -> [PlannedAttempt] {
        var sampled = step
        sampled.definition.volatility = Sampling.volatility
        sampled.step.limits = sampling.limits(step.step.limits)
        let attempts = sampled.plan(pod, container, path: [folder, "samples.txt"]) {
            // Exit code 1: a table that this kernel does not have; 2: a process that ended while it was read.
            [ExecRecipe(name: "sh", argv: command(sampling, each: each), acceptableExits: [0, 1, 2])]
        }
        return attempts.filter { $0.known == nil }.map { attempt in
            var attempt = attempt
            attempt.step = "\(step.step.name) samples"
            attempt.label = "samples of \(attempt.label)"
            attempt.lane = .long
            return attempt
        }
    }

    /// The time of a sample is the kernel's, for which no tool is needed: seconds since the machine was started (proc_uptime(5)), and
    /// since 1970, by the whole second in which that was (`btime` of proc_stat(5)). `number` is that of the sample, and `seen` for what
    /// one leaves to the next.
    package static func command(_ sampling: Sampling, each: String) -> [String] {
        let script = """
            command -v sleep >/dev/null || { echo "no sleep here" >&2; exit 127; }
            number=0
            begin=
            seen=
            length=$1
            interval=$2
            boot=
            [ ! -r /proc/stat ] || while read -r word value rest; do
              [ "$word" != btime ] || { boot=$value; break; }
            done < /proc/stat
            case $boot in *[!0-9]*) boot= ;; esac
            while :; do
              up=0
              read -r up rest < /proc/uptime
              begin=${begin:-${up%%.*}}
              printf 'sample %s\\nuptime %s\\n' "$number" "$up"
              printf 'sampled %s\\n' "${boot:+$((boot + ${up%%.*})).${up##*.}}"
            \(each)
              number=$((number + 1))
              [ $((${up%%.*} - begin + interval)) -le "$length" ] && [ "$number" -le "$length" ] || break
              sleep "$interval"
            done 2>/dev/null
            """
        return [
            "sh", "-c", script, "sh", "\(sampling.length.components.seconds)",
            "\(max(1, sampling.interval.components.seconds))",
        ]
    }
}
