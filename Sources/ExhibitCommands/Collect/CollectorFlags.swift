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

    @OptionGroup var plugins: PluginFlags

    /// - Parameter warn: is told what a person may not have meant.
    /// - Throws: `RenderingFailure` for a file or folder that is refused, or a name that is not there.
    func selection(_ warn: (String) -> Void) throws -> CollectorCatalog.Selection {
        var catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        for path in collectors { try Self.add(path, to: &catalog, warn) }
        do {
            return try catalog.selection(profile: profile, with: added, without: removed)
        } catch {
            throw RenderingFailure(error.code == .needed ? .usage : .noSuchCollector, "\(error)")
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
