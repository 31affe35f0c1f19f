internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Glibc
internal import Inspection

/// What a reading command was given: a bundle, or what another tool made.
enum OpenedCapture {
    case bundle(BundleReader)
    case foreign(ForeignCapture)

    /// Opens it; that nothing vouches for a foreign one is said on standard error.
    static func open(_ path: String, _ identities: [AgeIdentity]) async throws -> OpenedCapture {
        do {
            return .bundle(try await BundleReader(path: path, identities: identities))
        } catch let error as BundleError where error.isForeign {
            let foreign = try await ForeignCapture(path, insteadOf: error)
            RenderingFailure.note("\(path): \(foreign.warning)")
            return .foreign(foreign)
        }
    }

    /// - Parameter verified: by which the hashes of a bundle are not compared again; nil: they are.
    func capture(_ verified: VerifiedFiles?) async throws -> any Capture {
        switch self {
        case .bundle(let reader): try await BundleCapture(reader, verified: verified)
        case .foreign(let foreign): foreign
        }
    }

    /// When the capture began, in nanoseconds since 1970; nil where it does not say.
    var started: Int64? {
        switch self {
        case .bundle(let reader): reader.opening.started.wall
        case .foreign: nil
        }
    }

    /// A folder that another tool made, and that has nothing that only a bundle has: it would be taken for one that lost almost all.
    static func foreignFolder(_ path: String) async throws -> ForeignCapture? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            let foreign = try? await ForeignCapture(path: path)
        else { return nil }
        var isBundle = false
        try await foreign.files { file in
            let parts = file.path.split(separator: "/").prefix(3)
            isBundle =
                isBundle || parts.contains("meta") || parts.contains("sig")
                || parts.contains { ["bagit.txt", "seal.sha256", "manifest-sha256.txt"].contains($0) }
        }
        return isBundle ? nil : foreign
    }

    /// A bundle and nothing else, for what only a bundle allows.
    ///
    /// - Parameter purpose: what is to be done, as in "verified".
    static func bundle<Opened>(
        _ path: String, toBe purpose: String, _ body: () async throws -> Opened
    ) async throws -> Opened {
        do {
            return try await body()
        } catch let error as BundleError where error.isForeign {
            let foreign = try await ForeignCapture(path, insteadOf: error)
            throw RenderingFailure(
                .notABundle,
                "\(path): it is \(foreign.kind.words), which has no seal and no hashes: it cannot be \(purpose). "
                    + "exhibit ls and exhibit cat read it")
        }
    }
}

extension BundleError {
    /// Whether another tool may have made it.
    var isForeign: Bool { code == .notABundle || code == .noSuchEntry }
}

extension ForeignCapture {
    /// Opens what is no bundle. If it is nothing else that is known, the first error is the better one.
    fileprivate convenience init(_ path: String, insteadOf error: BundleError) async throws {
        do {
            try await self.init(path: path)
        } catch let other as BundleError where other.code == .notABundle || other.code == .readFailed {
            throw error
        }
    }
}
