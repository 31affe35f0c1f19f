internal import ArgumentParser
internal import Collection
internal import Glibc

/// `exhibit agent wait`: keeps the agent's pod there, and ends it.
struct AgentWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Waits until the run that it is for is over.", shouldDisplay: false)

    @OptionGroup var end: AgentEnd

    @Option(help: "How long at most, from its own start on.", transform: AgentEnd.duration)
    var limit: Duration

    func run() throws {
        end.begin()
        alarm(UInt32(clamping: min(limit.components.seconds, end.left)))
        signal(SIGTERM) { _ in _exit(0) }
        while true { pause() }
    }
}

/// When a process of an agent ends, whatever it is doing.
struct AgentEnd: ParsableArguments {
    @Option(help: "When it ends by all means, in seconds since 1970-01-01 UTC.")
    var until: Int

    /// Nodes' clocks may be off by so much; longer than that nothing lives beyond its run.
    static let skew: Int64 = 600

    /// Seconds until then by this node's clock.
    var left: Int64 { max(1, Int64(until) - Int64(time(nil)) + Self.skew) }

    /// A pod that was made for a node that came back hours later has nothing to do there.
    func begin() {
        if Int64(time(nil)) > Int64(until) + Self.skew { _exit(0) }
        // The kernel ends the process then: it needs no thread that gets to run.
        signal(SIGALRM, SIG_DFL)
        alarm(UInt32(clamping: left))
    }

    @Sendable static func duration(_ text: String) throws -> Duration {
        guard let duration = RunBounds.duration(text) else {
            throw ValidationError("\(text) is not \(RunBounds.durationWords).")
        }
        return duration
    }
}
