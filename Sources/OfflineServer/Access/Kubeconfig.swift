internal import Cryptography
internal import StructuredText

/// The kubeconfig of a run: a context for each capture that is served.
public struct Kubeconfig: Sendable {
    /// A capture that is served.
    public struct Context: Sendable {
        /// Of ``name(of:besides:)``.
        public let name: String
        /// An address in numbers, or a name; without brackets.
        public let host: String
        /// That is listened on: never 0.
        public let port: Int
        /// In PEM.
        public let authority: [UInt8]
        /// Where commands look that name none; nil for `default`.
        public let namespace: String?

        public init(name: String, host: String, port: Int, authority: [UInt8], namespace: String?) {
            self.name = name
            self.host = host
            self.port = port
            self.authority = authority
            self.namespace = namespace
        }

        /// The URL.
        public var server: String { "https://\(ListenAddress.text(host, port))" }
    }

    /// The first is the current one.
    public let contexts: [Context]
    private let token: RunToken

    /// - Parameter contexts: the first is the one that is used unless another is named.
    public init(_ contexts: [Context], token: RunToken) {
        self.contexts = contexts
        self.token = token
    }

    /// In YAML. Texts are quoted as in JSON, which is YAML, too.
    public var text: String {
        func quoted(_ text: String) -> String { String(decoding: JSONValue.string(text).serialized(), as: UTF8.self) }
        var lines = ["apiVersion: v1", "kind: Config", "preferences: {}"]
        if let first = contexts.first { lines.append("current-context: \(quoted(first.name))") }
        lines.append("clusters:")
        for context in contexts {
            lines += [
                "- name: \(quoted(context.name))", "  cluster:", "    server: \(quoted(context.server))",
                "    certificate-authority-data: \(String(decoding: Base64.encode(context.authority), as: UTF8.self))",
            ]
        }
        lines += ["users:", "- name: \"exhibit\"", "  user:", "    token: \(quoted(token.text))", "contexts:"]
        for context in contexts {
            lines += [
                "- name: \(quoted(context.name))", "  context:", "    cluster: \(quoted(context.name))",
                "    user: \"exhibit\"",
            ]
            if let namespace = context.namespace { lines.append("    namespace: \(quoted(namespace))") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A name for a capture's context: its file's, without endings that say what kind of file it is, and of letters, digits, `.`, `_`
    /// and `-` only. Shells expand what is in prompts, so nothing else may be in it.
    ///
    /// - Parameter names: that others have.
    public static func name(of path: String, besides names: [String]) -> String {
        var name = path.split(separator: "/").last(where: { $0 != "." && $0 != ".." }).map(String.init) ?? ""
        for endings in [[".age"], [".zst", ".gz", ".xz", ".tgz", ".zip"], [".tar"]] {
            for ending in endings where name.lowercased().hasSuffix(ending) {
                name = String(name.dropLast(ending.count))
                break
            }
        }
        let safe = name.utf8.prefix(60).map { byte -> UInt8 in
            let isSafe =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F].contains(byte)
            return isSafe ? byte : 0x2D
        }
        let plain = String(decoding: safe.drop { $0 == 0x2D || $0 == 0x2E }, as: UTF8.self)
        let base = plain.isEmpty ? "capture" : plain
        var result = base
        var number = 1
        while names.contains(result) {
            number += 1
            result = "\(base)-\(number)"
        }
        return result
    }
}
