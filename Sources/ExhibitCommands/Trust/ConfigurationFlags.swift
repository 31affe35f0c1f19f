internal import ArgumentParser
internal import Glibc
internal import Settings

/// Which configuration file counts.
struct ConfigurationFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Configuration file; else $EXHIBIT_CONFIG, else exhibit/config.yaml in $XDG_CONFIG_HOME or ~/.config.",
            valueName: "file"))
    var config: String?

    @Flag(help: "Read no configuration file.")
    var noConfig = false

    func validate() throws {
        if config != nil, noConfig { throw ValidationError("--config and --no-config exclude each other.") }
    }

    /// What it says; nothing when there is none.
    func read() throws -> UserConfiguration {
        if noConfig { return UserConfiguration() }
        let home = Self.variable("HOME")
        if let named = config ?? Self.variable("EXHIBIT_CONFIG") {
            return try UserConfiguration(path: named, home: home)
        }
        guard let folder = Self.variable("XDG_CONFIG_HOME") ?? home.map({ "\($0)/.config" }) else {
            return UserConfiguration()
        }
        let path = "\(folder)/exhibit/config.yaml"
        guard access(path, F_OK) == 0 else { return UserConfiguration() }
        return try UserConfiguration(path: path, home: home)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
