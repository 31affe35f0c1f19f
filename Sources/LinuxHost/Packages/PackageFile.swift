/// A file of a package that is not as it came, or a program that is of no package.
package struct PackageFile: Hashable, Sendable {
    package enum State: String, Sendable {
        /// Its content is another.
        case changed
        case missing
        /// There is a link, folder or device in its place.
        case replaced
        case unreadable
        /// It was written to while it was read, or is too large to be read.
        case unread
        /// A program that no package has.
        case unowned
    }

    package var path: RawText
    package var state: State
    package var package: String?
    /// Whether it is a configuration file, which people are meant to change.
    package var isConfiguration = false
    package var expectedMD5: String?
    package var foundMD5: String?
    package var foundSHA256: String?
    package var status: FileStatus?
    package var reason: String?

    package init(_ path: RawText, _ state: State) {
        self.path = path
        self.state = state
    }
}

extension PackageFile: FieldRecord {
    package static let fieldNames =
        ["path", "state", "package", "configuration", "expected_md5", "md5", "sha256"] + FileStatus.fieldNames + [
            "reason"
        ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("state", .text(state.rawValue))
        writer.field("package", package.map { .text($0) })
        writer.field("configuration", .flag(isConfiguration))
        writer.field("expected_md5", expectedMD5.map { .text($0) })
        writer.field("md5", foundMD5.map { .text($0) })
        writer.field("sha256", foundSHA256.map { .text($0) })
        status?.write(to: &writer)
        writer.field("reason", reason.map { .text($0) })
    }
}
