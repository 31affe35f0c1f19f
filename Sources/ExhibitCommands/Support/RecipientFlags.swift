internal import Archive
internal import ArgumentParser
internal import Bundle
internal import Cryptography

/// To whom a bundle is encrypted.
struct RecipientFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Encrypt to this recipient: age1…, 'ssh-ed25519 AAAA…', or a file of such lines. Repeatable.",
            valueName: "recipient"))
    var encryptTo: [String] = []

    @Flag(help: "Encrypt with a passphrase, for which the terminal is asked.")
    var encryptPassphrase = false

    @Option(help: ArgumentHelp("Encrypt with the passphrase in the first line of this file.", valueName: "file"))
    var encryptPassphraseFile: String?

    func validate() throws {
        try Recipients.checkKinds(encryptTo, encryptPassphrase, encryptPassphraseFile)
    }

    /// Whether anything was said at all.
    var isGiven: Bool { !encryptTo.isEmpty || encryptPassphrase || encryptPassphraseFile != nil }

    /// Asks on the terminal where that was wanted; empty when nothing was said.
    func recipients() throws -> [AgeRecipient] {
        try Recipients.read(
            encryptTo, asking: encryptPassphrase, file: encryptPassphraseFile, instead: "--encrypt-passphrase-file")
    }

    /// Refuses a name that would say something else than what is in the file.
    func check(name: String) throws {
        guard let kind = BundleFileName(name), kind.isEncrypted != isGiven else { return }
        throw ValidationError(
            kind.isEncrypted
                ? "\(name) ends in .age, but nobody is named to encrypt to: give --encrypt-to RECIPIENT."
                : "An encrypted bundle is called NAME\(kind.container.fileExtension).age: \(name) does not end in .age."
        )
    }
}

/// Recipients as they are named on a command line.
enum Recipients {
    static func checkKinds(_ recipients: [String], _ asking: Bool, _ file: String?) throws {
        let kinds = [!recipients.isEmpty, asking, file != nil].count { $0 }
        guard kinds <= 1 else {
            throw ValidationError("A bundle is encrypted either to recipients or with one passphrase.")
        }
    }

    static func read(_ names: [String], asking: Bool, file: String?, instead: String) throws -> [AgeRecipient] {
        if let file { return [try .passphrase(try Passphrase.read(file))] }
        if asking { return [try .passphrase(try Passphrase.askTwice(instead: instead))] }
        return try read(names)
    }

    /// What each of them means, once each: a recipient itself, or a file with some.
    static func read(_ names: [String]) throws -> [AgeRecipient] {
        var found: [AgeRecipient] = []
        for name in names {
            let isRecipient = ["age1", "AGE-", "ssh-", "ecdsa-", "sk-"].contains { name.hasPrefix($0) }
            let more =
                isRecipient
                ? [try AgeRecipient(parsing: name, subject: name)]
                : try AgeRecipient.parseFile(try KeyFile.read(name, what: "file of recipients"), subject: name)
            found += more
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.description).inserted }
    }
}
