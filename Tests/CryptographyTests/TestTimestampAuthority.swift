import Cryptography
import Testing

/// A time stamp authority that the real `openssl ts` runs in a temporary folder, or that `openssl cms` plays when it
/// shall say what `openssl ts` would not.
struct TestTimestampAuthority {
    let identity: TestIdentity
    var folder: TemporaryFolder { identity.folder }

    /// Settings of `openssl ts -reply`.
    struct Settings {
        var hash = "sha256"
        var certificateHash = "sha256"
        var accuracy = "secs:1,millisecs:500,microsecs:100"
        var digits = 3
        var hasName = true
        var isOrdered = true
        /// Files of certificates to send along.
        var chain: String?
        var namesChain = false
    }

    /// Answers a request (DER) as of now.
    func answer(_ request: [UInt8], _ settings: Settings = Settings(), arguments: [String] = []) throws -> [UInt8] {
        let text = """
            [tsa]
            default_tsa=t
            [t]
            serial=\(folder.path("tsa.serial"))
            default_policy=1.2.3.4
            other_policies=1.2.3.5
            digests=sha256,sha384,sha512,sha1
            signer_digest=\(settings.hash)
            accuracy=\(settings.accuracy)
            clock_precision_digits=\(settings.digits)
            ordering=\(settings.isOrdered ? "yes" : "no")
            tsa_name=\(settings.hasName ? "yes" : "no")
            ess_cert_id_alg=\(settings.certificateHash)
            ess_cert_id_chain=\(settings.namesChain ? "yes" : "no")

            """
        try folder.write(Array(text.utf8), as: "tsa.cnf")
        try folder.write(request, as: "request.tsq")
        if (try? folder.read("tsa.serial")) == nil { try folder.write(Array("0A1B\n".utf8), as: "tsa.serial") }
        let chain = settings.chain.map { ["-chain", $0] } ?? []
        let outcome = try StockTool.openssl.run(
            [
                "ts", "-reply", "-config", folder.path("tsa.cnf"), "-queryfile", folder.path("request.tsq"), "-signer",
                identity.certificatePath, "-inkey", identity.keyPath, "-out", folder.path("answer.tsr"),
            ] + chain + arguments, in: folder)
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return try folder.read("answer.tsr")
    }

    /// What a time stamp says, to be signed whatever it is.
    struct Info {
        var version: DERTree = .integer(1)
        var policy: DERTree = .identifier(0x2A, 3, 4)
        var hash: DERTree = .sequence(.identifier(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1), .null)
        var imprint: [UInt8]
        var serial: DERTree = .integer(7)
        var time = "20210601120000Z"
        var rest: [DERTree] = []

        init(over message: [UInt8]) {
            imprint = SHA256.digest(of: message).bytes
        }

        var tree: DERTree {
            DERTree(
                tag: 0x30,
                children: [
                    version, policy, .sequence(hash, .octets(imprint)), serial,
                    DERTree(tag: 0x18, content: Array(time.utf8)),
                ] + rest)
        }
    }

    /// Signs what a time stamp says, as a CMS message, and wraps it as an answer.
    func answer(saying info: [UInt8], extra: [String] = []) throws -> [UInt8] {
        try folder.write(info, as: "info.der")
        let outcome = try StockTool.openssl.run(
            [
                "cms", "-sign", "-cades", "-binary", "-nodetach", "-econtent_type", "1.2.840.113549.1.9.16.1.4",
                "-signer", identity.certificatePath, "-inkey", identity.keyPath, "-in", folder.path("info.der"),
                "-outform", "DER", "-out", folder.path("token.der"),
            ] + extra, in: folder)
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return DERTree.sequence(.sequence(.integer(0)), DERTree(try folder.read("token.der"))).bytes
    }

    func answer(saying info: Info) throws -> [UInt8] {
        try answer(saying: info.tree.bytes)
    }

    /// Whether the stock tool verifies an answer over the file `content`.
    static func opensslVerifies(
        _ answer: [UInt8], of content: String, anchors: String, in folder: TemporaryFolder, extra: [String] = []
    ) throws -> Bool {
        try folder.write(answer, as: "verified.tsr")
        let outcome = try StockTool.openssl.run(
            [
                "ts", "-verify", "-in", folder.path("verified.tsr"), "-data", folder.path(content), "-CAfile",
                folder.path(anchors),
            ] + extra, in: folder)
        return outcome.status == 0 && outcome.output.contains("Verification: OK")
    }
}
