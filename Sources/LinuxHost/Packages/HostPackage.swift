/// A package that the host's package manager knows, by its own database.
///
/// Source: dpkg(1), "dpkg status"; deb-control(5).
package struct HostPackage: Hashable, Sendable {
    /// A configuration file of it, and what it was as it came.
    package struct ConfigurationFile: Hashable, Sendable {
        package var path: RawText
        package var md5: String
        /// Whether the package no longer has it.
        package var isObsolete: Bool
    }

    package var name: String
    package var architecture: String
    package var version: String
    /// As `install ok installed`: what is wanted, whether something is wrong, and how it stands.
    package var status: String
    /// The source package; nil where it has the same name.
    package var source: String?
    package var installedKiB: UInt64?
    /// When its list of files was written: when it was installed or upgraded.
    package var installed: Timestamp?
    package var configurationFiles: [ConfigurationFile] = []
}

extension HostPackage: FieldRecord {
    package static let fieldNames = [
        "name", "architecture", "version", "status", "source", "installed_kib", "installed", "configuration_files",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .text(name))
        writer.field("architecture", .text(architecture))
        writer.field("version", .text(version))
        writer.field("status", .text(status))
        writer.field("source", source.map { .text($0) })
        writer.field("installed_kib", .optional(installedKiB))
        writer.field("installed", installed.map { .time($0) })
        writer.field("configuration_files", .number(configurationFiles.count))
    }
}
