internal import ArgumentParser
internal import Collection
internal import CollectorSteps

/// Which collectors run.
struct CollectorFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which collectors run and within what limits: incident (default), support, minimal, full, or one of --collectors.",
            valueName: "name"))
    var profile: String = ProfileDefinition.defaultName

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp(
            "Also this collector, or those that fit (redis, \"host-*\"). Repeatable.", valueName: "pattern"))
    var added: [String] = []

    @Option(
        name: .customLong("without"),
        help: ArgumentHelp(
            "Not this collector, nor those that fit; never what finds the pods. Repeatable.", valueName: "pattern"))
    var removed: [String] = []

    @Option(
        help: ArgumentHelp(
            "Folder with collectors of your own (NAME.yaml; profiles/NAME.yaml), which nobody else may be able to change. Repeatable.",
            valueName: "folder"))
    var collectors: [String] = []

    @OptionGroup var parameters: ParameterFlags
    @OptionGroup var plugins: PluginFlags

    /// - Parameter warn: is told what a person may not have meant.
    /// - Throws: `RenderingFailure` for a file or folder that is refused, or a name that is not there.
    func selection(_ warn: (String) -> Void) throws -> CollectorCatalog.Selection {
        var catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        for path in collectors { try Self.add(path, to: &catalog, warn) }
        let settings = try parameters.settings()
        do {
            return try catalog.selection(profile: profile, with: added, without: removed, set: settings)
        } catch {
            throw RenderingFailure(error.code == .notThere ? .noSuchCollector : .usage, "\(error)")
        }
    }

    private static func add(_ path: String, to catalog: inout CollectorCatalog, _ warn: (String) -> Void) throws {
        let folder: CollectorFolder
        do {
            folder = try CollectorFolder(reading: path)
        } catch {
            throw RenderingFailure(.usage, "--collectors \(path): \(error.message)")
        }
        guard !folder.definitions.isEmpty else {
            throw RenderingFailure(.usage, "--collectors \(path): no file there ends in .yaml")
        }
        do {
            try folder.add(to: &catalog, replaced: warn)
        } catch {
            throw RenderingFailure(badDefinition: error)
        }
    }
}

/// Values of collectors' parameters.
struct ParameterFlags: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Gives a parameter of a collector this value. It is recorded: no secrets. Repeatable.",
            valueName: "collector.name=value"))
    var values: [String] = []

    /// - Throws: `RenderingFailure` without what was given, which may be a secret after all.
    func settings() throws -> [ParameterSetting] {
        try values.map { text in
            guard let setting = ParameterSetting(text) else {
                throw RenderingFailure(.usage, "--set wants COLLECTOR.NAME=VALUE, as aws.region=eu-central-1")
            }
            return setting
        }
    }
}

/// Which plugins may run.
struct PluginFlags: ParsableArguments {
    @Option(
        name: .customLong("allow-plugin"),
        help: ArgumentHelp(
            "Lets this plugin of a collector run, if its file has this digest (sha256sum). Repeatable.",
            valueName: "name@sha256"), transform: Self.plugin)
    var allowed: [AllowedPlugin] = []

    @Sendable private static func plugin(_ text: String) throws -> AllowedPlugin {
        guard let plugin = AllowedPlugin(text) else {
            throw ValidationError("\(text) is no NAME@SHA256 with 64 lower-case hex digits, as sha256sum prints them.")
        }
        return plugin
    }

    var options: LocalCapture.Options {
        var options = LocalCapture.Options()
        options.plugins = allowed
        return options
    }
}
