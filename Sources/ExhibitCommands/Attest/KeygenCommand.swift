internal import Archive
internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import Glibc
internal import StructuredText
internal import Terminal

/// `exhibit keygen`: a key to sign with.
struct KeygenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes an SSH key to sign bundles with: FILE (mode 0600) and FILE.pub.",
        discussion: """
            exhibit keygen                                            ~/.config/exhibit/signing-key
            exhibit keygen --out FILE --comment ana@example.com

            The key has no passphrase. Add one with `ssh-keygen -p -f FILE`, and sign through ssh-agent from then on
            (`ssh-add FILE`, `--agent only`). Nothing is ever replaced (42). ssh-keygen, ssh-add and git use it, too.
            """)

    enum KeyType: String, ExpressibleByArgument, CaseIterable {
        case ed25519, ecdsa, rsa

        var kind: SSHPrivateKey.Kind {
            switch self {
            case .ed25519: .ed25519
            case .ecdsa: .ecdsa
            case .rsa: .rsa
            }
        }
    }

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp(
            "The private key's file; else exhibit/signing-key in the configuration folder.", valueName: "file"))
    var out: String?

    @Option(help: "Kind of key: ed25519, ecdsa (P-256) or rsa (3072 bits).")
    var type: KeyType = .ed25519

    @Option(help: ArgumentHelp("What it is called; else the user and host.", valueName: "text"))
    var comment: String?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func validate() throws {
        if let comment, comment.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw ValidationError("--comment is one line, without control characters.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("keygen", format) {
            let comment = self.comment ?? OperatorName.current(host: OperatorName.host)
            let path = try out ?? Self.defaultPath()
            let key = try SSHPrivateKey.generate(type.kind, comment: comment)
            let line = key.publicKey.authorizedKeysLine(comment: comment)
            for name in [path, path + ".pub"] where access(name, F_OK) == 0 {
                throw RenderingFailure(.outputExists, "\(name) is there already; choose another name with --out")
            }
            do {
                try key.withOpenSSHText { try Self.write($0, to: path) }
                try Array("\(line)\n".utf8).withUnsafeBytes { try Self.write($0, to: path + ".pub") }
            } catch let error as ArchiveError {
                throw RenderingFailure(
                    error.code == .exists ? .outputExists : error.code == .noSpace ? .diskFull : .outputNotWritable,
                    "\(error)")
            }
            return try print(path, key.publicKey, comment)
        }
    }

    private func print(_ path: String, _ key: SSHPublicKey, _ comment: String) throws -> ExitStatus {
        let principal = comment.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "NAME"
        let allowed =
            "\(principal.replacing("\"", with: "").replacing(",", with: "")) "
            + "namespaces=\"exhibit-bundle@v1,exhibit-open@v1,exhibit-record@v1\" \(key.authorizedKeysLine())"
        var output = RenderingOutput()
        switch format {
        case .text:
            let style = output.style
            try output.lines([
                "\(style(.bold, "key"))          \(TerminalText.escaped(path)) (and .pub)",
                "\(style(.bold, "fingerprint"))  \(key.fingerprint)",
                "\(style(.bold, "passphrase"))   none: add one with ssh-keygen -p -f \(ShellText.quoted(path)), and sign through "
                    + "ssh-agent (ssh-add, --agent)",
                "\(style(.bold, "verifiers"))    need this line in their allowed signers file:",
                TerminalText.escaped(allowed),
            ])
        case .json:
            try output.json([
                "key": .string(path), "publicKey": .string(key.authorizedKeysLine(comment: comment)),
                "fingerprint": .string(key.fingerprint), "allowedSigners": .string(allowed), "exitCode": 0,
            ])
        }
        output.finish(saying: "the key \(path) is written")
        return .ok
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
        var file = try OutputFile(creating: path)
        do {
            try file.write(bytes)
            try file.sync()
            try file.close()
            try OutputFile.syncFolder(of: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// In the configuration folder, which is made if it is not there.
    private static func defaultPath() throws -> String {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let base = variable("XDG_CONFIG_HOME") ?? variable("HOME").map({ "\($0)/.config" }) else {
            throw RenderingFailure(
                .outputNotWritable, "neither HOME nor XDG_CONFIG_HOME is set; name a file with --out")
        }
        let folder = "\(base)/exhibit"
        for path in [base, folder] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw RenderingFailure(.outputNotWritable, "making the folder \(path): \(String(cString: strerror(errno)))")
        }
        return "\(folder)/signing-key"
    }
}
