/// Messages of the ssh-agent protocol (draft-miller-ssh-agent), without the length in front of them.
package enum AgentMessage {
    /// What OpenSSH sends and takes at most.
    static let largest = 256 << 10

    private static let failure: UInt8 = 5
    private static let requestIdentities: UInt8 = 11
    private static let identitiesAnswer: UInt8 = 12
    private static let signRequest: UInt8 = 13
    private static let signResponse: UInt8 = 14
    /// Section 4.5.1: an RSA key shall not sign with SHA-1.
    private static let rsaSHA512: UInt32 = 4

    /// Asks which keys there are.
    static var identitiesRequest: [UInt8] { [requestIdentities] }

    /// Asks for a signature of `bytes`.
    static func signatureRequest(key: SSHPublicKey, over bytes: [UInt8]) -> [UInt8] {
        var message = [signRequest]
        SSHWire.append(string: key.blob, to: &message)
        SSHWire.append(string: bytes, to: &message)
        SSHWire.append(key.algorithm == .rsa ? rsaSHA512 : 0, to: &message)
        return message
    }

    /// The keys in an answer; nil if the agent refuses.
    package static func identities(in answer: [UInt8], subject: String) throws(CryptographyError) -> SSHAgentKeys? {
        let doing = SSHAgent.listing
        let parsed = answer.withUnsafeBytes { bytes in
            Result { () throws(CryptographyError) -> SSHAgentKeys? in
                var reader = SSHWireReader(bytes, doing: doing, subject: subject)
                guard try isAnswer(&reader, type: identitiesAnswer) else { return nil }
                var keys = SSHAgentKeys()
                for _ in 0..<(try reader.uint32("the number of keys")) {
                    let blob = [UInt8](try reader.string("a key"))
                    let comment = String(decoding: try reader.string("a comment"), as: UTF8.self)
                    do throws(CryptographyError) {
                        keys.usable.append(SSHAgentKeys.Key(publicKey: try SSHPublicKey(blob: blob), comment: comment))
                    } catch {
                        keys.unusable.append(SSHAgentKeys.Unusable(comment: comment, reason: error.reason))
                    }
                }
                try reader.end("the last key")
                return keys
            }
        }
        return try parsed.get()
    }

    /// The signature blob in an answer; nil if the agent refuses.
    package static func signature(in answer: [UInt8], subject: String) throws(CryptographyError) -> [UInt8]? {
        let parsed = answer.withUnsafeBytes { bytes in
            Result { () throws(CryptographyError) -> [UInt8]? in
                var reader = SSHWireReader(bytes, doing: SSHAgent.signing, subject: subject)
                guard try isAnswer(&reader, type: signResponse) else { return nil }
                let signature = [UInt8](try reader.string("the signature"))
                try reader.end("the signature")
                return signature
            }
        }
        return try parsed.get()
    }

    private static func isAnswer(_ reader: inout SSHWireReader, type: UInt8) throws(CryptographyError) -> Bool {
        let found = try reader.byte("the agent's answer")
        if found == failure { return false }
        guard found == type else { throw reader.malformed("the agent answers something else (message \(found))") }
        return true
    }
}
