internal import ArgumentParser
internal import Bundle
internal import Cryptography

/// To whom a bundle that is made of another is encrypted: as before, unless something else is said.
struct NewEncryptionFlags: ParsableArguments {
    @OptionGroup var recipients: RecipientFlags

    @Flag(
        help: "Do not encrypt it, although it was; refused when values of Secrets are in it.")
    var decrypt = false

    func validate() throws {
        guard !decrypt || !recipients.isGiven else {
            throw ValidationError("--decrypt and --encrypt-to contradict each other.")
        }
    }

    /// What that means for the bundle at `source` and a new file of that name; a name must say what is in the file.
    func choice(for source: String, to name: String) throws -> EncryptionChoice {
        if recipients.isGiven {
            try recipients.check(name: name)
            return .to(try recipients.recipients())
        }
        let wasEncrypted = try EncryptedFile.header(path: source) != nil
        guard let kind = BundleFileName(name), kind.isEncrypted != (wasEncrypted && !decrypt) else {
            return decrypt ? .none : .asBefore
        }
        if kind.isEncrypted {
            throw RenderingFailure(
                .usage,
                "\(name) ends in .age, but the bundle would not be encrypted: give --encrypt-to RECIPIENT, or another name"
            )
        }
        throw RenderingFailure(
            .usage,
            "\(source) is encrypted, and \(name) does not end in .age: give another name, or --decrypt to have it in "
                + "plaintext")
    }
}
