internal import Collection

extension ContainerSocketsStep: SampledContainerStepKind {
    func plan(
        _ sampling: Sampling, _ pod: PodSummary, _ container: PodSummary.Container
    ) -> [PlannedAttempt] {
        ContainerSamples.plan(
            "sockets", ContainerStep(session: session, definition: definition, step: step), pod, container, sampling,
            each: Self.eachSample)
    }

    package static let eachSample = """
        if command -v cat >/dev/null; then cat \(tables.joined(separator: " ")); else \(builtins)
        fi
        """
}

extension ContainerProcessesStep: SampledContainerStepKind {
    func plan(
        _ sampling: Sampling, _ pod: PodSummary, _ container: PodSummary.Container
    ) -> [PlannedAttempt] {
        ContainerSamples.plan(
            "processes", ContainerStep(session: session, definition: definition, step: step), pod, container, sampling,
            each: Self.eachSample)
    }

    /// The numbers of all processes; of those that were not there before (by number and start) the `stat` and the command line.
    /// The start is the 22nd field, the 20th behind the name, which may have blanks and parentheses in it: proc_pid_stat(5).
    package static let eachSample = """
        now=
        for p in /proc/[0-9]*; do
          IFS= read -r stat < "$p/stat" || continue
          rest=${stat##*) }
          set -f
          set -- $rest
          set +f
          key="${p#/proc/}:${20}"
          now="$now $key"
          case "$seen " in *" $key "*) continue ;; esac
          printf 'process %s\\nstat: %s\\ncmdline: ' "${p#/proc/}" "$stat"
          tr '\\000\\n' '  ' < "$p/cmdline"
          printf '\\n'
        done
        seen=$now
        printf 'processes%s\\n' "$now"
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

    /// The time of a sample is the kernel's: seconds since the machine was started (proc_uptime(5)), for which no tool is needed.
    /// `seen` is for what a sample leaves to the next one.
    package static func command(_ sampling: Sampling, each: String) -> [String] {
        let script = """
            command -v sleep >/dev/null || { echo "no sleep here" >&2; exit 127; }
            number=0
            begin=
            seen=
            length=$1
            interval=$2
            while :; do
              up=0
              read -r up rest < /proc/uptime
              begin=${begin:-${up%%.*}}
              printf 'sample %s uptime %s\\n' "$number" "$up"
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
