internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import Terminal

/// What opens an encrypted bundle.
struct IdentityFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What opens an encrypted bundle: an identity file of age, or an SSH private key (ssh-ed25519). Repeatable.",
            valueName: "file"))
    var identity: [String] = []

    @Option(
        help: ArgumentHelp(
            "File whose first line is the passphrase of an encrypted bundle; else the terminal is asked.",
            valueName: "file"))
    var passphraseFile: String?

    /// Whether anything was said at all.
    var isGiven: Bool { !identity.isEmpty || passphraseFile != nil }

    /// The identities for the bundle at `path`. The terminal is asked for a passphrase if only that opens it.
    func identities(for path: String) throws -> [AgeIdentity] {
        var identities: [AgeIdentity] = []
        for file in identity {
            identities += try AgeIdentity.parseFile(
                try KeyFile.read(file, what: "identity file", secret: true), subject: file)
        }
        if let passphraseFile {
            identities.append(try .passphrase(try Passphrase.read(passphraseFile)))
        } else if try EncryptedFile.header(path: path)?.isForPassphrase == true {
            identities.append(
                try .passphrase(try Passphrase.ask("Passphrase of \(path): ", instead: "--passphrase-file")))
        }
        return identities
    }
}

/// Where passphrases come from.
enum Passphrase {
    /// The first line of a file that nobody else may read.
    static func read(_ path: String) throws -> [UInt8] {
        let bytes = try KeyFile.read(path, what: "passphrase file", secret: true)
        var line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else {
            throw RenderingFailure(.badKey, "reading the passphrase file \(path): its first line is empty")
        }
        return line
    }

    /// - Parameter instead: the flag for whoever has no terminal.
    static func ask(_ prompt: String, instead: String) throws -> [UInt8] {
        do {
            return try PassphrasePrompt.ask(TerminalText.escaped(prompt))
        } catch {
            throw RenderingFailure(
                .cannotDecrypt,
                error == .noTerminal
                    ? "a passphrase is needed, and there is no terminal to ask for it: give it with \(instead) FILE"
                    : "a passphrase is needed, and none was typed")
        }
    }

    /// For what is to be encrypted: a slip would cost the evidence.
    static func askTwice(instead: String) throws -> [UInt8] {
        let first = try ask("New passphrase: ", instead: instead)
        guard try ask("The same again: ", instead: instead) == first else {
            throw RenderingFailure(.badKey, "the two passphrases are not the same: nothing was done")
        }
        return first
    }
}
