internal import Cryptography

/// The path of an entry, relative to the bundle's folder: plain ASCII, normalised, within the limits of section 2.1.
///
/// A value of this type cannot lead out of the folder and needs no escaping anywhere, so it is safe to print and to
/// join.
public struct EntryPath: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// A path as it stands in an archive or index. Throws ``FormatError/Code/badPath``.
    public init(validating bytes: some Collection<UInt8>) throws(FormatError) {
        let text = String(decoding: bytes, as: UTF8.self)
        try self.init(text)
    }

    /// See ``init(validating:)``.
    public init(_ text: String) throws(FormatError) {
        var text = text
        if let problem = text.withUTF8({ PathGrammar.violation(in: $0) }) {
            throw FormatError(code: .badPath, doing: "reading a path", subject: Self.printable(text), reason: problem)
        }
        rawValue = text
    }

    /// The path for names as the cluster, container or host gave them (rules 1 to 4). Not yet unique: see
    /// ``EntryPathAllocator``.
    public init(sourceComponents: [[UInt8]]) {
        let components = sourceComponents.isEmpty ? [[]] : sourceComponents
        self.init(trusted: components.map(NameEscaping.component(for:)))
    }

    /// A path of components that are known to be right.
    init(trusted components: [[UInt8]]) {
        rawValue = Self.shortened(components)
    }

    /// A constant of the format.
    init(constant text: StaticString) {
        rawValue = text.description
    }

    /// A path whose parts are known to be right.
    init(trustedText text: String) {
        rawValue = text
    }

    /// The parts between the slashes.
    public var components: [Substring] {
        rawValue.split(separator: "/", omittingEmptySubsequences: false)
    }

    public var description: String { rawValue }

    /// Whether it is inside `folder` (given without a slash at the end).
    public func isInside(_ folder: String) -> Bool {
        let path = rawValue.utf8
        let folder = folder.utf8
        return path.count > folder.count + 1 && path.starts(with: folder)
            && path[path.index(path.startIndex, offsetBy: folder.count)] == UInt8(ascii: "/")
    }

    /// Rule 4.
    private static func shortened(_ components: [[UInt8]]) -> String {
        let whole = components.joined(separator: [0x2F])
        let path = Array(whole)
        guard path.count > FormatLimits.path, let last = components.last else {
            return String(decoding: path, as: UTF8.self)
        }
        var result: [UInt8] = []
        for component in components.dropLast() {
            let length = result.isEmpty ? component.count : result.count + 1 + component.count
            if length > 700 { break }
            if !result.isEmpty { result.append(0x2F) }
            result.append(contentsOf: component)
        }
        if !result.isEmpty { result.append(0x2F) }
        NameEscaping.appendMark(SHA256.digest(of: path), to: &result)
        result.append(0x2F)
        result.append(contentsOf: last)
        return String(decoding: result, as: UTF8.self)
    }

    /// Hostile text made fit for a message: printable ASCII, and `...` behind the first `limit` characters of longer ones.
    package static func printable(_ text: String, limit: Int = 200) -> String {
        let scalars = text.unicodeScalars
        let clean = scalars.prefix(limit).map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" }
        return String(clean) + (scalars.dropFirst(limit).isEmpty ? "" : "...")
    }
}
