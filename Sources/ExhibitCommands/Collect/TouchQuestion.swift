internal import Collection
internal import CollectorSteps
internal import Settings
internal import Terminal

/// How much a capture may touch its target: what the command line says, else the configuration; else who starts it by hand is asked,
/// once, where it makes a difference.
struct TouchQuestion {
    /// More time nobody gets: the evidence goes meanwhile.
    private static let patience = Duration.seconds(10)
    /// Of the deadline, no more than its tenth part.
    private static let share = 10

    let capture: CaptureFlags
    let standing: UserConfiguration

    /// Without asking: nil when neither the command line nor the configuration says.
    var given: CaptureFlags.Touch? {
        capture.givenTouch ?? standing.touch.flatMap { CaptureFlags.Touch(rawValue: $0) }
    }

    /// The flags with an answer in them.
    ///
    /// - Parameter say: is told what was taken for an answer when none was given.
    func answered(
        _ specifications: [TargetSpecification], _ catalog: CollectorCatalog, _ say: (String) -> Void
    ) -> CaptureFlags {
        var flags = capture
        flags.givenTouch = given
        guard flags.givenTouch == nil, specifications.contains(where: \.needsCluster), Self.touches(catalog),
            TerminalQuestion.isPossible
        else { return flags }
        let limit = min(Self.patience, capture.deadline / Self.share)
        guard limit >= .seconds(1) else { return flags }
        switch TerminalQuestion.ask(Self.question(limit), within: limit) {
        case .yes: flags.givenTouch = .exec
        case .no: flags.givenTouch = CaptureFlags.Touch.none
        case .none: say("no answer: commands are run in containers, as with --touch exec")
        }
        return flags
    }

    private static func question(_ limit: Duration) -> String {
        """
        May commands be run in the target's containers? They bring sockets, processes and changed files,
        and show an attacker that somebody looks. [Y/n] (yes in \(limit.components.seconds) s; --touch exec or none asks nothing)\u{20}
        """
    }

    /// Whether anything that is to run is noticed in a container.
    private static func touches(_ catalog: CollectorCatalog) -> Bool {
        catalog.collectors(of: [.container, .pod]).contains { definition in
            definition.steps.contains { $0.kind.runsInTarget || $0.kind.asksTarget }
        }
    }
}
