internal import StructuredText
internal import Yams

/// The keys of a configuration file, with their lines.
struct ConfigurationReader {
    private let file: String
    private let home: String?
    private var members: [String: Node] = [:]
    private var keys: [(name: String, line: Int?)] = []

    private static let mostItems = 100

    init(text: String, file: String, home: String?) throws(ConfigurationError) {
        self.file = file
        self.home = home
        guard !YAMLAliases.mayOccur(in: Array(text.utf8)) else {
            throw ConfigurationError(
                file: file, line: nil, reason: "it has YAML aliases (*name), which it may not have")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "it is not YAML: \(error)")
        }
        // Nothing, or comments only.
        guard let root, root.scalar?.string.isEmpty != true else { return }
        guard let mapping = root.mapping else {
            throw ConfigurationError(file: file, line: root.mark?.line, reason: "it must be lines of `key: value`")
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                throw ConfigurationError(file: file, line: key.mark?.line, reason: "a key must be text")
            }
            keys.append((name, key.mark?.line))
            guard members.updateValue(value, forKey: name) == nil else {
                throw ConfigurationError(file: file, line: key.mark?.line, reason: "\(name) stands twice")
            }
        }
    }

    func checkKeys(_ known: [String]) throws(ConfigurationError) {
        for (name, line) in keys where !known.contains(name) {
            let near = NameDistance.nearest(to: name, in: known)
            let advice = near.map { "did you mean \($0)?" } ?? "there are: \(known.joined(separator: ", "))"
            throw ConfigurationError(
                file: file, line: line, reason: "there is no key \(name.prefix(64))", advice: advice)
        }
    }

    func text(_ key: String) throws(ConfigurationError) -> String? {
        try members[key].map { node throws(ConfigurationError) in try text(node, key) }
    }

    /// A list of texts, or one.
    func texts(_ key: String) throws(ConfigurationError) -> [String] {
        guard let node = members[key] else { return [] }
        guard let list = node.sequence else { return [try text(node, key)] }
        guard list.count <= Self.mostItems else { throw error(key, "\(key) has more than \(Self.mostItems) items") }
        return try list.map { item throws(ConfigurationError) in try text(item, key) }
    }

    func path(_ key: String) throws(ConfigurationError) -> String? {
        try text(key).map { text throws(ConfigurationError) in try resolve(text, key) }
    }

    func paths(_ key: String) throws(ConfigurationError) -> [String] {
        try texts(key).map { text throws(ConfigurationError) in try resolve(text, key) }
    }

    func error(_ key: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: keys.first { $0.name == key }?.line, reason: reason)
    }

    private func text(_ node: Node, _ key: String) throws(ConfigurationError) -> String {
        guard let scalar = node.scalar, !scalar.string.utf8.contains(0) else {
            throw ConfigurationError(file: file, line: node.mark?.line, reason: "\(key) must be text")
        }
        return scalar.string
    }

    private func resolve(_ path: String, _ key: String) throws(ConfigurationError) -> String {
        guard !path.isEmpty else { throw error(key, "\(key) must name a file") }
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/") {
            guard let home else { throw error(key, "~ is not known: HOME is not set") }
            return home + path.dropFirst(1)
        }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if folder.isEmpty { return file.hasPrefix("/") ? "/\(path)" : path }
        return "\(folder)/\(path)"
    }
}
