internal import ArgumentParser
internal import CollectorSteps
internal import Settings

/// How agents are run on nodes, with `--touch agent`.
struct AgentFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Image of the agent, with its digest: REGISTRY/exhibit@sha256:DIGEST. Else what the configuration says.",
            valueName: "image"))
    var agentImage: String?

    @Option(
        help: ArgumentHelp(
            "Namespace of the agents' pods, made when it is not there (exhibit-agents).", valueName: "namespace"))
    var agentNamespace: String?

    @Option(
        help: ArgumentHelp(
            "A taint that agents tolerate, as KEY[=VALUE][:EFFECT]. Repeatable; without it they tolerate all.",
            valueName: "taint"), transform: Self.toleration)
    var agentToleration: [AgentPolicy.Toleration] = []

    @Option(help: ArgumentHelp("How much processor each agent may take (1); it asks for 50m.", valueName: "quantity"))
    var agentCPU: String?

    @Option(help: ArgumentHelp("How much memory each agent may take (256Mi); it asks for 64Mi.", valueName: "quantity"))
    var agentMemory: String?

    @Option(
        help: ArgumentHelp(
            "A secret in the agents' namespace that the image is pulled with. Repeatable.", valueName: "name"))
    var agentPullSecret: [String] = []

    /// Nil when none is to be run.
    ///
    /// - Throws: a usage error where no image is named.
    func policy(
        _ standing: UserConfiguration, for targets: [TargetSpecification], touch: CaptureFlags.Touch
    ) throws -> AgentPolicy? {
        guard touch == .agent, targets.contains(where: \.needsCluster) else { return nil }
        guard let image = agentImage ?? standing.agentImage else {
            throw RenderingFailure(
                .usage,
                "--touch agent needs an image to run on the nodes: give --agent-image REGISTRY/exhibit@sha256:DIGEST, or "
                    + "agent-image in the configuration; Scripts/image makes one")
        }
        guard AgentPolicy.hasDigest(image) else {
            throw RenderingFailure(
                .usage,
                "\(image) does not name an image by its digest (…@sha256: and 64 digits): with a tag, whoever can push it "
                    + "decides what runs on the nodes")
        }
        var policy = AgentPolicy(image: image)
        if let namespace = agentNamespace ?? standing.agentNamespace { policy.namespace = namespace }
        if !agentToleration.isEmpty { policy.tolerations = agentToleration }
        if let agentCPU { policy.cpu = agentCPU }
        if let agentMemory { policy.memory = agentMemory }
        policy.pullSecrets = agentPullSecret
        return policy
    }

    @Sendable static func toleration(_ text: String) throws -> AgentPolicy.Toleration {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let effect = parts.count > 1 ? parts[1] : nil
        guard !pair[0].isEmpty, effect.map({ ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains($0) }) ?? true
        else {
            throw ValidationError("\(text) is no taint. Write KEY, KEY=VALUE or KEY=VALUE:NoSchedule.")
        }
        return AgentPolicy.Toleration(key: pair[0], value: pair.count > 1 ? pair[1] : nil, effect: effect)
    }
}
