internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import Terminal

/// `exhibit collectors test`: runs one collector against a target, and shows what came.
struct CollectorsTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs one collector against a target, and shows how each step ended and how its output begins.",
        discussion: """
            exhibit collectors test nginx.yaml pod/web-0 -n prod
            exhibit collectors test nginx.yaml -n prod            in every pod that its select means
            exhibit collectors test redis pod/redis-0             one that is in the program
            exhibit collectors test host-disks.yaml               of this host, or on this machine, if that is its scope

            It runs for real, as collect would run it. What it brings is shown and not kept. Exit codes: 53 a step did not
            bring what it is for, or there was nothing that the collector is for.

            With --conformance the plugins of a collector are run three times each, and looked at for what a plugin must
            not do: bad, endless or no output, hanging, crashing, names that are no text. Exit codes: 53 it does.
            """)

    @Argument(help: ArgumentHelp("The definition, or the name of a collector in the program.", valueName: "file"))
    var collector: String

    @OptionGroup(title: "Target") var target: TargetFlags
    @OptionGroup(title: "Capture") var capture: CaptureFlags
    @OptionGroup(title: "Collectors") var parameters: ParameterFlags
    @OptionGroup(title: "Collectors") var plugins: PluginFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Flag(help: "Instead says which faults its plugins have (docs/collectors.md, Conformance).")
    var conformance = false

    @Option(help: ArgumentHelp("So many lines of each output are shown.", valueName: "number"))
    var lines: Int = 10

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        guard (0...100_000).contains(lines) else { throw ValidationError("--lines is from 0 to 100000.") }
    }

    func run() async throws {
        try await RenderingFailure.reporting("collectors test", format) {
            let (definition, catalog) = try resolved(chosen())
            if conformance { return try await conforms(definition) }
            let progress = LiveProgress("collectors test \(definition.name)")
            let drawing = Task { await progress.run() }
            defer { drawing.cancel() }
            var capture = capture
            capture.givenTouch = TouchQuestion(capture: capture, standing: try configuration.read()).given
            let trial = CollectorTrial(
                definition: definition, catalog: catalog, target: target, capture: capture, plugins: plugins,
                shownLines: lines)
            let result: CollectorTrial.Result
            do {
                result = try await trial.run(try specifications(definition), progress)
                progress.finish()
            } catch {
                progress.finish()
                throw error
            }
            var output = RenderingOutput()
            switch format {
            case .text: try output.lines(result.lines(output.style))
            case .json: try output.json(result.json)
            }
            try output.flush()
            return result.status
        }
    }

    private func conforms(_ definition: CollectorDefinition) async throws -> ExitStatus {
        let options = plugins.options
        let report = try await Interruption.during { try await ConformanceReport.make(definition, options) }
        var output = RenderingOutput()
        switch format {
        case .text: try output.lines(report.lines(output.style))
        case .json: try output.json(report.json)
        }
        try output.flush()
        return report.status
    }

    private func specifications(_ definition: CollectorDefinition) throws -> [TargetSpecification] {
        let isGiven = !target.targets.isEmpty || target.namespace != nil || target.selector != nil
        if definition.scope == .host, !isGiven { return [.host] }
        // It is run on this machine, whatever else there is.
        if definition.scope == .local, !isGiven { return [] }
        return try target.specifications()
    }

    /// With the values of its parameters.
    private func resolved(
        _ chosen: (definition: CollectorDefinition, catalog: CollectorCatalog)
    ) throws -> (CollectorDefinition, CollectorCatalog) {
        let settings = try parameters.settings()
        do {
            let catalog = try chosen.catalog.resolved(set: settings)
            return (catalog.collectors.first { $0.name == chosen.definition.name } ?? chosen.definition, catalog)
        } catch {
            throw RenderingFailure(error.code == .notThere ? .noSuchCollector : .usage, "\(error)")
        }
    }

    /// The collector, and what it needs to be run: beside it only what finds pods.
    private func chosen() throws -> (CollectorDefinition, CollectorCatalog) {
        let builtIn = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        var catalog = CollectorCatalog(builtIn.collectors.filter(\.findsPods))
        if let known = builtIn.collectors.first(where: { $0.name == collector }) {
            return (known, known.findsPods ? catalog : CollectorCatalog(catalog.collectors + [known]))
        }
        do {
            let file = try DefinitionFile(trusting: collector)
            try catalog.add(file: file.path, text: file.text, kinds: StepRegistry.kinds)
            let definition = try CollectorDefinitionDecoder(file: file.path, kinds: StepRegistry.kinds)
                .decode(file.text)
            return (definition, catalog)
        } catch {
            throw RenderingFailure(.badCollector, "\(error)")
        }
    }
}
