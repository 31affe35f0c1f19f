import KubernetesClient
import StructuredText
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `users[].user.exec`, as far as the file goes.
@Suite struct PluginKubeconfigTests {
    static let v1 = "client.authentication.k8s.io/v1"

    private static func access(_ exec: String, cluster: String = "") throws -> ClusterAccess {
        let folder = PluginFolder()
        let path = folder.write(
            "kubeconfig",
            """
            current-context: c
            clusters: [{name: c, cluster: {server: 'https://h'\(cluster)}}]
            contexts: [{name: c, context: {cluster: c, user: u}}, {name: other, context: {cluster: c}}]
            users: [{name: u, user: {exec: \(exec)}}]
            """, mode: 0o600)
        let config = try Kubeconfig.load(explicitPath: path, environment: [:])
        // Whoever is not used does no harm.
        #expect(try config.access(context: "other").plugin == nil)
        return try config.access(context: nil)
    }

    private static func refusal(_ exec: String) -> KubernetesError? {
        do {
            _ = try access(exec)
            return nil
        } catch {
            return error as? KubernetesError
        }
    }

    @Test func everythingIsRead() throws {
        let plugin = try #require(
            try Self.access(
                """
                {command: aws, args: [eks, --region, 'us east', 1], env: [{name: AWS_PROFILE, value: prod}, {name: N, value: 1}], \
                apiVersion: client.authentication.k8s.io/v1beta1, installHint: "Get it from there", provideClusterInfo: true}
                """,
                cluster: """
                    , extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, \
                    extension: {audience: a, n: [1, 1.50, yes, true, ~, '2', 0x1]}}]
                    """
            ).plugin)
        #expect(plugin.command == "aws" && plugin.arguments == ["eks", "--region", "us east", "1"])
        #expect(plugin.environment == ["AWS_PROFILE": "prod", "N": "1"] && plugin.version == .v1beta1)
        #expect(plugin.installHint == "Get it from there" && plugin.providesClusterInfo)
        #expect(
            plugin.clusterConfiguration.map { String(decoding: $0.serialized(), as: UTF8.self) }
                == #"{"audience":"a","n":[1,1.50,"yes",true,null,"2","0x1"]}"#)
    }

    @Test func commandsWithASlashAreRelativeToTheKubeconfig() throws {
        func command(_ text: String) throws -> String? {
            try Self.access("{command: \(text), apiVersion: \(Self.v1), interactiveMode: Never}").plugin?.command
        }
        #expect(try command("plain") == "plain" && command("/opt/x") == "/opt/x")
        let relative = try #require(try command("./bin/x"))
        #expect(relative.hasPrefix("/tmp/plugin-test-") && relative.hasSuffix("/./bin/x"))
    }

    @Test(arguments: [
        ("{apiVersion: \(v1), interactiveMode: Never}", "without a command"),
        ("{command: x, interactiveMode: Never}", "without an apiVersion"),
        ("{command: x, apiVersion: \(v1)}", "no interactiveMode"),
        ("{command: x, apiVersion: \(v1), interactiveMode: Sometimes}", "Sometimes"),
        ("{command: x, apiVersion: \(v1), interactiveMode: Never, env: [{value: y}]}", "without a name"),
    ])
    func whatMakesNoSenseIsSaid(exec: String, word: String) {
        let error = Self.refusal(exec)
        #expect(error?.code == .badKubeconfig && error?.reason.contains(word) == true, "\(String(describing: error))")
        #expect(error?.advice.isEmpty == false)
    }

    @Test func whatIsNotSupportedIsSaid() {
        let old = Self.refusal("{command: x, apiVersion: client.authentication.k8s.io/v1alpha1}")
        #expect(old?.code == .unsupportedCredential && old?.reason.contains("v1alpha1") == true)
        let asking = Self.refusal("{command: x, apiVersion: \(Self.v1), interactiveMode: Always}")
        #expect(asking?.code == .unsupportedCredential && asking?.reason.contains("Always") == true)
    }
}

/// A folder for plugins, with what they leave there.
final class PluginFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/plugin-test-XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["kubeconfig", "plugin", "calls", "answer", "told"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// - Returns: its path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o700) -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { return file }
        fputs(text, stream)
        fclose(stream)
        chmod(file, mode)
        return file
    }

    func read(_ name: String) -> String {
        guard let stream = fopen("\(path)/\(name)", "r") else { return "" }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, stream)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// A plugin of a shell script that notes each of its runs.
    func plugin(_ script: String, version: CredentialPlugin.Version = .v1) -> CredentialPlugin {
        CredentialPlugin(
            version: version, command: write("plugin", "#!/bin/sh\necho run >> \(path)/calls\n\(script)\n"))
    }

    /// A plugin that prints what is in the file `answer` at that time.
    func answering(_ text: String) -> CredentialPlugin {
        answer(text)
        return plugin("cat \(path)/answer")
    }

    func answer(_ text: String) { write("answer", text) }

    var calls: Int { read("calls").split(separator: "\n").count }

    /// An answer with this status.
    static func credential(_ status: String, version: String = PluginKubeconfigTests.v1) -> String {
        #"{"kind":"ExecCredential","apiVersion":"\#(version)","status":{\#(status)}}"#
    }
}
