/// A file of trusted signers in the format of `ssh-keygen -Y verify -f` (ssh-keygen(1), ALLOWED SIGNERS): which key may
/// sign as whom, for which namespaces, and when.
///
/// A line that cannot be used is kept in ``rejectedLines`` for the caller to show; like with ssh-keygen, it authorises
/// nobody and the other lines hold.
public struct AllowedSigners: Sendable {
    /// One usable line.
    public struct Signer: Hashable, Sendable {
        /// Counted from 1.
        public let line: Int
        public let key: SSHPublicKey
        /// Seconds since 1970; the key counts at this moment and later.
        public let validAfter: Int64?
        /// Seconds since 1970; the key counts at this moment and before.
        public let validBefore: Int64?

        let principalList: SSHPatternList
        let namespaceList: SSHPatternList?

        /// The patterns of names, as they stand in the file: `*@example.com`, `!root@example.com`.
        public var principals: [String] { principalList.parts }
        /// The patterns of namespaces; nil if the line does not restrict them.
        public var namespaces: [String]? { namespaceList?.parts }

        /// Why the line does not hold for a signature, or nil if it does.
        func objection(namespace: String?, at time: Int64) -> String? {
            if let namespaceList, let namespace, !namespaceList.matches(namespace) {
                return "the key is not allowed for namespace \(namespace)"
            }
            if let validAfter, time < validAfter { return "the key is not valid yet at that time" }
            if let validBefore, time > validBefore { return "the key is not valid any more at that time" }
            return nil
        }
    }

    /// A line that authorises nobody, and why.
    public struct RejectedLine: Hashable, Sendable {
        /// Counted from 1.
        public let line: Int
        public let reason: String
    }

    public private(set) var signers: [Signer] = []
    public private(set) var rejectedLines: [RejectedLine] = []

    /// 4 MiB are thousands of keys.
    private static let largest = 4 << 20

    /// Reads the content of a file. Throws only if it is larger than 4 MiB.
    public init(parsing file: [UInt8]) throws(CryptographyError) {
        guard file.count <= Self.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: "reading allowed signers",
                reason: "the file has \(file.count) bytes, more than \(Self.largest)")
        }
        for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            do {
                guard let signer = try AllowedSignersLine.parse(line, number: index + 1) else { continue }
                signers.append(signer)
            } catch {
                rejectedLines.append(RejectedLine(line: index + 1, reason: error.reason))
            }
        }
    }

    /// The patterns of names under which `key` may have signed at `time` (seconds since 1970), in the order of the
    /// file, each once. Without a namespace none is checked: so does `ssh-keygen -Y find-principals`, which moreover
    /// stops at the first line.
    public func match(key: SSHPublicKey, namespace: String?, at time: Int64) -> [String] {
        var found: [String] = []
        for signer in signers where signer.key == key && signer.objection(namespace: namespace, at: time) == nil {
            for principal in signer.principals where !found.contains(principal) { found.append(principal) }
        }
        return found
    }

    /// Whether `principal` may sign with `key` for `namespace` at `time` (seconds since 1970): `ssh-keygen -Y verify -I
    /// principal`.
    public func authorizes(principal: String, key: SSHPublicKey, namespace: String, at time: Int64) -> Bool {
        signers.contains { signer in
            signer.key == key && signer.principalList.matches(principal)
                && signer.objection(namespace: namespace, at: time) == nil
        }
    }

    /// Why lines that name `key` do not hold for such a signature: for the message to a person whose key is listed, but
    /// not so.
    public func objections(key: SSHPublicKey, namespace: String?, at time: Int64) -> [RejectedLine] {
        signers.compactMap { signer in
            guard signer.key == key, let reason = signer.objection(namespace: namespace, at: time) else { return nil }
            return RejectedLine(line: signer.line, reason: reason)
        }
    }
}
