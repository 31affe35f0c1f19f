import BundleFormat
@testable import Collection

/// Step kinds with every type of option, as the program's own are in a room that needs the network.
private let sampleKinds = StepKinds([
    StepKind(
        "exec", scopes: [.container], summary: "", source: .inContainer, runsInTarget: true,
        options: [
            StepOption("argv", .argv, required: true, summary: ""), StepOption("exits", .numbers(0...255), summary: ""),
        ], output: .named(folder: "services")),
    StepKind(
        "list", scopes: [.namespace, .cluster], summary: "", source: .api,
        options: [
            StepOption("resources", .texts, required: true, summary: ""), StepOption("previous", .flag, summary: ""),
        ], output: .fixed(["list"])),
    StepKind("sockets", scopes: [.host, .container], summary: "", source: .node, output: .fixed(["sockets"])),
])

extension FuzzTarget {
    static let collector = FuzzTarget("collector") {
        let container = """
            # Redis.
            apiVersion: exhibit/v1
            kind: Collector
            metadata:
              name: redis
              title: State of Redis
              references: ["https://redis.io/commands/info"]
            scope: container
            select: {image: [redis, "*/redis"], ports: [6379], labels: {app: redis}}
            volatility: 3
            steps:
              - exec: {argv: [sh, -c, "redis-cli INFO"], exits: [0, 1]}
                output: info.txt
                limits: {timeout: 1m30s, bytes: 4MiB}
              - exec: {argv: [redis-cli, --pass, secret, "|", $HOME]}
                output: clients.txt
              - sockets: {}

            """
        let cluster = """
            {apiVersion: exhibit/v1, kind: Collector, metadata: {name: a, title: "\\u001b[2J"}, scope: cluster,
             volatility: 0, steps: [{list: {resources: ["*"], previous: true}}, {"\\x1b[31m": {}}]}

            """
        return [
            ("container", Array(container.utf8)), ("cluster", Array(cluster.utf8)),
            ("deep", Array(String(repeating: "[", count: 2_000).utf8)),
        ]
    } run: { input in
        guard let text = String(validating: input, as: UTF8.self) else { return }
        let decoder = CollectorDefinitionDecoder(file: "collector.yaml", kinds: sampleKinds)
        // The words of a refusal repeat those of the file: commands escape them where they show them.
        guard let definition = try? decoder.decode(text) else { return }
        require(definition.source == text, "what goes into a bundle is the file")
        require((try? decoder.decode(text)) == definition, "a file means one thing")
        require((1...63).contains(definition.name.utf8.count), "a name is short")
        require((0...99).contains(definition.volatility), "a rank is from 0 to 99")
        require(definition.select == nil || definition.scope == .container, "select is for containers")
        require((1...100).contains(definition.steps.count), "there are 1 to 100 steps")
        let lines = 1 + text.count { $0.isNewline }
        for step in definition.steps {
            require(step.kind.scopes.contains(definition.scope), "a step is of a kind for the scope")
            require((step.output != nil) == step.kind.namesOutput, "a file is named where its kind wants it")
            require(step.limits.timeout > .zero && step.limits.bytes > 0, "limits let something through")
            require(step.line.map { (1...lines).contains($0) } == true, "a step is in the file")
            if step.kind.name == "exec" {
                require(step.texts("argv").first?.isEmpty == false, "a command has a program")
            }
        }
        for advice in DefinitionAdvice.advice(on: definition, volatileRank: 2) {
            requireFitLine(advice.message)
            require(advice.line.map { (1...lines).contains($0) } == true, "advice is about a line of the file")
        }
    }
}
