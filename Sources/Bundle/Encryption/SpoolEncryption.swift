internal import Cryptography

/// How the files beside a bundle that is being encrypted are encrypted (section 7.2): to a key that is made for the run, so
/// that each of them costs little, whoever and however many the recipients are. A file there holds that key for them.
struct SpoolEncryption: Sendable {
    /// Of the run's key alone.
    let recipients: [AgeRecipient]
    /// What `work-identity.age` holds.
    let identityFile: [UInt8]

    init(recipients: [AgeRecipient]) throws {
        let key = try AgeIdentity.generate()
        self.recipients = key.recipient.map { [$0] } ?? []
        identityFile = try key.withIdentityFileText { text in
            var encryptor = try AgeEncryptor(recipients: recipients)
            var file: [UInt8] = []
            try encryptor.update(text, appendingTo: &file)
            return file + (try encryptor.finish())
        }
    }
}

/// Everything that a writer encrypts with.
struct BundleEncryption: Sendable {
    let archive: ArchiveEncryption
    let spools: SpoolEncryption

    /// Nil without recipients.
    init?(recipients: [AgeRecipient]) throws {
        guard !recipients.isEmpty else { return nil }
        archive = try ArchiveEncryption(recipients: recipients)
        spools = try SpoolEncryption(recipients: recipients)
    }
}
