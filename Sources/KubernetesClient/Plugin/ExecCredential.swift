internal import StructuredText

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What a plugin is told, and what it answers: `ExecCredential` of `client.authentication.k8s.io`.
struct ExecCredential: Sendable {
    static let variable = "KUBERNETES_EXEC_INFO"

    struct Bad: Error {
        let reason: String
    }

    var token: String?
    /// PEM: the chain, and its key.
    var certificate: (chain: [UInt8], key: [UInt8])?
    /// Nil when it is good until the server refuses it.
    var expires: Date?

    /// The value of the plugin's environment variable.
    static func question(_ plugin: CredentialPlugin, _ access: ClusterAccess) throws(KubernetesError) -> String {
        var authority: [UInt8]?
        if plugin.providesClusterInfo, let material = access.certificateAuthority {
            authority = try TLSSettings.bytes(material, what: "certificate authority")
        }
        var json = JSONWriter()
        json.object {
            $0.member("apiVersion", plugin.version.rawValue)
            $0.member("kind", "ExecCredential")
            $0.key("spec")
            $0.object {
                if plugin.providesClusterInfo {
                    $0.key("cluster")
                    $0.object {
                        $0.member("server", access.server)
                        if let name = access.tlsServerName { $0.member("tls-server-name", name) }
                        if let proxy = access.proxy { $0.member("proxy-url", proxy.secretText) }
                        if access.insecureSkipTLSVerify { $0.member("insecure-skip-tls-verify", true) }
                        if let authority {
                            $0.member("certificate-authority-data", Data(authority).base64EncodedString())
                        }
                        // Null when there is none, as client-go has it.
                        $0.member("config", plugin.clusterConfiguration ?? .null)
                    }
                }
                $0.member("interactive", false)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// Reads an answer as strictly as client-go.
    init(_ bytes: [UInt8], version: CredentialPlugin.Version) throws(Bad) {
        let json: JSONValue
        do {
            json = try JSONValue(
                parsing: bytes.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed())
        } catch {
            throw Bad(reason: bytes.isEmpty ? "it printed nothing" : "what it printed is not JSON")
        }
        guard json["kind"]?.string == "ExecCredential" else {
            throw Bad(reason: "what it printed is of the kind \(Self.said(json["kind"])), not ExecCredential")
        }
        guard json["apiVersion"]?.string == version.rawValue else {
            throw Bad(
                reason: "the kubeconfig asks for the apiVersion \(version.rawValue), and it printed one of "
                    + Self.said(json["apiVersion"]))
        }
        guard let status = json["status"], status.object != nil else { throw Bad(reason: "it printed no status") }
        func text(_ name: String) throws(Bad) -> String? {
            guard let value = status[name], !value.isNull else { return nil }
            guard let text = value.string else { throw Bad(reason: "its status.\(name) is not text") }
            return text.isEmpty ? nil : text
        }
        token = try text("token")
        guard token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ?? true else {
            throw Bad(reason: "its status.token holds what no token can")
        }
        switch (try text("clientCertificateData"), try text("clientKeyData")) {
        case (let chain?, let key?): certificate = (Array(chain.utf8), Array(key.utf8))
        case (nil, nil):
            guard token != nil else {
                throw Bad(reason: "its status holds neither a token nor a certificate with its key")
            }
        default: throw Bad(reason: "its status holds a certificate or a key, and not both")
        }
        if let moment = try text("expirationTimestamp") {
            guard let date = Self.date(moment) else {
                throw Bad(
                    reason: "its status.expirationTimestamp is no time as in RFC 3339: \(moment.printable(limit: 60))")
            }
            expires = date
        }
    }

    /// Fractions of a second are left out.
    private static func date(_ text: String) -> Date? {
        guard let dot = text.firstIndex(of: ".") else { return try? Date(text, strategy: .iso8601) }
        let zone = text[dot...].dropFirst().drop { $0.isASCII && $0.isNumber }
        return try? Date("\(text[..<dot])\(zone)", strategy: .iso8601)
    }

    private static func said(_ value: JSONValue?) -> String {
        guard let text = value?.string, !text.isEmpty else { return "none" }
        return text.printable(limit: 100)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    }
}
