/// What can be said of a password without its hash.
package struct PasswordState: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// Whoever knows the name is let in, where the service allows that.
        case empty
        /// There is a hash, and a mark before it that no password fits.
        case locked
        /// There is no hash, and so no password fits.
        case none
        case set
        /// The file that it is in says that it is in `shadow`, and there it is not.
        case absent
    }

    package var kind: Kind
    /// As crypt(5) calls it; nil where there is no hash. What is not known there is `unknown`: of the field itself nothing is kept.
    package var algorithm: String?

    /// By the second field of `passwd`, `shadow` or `group`.
    package init(field: some Collection<UInt8>) {
        let marks: [UInt8] = [UInt8(ascii: "!"), UInt8(ascii: "*")]
        let hash = field.drop { marks.contains($0) }
        if field.isEmpty {
            kind = .empty
        } else if hash.isEmpty || hash.elementsEqual("x".utf8) || hash.elementsEqual("LK".utf8) {
            kind = .none
        } else {
            kind = hash.count == field.count ? .set : .locked
            algorithm = Self.algorithm(Array(hash))
        }
    }

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// Source: crypt(5).
    private static let algorithms: [String: String] = [
        "1": "md5", "2": "bcrypt", "2a": "bcrypt", "2b": "bcrypt", "2x": "bcrypt", "2y": "bcrypt", "3": "nt",
        "5": "sha256",
        "6": "sha512", "7": "scrypt", "md5": "sunmd5", "sha1": "sha1", "y": "yescrypt", "gy": "gost-yescrypt",
        "sm3": "sm3", "sm3y": "sm3-yescrypt",
    ]

    private static func algorithm(_ hash: [UInt8]) -> String {
        if hash.first == UInt8(ascii: "$"), let end = hash.dropFirst().firstIndex(where: { $0 == 0x24 || $0 == 0x2C }) {
            return algorithms[String(decoding: hash[1..<end], as: UTF8.self)] ?? "unknown"
        }
        if hash.first == UInt8(ascii: "_"), hash.count == 20 { return "bsdi-des" }
        return hash.count == 13 ? "des" : "unknown"
    }
}
