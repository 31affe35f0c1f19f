internal import Cryptography
internal import Inspection

/// What a command that asks was given, as tables.
enum OpenedDatabase {
    static func open(_ path: String, _ identities: [AgeIdentity]) async throws -> EvidenceDatabase {
        let capture: any Capture =
            switch try await OpenedCapture.open(path, identities) {
            case .bundle(let reader): BundleCapture(reader)
            case .foreign(let foreign): foreign
            }
        return try await EvidenceDatabase(capture)
    }
}
