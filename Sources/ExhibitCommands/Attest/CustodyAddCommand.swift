internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Glibc

/// `exhibit custody add`: the bundle, or what it is stored on, changed hands or place.
struct CustodyAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Records what happened to a bundle: handed over, copied, stored.",
        discussion: """
            exhibit custody add case.tar.zst --action "handed over" --from Ann --to Bob --place "room 12" --key FILE
            exhibit custody add case.tar.zst.age --seal SEALID --action copied --to "evidence store"

            The bundle is not verified; the record has the SHA-256 of its file as it is now. All of it is plain text beside the
            bundle, and a claim; with a key the record is signed, and thereby all records before it. Where the bundle cannot
            be read (it is encrypted) the Seal ID comes from the records that are there, or from --seal. Exit codes: 16 the
            records there do not hold, 44 somebody else is adding to them, 45 the key cannot be used, 47 recorded, but no
            time stamp could be had.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @Option(help: ArgumentHelp("What was done: \"handed over\", copied, \"sealed in bag 17\".", valueName: "text"))
    var action: String

    @Option(help: ArgumentHelp("From whom.", valueName: "name"))
    var from: String?

    @Option(help: ArgumentHelp("To whom.", valueName: "name"))
    var to: String?

    @Option(help: ArgumentHelp("Where.", valueName: "text"))
    var place: String?

    @Option(help: ArgumentHelp("What else there is to say.", valueName: "text"))
    var text: String?

    @Option(
        help: ArgumentHelp(
            "The Seal ID of a bundle that cannot be read here; of one that can, what it must be.", valueName: "sealid"))
    var seal: String?

    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup var attesting: AttestFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        if action.isEmpty { throw ValidationError("--action says what was done.") }
        if let seal, SealID(seal) == nil { throw ValidationError("--seal wants the 64 hex digits of a Seal ID.") }
    }

    func run() async throws {
        try await RenderingFailure.reporting("custody add", format) {
            let standing = try configuration.read()
            let signers = try signing.signers(standing)
            let taker = try signing.timestamps(standing)
            var attestor = attesting.attestor(bundle, standing)
            let body = AttestationRecord.Body.custody(
                .init(
                    action: action, from: from, to: to, place: place, file: try Self.digest(of: bundle), text: text))
            let given = seal.flatMap { SealID($0) }
            let addition: Attestor.Addition
            // Whoever cannot open it can still say that he has it.
            if try EncryptedFile.header(path: bundle) != nil, !attesting.opening.isGiven {
                if access(attestor.sidecar, F_OK) != 0 {
                    RenderingFailure.note(
                        "whether there are records in it already cannot be known without --identity: if there are, "
                            + "this one does not continue them, and does not hold")
                }
                addition = try await attestor.add(body, seal: given, signedBy: signers, stampedBy: taker)
            } else {
                attestor.identities = try attesting.opening.identities(for: bundle)
                addition = try await attestor.add(body, expecting: given, signedBy: signers, stampedBy: taker)
            }
            return try AdditionReport(addition: addition, bundle: bundle).print(format)
        }
    }

    /// Of the file as it is; nil for a folder.
    private static func digest(of path: String) throws -> SHA256Digest? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw RenderingFailure(.notABundle, "opening \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw RenderingFailure(.notABundle, "\(path) is neither a file nor a folder")
            }
            return nil
        }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw RenderingFailure(.notABundle, "reading \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return hash.finalize() }
            hash.update(buffer[..<count])
        }
    }
}
