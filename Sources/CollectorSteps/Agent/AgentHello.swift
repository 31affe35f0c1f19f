internal import StructuredText

/// Who an agent is, and where.
package struct AgentHello: Sendable, Hashable {
    /// What both sides speak.
    package static let protocolVersion = 2

    /// Version and SHA-256 of the agent's own file.
    package var version: String
    package var digest: String?
    /// Of the node: see `host/identity.json` for more.
    package var bootID: String
    /// Nanoseconds since 1970-01-01 UTC by the node's clock.
    package var wall: Int64
    /// The effective capabilities of the agent, in hexadecimal as procfs has them.
    package var capabilities: String

    var json: JSONObject {
        var object: JSONObject = [
            "protocol": JSONValue(Self.protocolVersion), "version": .string(version), "bootID": .string(bootID),
            "wall": JSONValue(wall), "capabilities": .string(capabilities),
        ]
        if let digest { object["sha256"] = .string(digest) }
        return object
    }

    package init(version: String, digest: String?, bootID: String, wall: Int64, capabilities: String) {
        self.version = version
        self.digest = digest
        self.bootID = bootID
        self.wall = wall
        self.capabilities = capabilities
    }

    package init(_ content: [UInt8]) throws(AgentProtocolError) {
        guard let json = try? JSONValue(parsing: content), let spoken = json["protocol"]?.int else {
            throw AgentProtocolError(reason: "does not say who it is")
        }
        guard spoken == Self.protocolVersion else {
            throw AgentProtocolError(
                reason: "speaks version \(spoken) of the protocol, and this program version \(Self.protocolVersion): "
                    + "use an image of the same version")
        }
        version = TextSafety.oneLine(json["version"]?.string ?? "")
        digest = json["sha256"]?.string.map { TextSafety.oneLine($0) }
        bootID = TextSafety.oneLine(json["bootID"]?.string ?? "")
        wall = Int64(json["wall"]?.int ?? 0)
        capabilities = TextSafety.oneLine(json["capabilities"]?.string ?? "")
    }
}
