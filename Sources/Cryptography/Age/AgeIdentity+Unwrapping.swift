extension AgeIdentity {
    /// The file key in the first of the stanzas that this identity opens; nil if it opens none.
    func unwrap(_ stanzas: [AgeStanza]) throws(CryptographyError) -> AgeFileKey? {
        // The header's code then says whether it is that file.
        if case .writer(let half) = kind { return half.fileKey.copy() }
        for stanza in stanzas {
            if let key = try unwrap(stanza) { return key }
        }
        return nil
    }

    private func unwrap(_ stanza: AgeStanza) throws(CryptographyError) -> AgeFileKey? {
        switch kind {
        case .writer: return nil
        case .passphrase(let passphrase, let maximumWorkFactor):
            return try passphrase.unwrap(stanza, maximumWorkFactor: maximumWorkFactor)
        case .x25519(let half):
            guard stanza.kind == .x25519, let share = stanza.share else { return nil }
            let key = try AgeRecipient.wrapKey(
                X25519.product(half.key, share), share: share, point: half.point, label: AgeRecipient.x25519Label)
            return try AgeFileKey.unwrap(stanza.body, by: key)
        case .sshEd25519(let half, let sshKey):
            guard stanza.kind == .sshEd25519, stanza.arguments[1] == AgeRecipient.tag(of: sshKey),
                let share = stanza.share
            else { return nil }
            let tweaked = try AgeRecipient.tweaked(share, by: sshKey)
            let key = try AgeRecipient.wrapKey(
                X25519.product(half.key, tweaked), share: share, point: half.point, label: AgeRecipient.sshLabel)
            return try AgeFileKey.unwrap(stanza.body, by: key)
        }
    }
}
