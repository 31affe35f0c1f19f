/// An SSH public key: who may have signed. Two keys are equal when their wire encodings are.
public struct SSHPublicKey: Hashable, Sendable, CustomStringConvertible {
    public let algorithm: SSHKeyAlgorithm
    /// The wire encoding (RFC 4253 section 6.6), of which there is only one for a key.
    public let blob: [UInt8]
    /// The origin that a FIDO key is bound to, usually `ssh:`; nil for other keys.
    public let application: String?

    let material: PublicKeyMaterial

    /// No key that is accepted comes near it: RSA of 16384 bits has 2.1 KB.
    private static let largestBlob = 16 << 10
    private static let reading = "reading an SSH public key"

    /// Reads a wire encoding: a known algorithm, RSA of at least 2048 bits, points on their curve, nothing behind it.
    public init(blob: [UInt8]) throws(CryptographyError) {
        guard blob.count <= Self.largestBlob else {
            throw CryptographyError(
                code: .tooLarge, doing: Self.reading, reason: "it has \(blob.count) bytes; no SSH key is that large")
        }
        let fields = blob.withUnsafeBytes { bytes in Swift.Result { () throws(CryptographyError) in try Fields(bytes) }
        }
        let (algorithm, material, application) = try fields.get().values
        _ = try material.makeHandle(doing: Self.reading, subject: algorithm.rawValue)
        self.algorithm = algorithm
        self.blob = blob
        self.application = application
        self.material = material
    }

    /// The public half of a key that OpenSSL holds.
    init(material: PublicKeyMaterial) throws(CryptographyError) {
        switch material {
        case .ed25519: algorithm = .ed25519
        case .ecdsa(let curve, _): algorithm = curve.algorithm
        case .rsa: algorithm = .rsa
        }
        try material.checkStrength(doing: Self.reading, subject: algorithm.rawValue)
        var blob: [UInt8] = []
        SSHWire.append(string: algorithm.rawValue, to: &blob)
        material.append(to: &blob)
        self.blob = blob
        self.material = material
        application = nil
    }

    /// Reads `algorithm base64 [comment]`, as in `id_ed25519.pub` or (without options) `authorized_keys`. The comment
    /// is dropped.
    public init(parsing line: some StringProtocol) throws(CryptographyError) {
        let bytes = Array(line.utf8)
        let end = bytes.lastIndex { !SSHText.isWhitespace($0) }.map { $0 + 1 } ?? 0
        let fields = bytes[..<end].split(maxSplits: 2, whereSeparator: SSHText.isBlank)
        guard fields.count >= 2 else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, reason: "the line is not of the form: algorithm base64 comment")
        }
        try self.init(name: String(decoding: fields[0], as: UTF8.self), base64: fields[1])
    }

    /// Reads the two fields of a line.
    init(name: String, base64: ArraySlice<UInt8>) throws(CryptographyError) {
        guard base64.count <= Self.largestBlob * 4 / 3, let blob = Base64.decode(base64) else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: SSHText.printable(name.utf8),
                reason: "its base64 is damaged")
        }
        try self.init(blob: blob)
        guard algorithm.rawValue == name else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: SSHText.printable(name.utf8),
                reason: "the line names one algorithm, the key itself says \(algorithm.rawValue)")
        }
    }

    /// `algorithm base64`, and the comment if it is not empty. Line ends in the comment become spaces.
    public func authorizedKeysLine(comment: String = "") -> String {
        let line = algorithm.rawValue + " " + String(decoding: Base64.encode(blob), as: UTF8.self)
        guard !comment.isEmpty else { return line }
        return line + " " + String(decoding: comment.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    /// `SHA256:` and the unpadded base64 of the blob's hash, as `ssh-keygen -l` prints it.
    public var fingerprint: String {
        let encoded = Base64.encode(SHA256.digest(of: blob).bytes)
        return "SHA256:" + String(decoding: encoded.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }

    /// Size in bits, as `ssh-keygen -l` prints it.
    public var bits: Int { material.bits }

    public var description: String { "\(algorithm.rawValue) \(fingerprint)" }

    public static func == (left: SSHPublicKey, right: SSHPublicKey) -> Bool {
        left.blob == right.blob
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(blob)
    }

    /// What stands in a blob.
    private struct Fields {
        let values: (SSHKeyAlgorithm, PublicKeyMaterial, String?)

        init(_ bytes: UnsafeRawBufferPointer) throws(CryptographyError) {
            var reader = SSHWireReader(bytes, doing: SSHPublicKey.reading)
            let name = try reader.name("the algorithm's name")
            guard let algorithm = SSHKeyAlgorithm(rawValue: name) else {
                let advice = name.contains("-cert-v0") ? "certificates are not read; use the plain public key" : ""
                throw reader.unsupported("keys of type \(name.prefix(64)) are not used here", advice: advice)
            }
            let material = try PublicKeyMaterial.read(&reader, algorithm: algorithm)
            try material.checkStrength(doing: SSHPublicKey.reading, subject: name)
            let application = algorithm.isSecurityKey ? try reader.name("the application") : nil
            try reader.end("the key")
            values = (algorithm, material, application)
        }
    }
}
