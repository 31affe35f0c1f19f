internal import Bundle
internal import BundleFormat

/// The files that stock tools need to check records, and the commands that do it.
struct StockCheckScript {
    private(set) var text = """
        # Checks what `exhibit custody export` wrote, with sha256sum, ssh-keygen and openssl alone.
        # sh check.sh ALLOWED-SIGNERS PRINCIPAL CA TSA-CA: those that are empty are not needed where nothing asks for them.
        set -eu
        from_here() { case "$1" in "" | /*) printf %s "$1" ;; *) printf %s "$PWD/$1" ;; esac; }
        allowed=$(from_here "${1:-}") principal=${2:-} ca=$(from_here "${3:-}") tsa=$(from_here "${4:-}")
        cd "$(dirname "$0")"

        """
    private var hasPrevious = false

    /// - Returns: names and contents of the files. Names are fixed: nothing of a record is in them, or in the script.
    mutating func add(_ material: RecordsVerifier.Material) -> [(name: String, bytes: [UInt8])] {
        let number = material.record.number
        let record = "\(number).json"
        if hasPrevious {
            text += """
                grep -q "\\"previous\\":\\"$(sha256sum < \(number - 1).json | cut -c 1-64)\\"" \(record)

                """
        }
        hasPrevious = true
        // Without its line end: that is what hashes and signatures are over.
        var files = [(record, material.line)]
        guard let message = material.message else { return files }
        files.append(("\(number).message", message))
        switch material.record.body {
        case .signature(let signature) where signature.form == .ssh:
            files.append(("\(number).sig", signature.data))
            let namespace: String
            if case .seal = signature.over {
                namespace = SignatureNamespace.seal
            } else {
                namespace = SignatureNamespace.record
            }
            text += """
                ssh-keygen -Y verify -n \(namespace) -f "$allowed" -I "$principal" -s \(number).sig < \(number).message

                """
        case .signature(let signature):
            files.append(("\(number).p7s", signature.data))
            text += """
                openssl cms -verify -cades -binary -purpose any -inform DER -in \(number).p7s -content \(number).message \
                -CAfile "$ca" -out /dev/null

                """
        case .timestamp(let stamp):
            files.append(("\(number).tsr", stamp.token))
            var untrusted = ""
            if let certificates = stamp.certificates {
                files.append(("\(number).pem", Array(certificates.utf8)))
                untrusted = " -untrusted \(number).pem"
            }
            text += """
                openssl ts -verify -data \(number).message -in \(number).tsr -CAfile "$tsa"\(untrusted)

                """
        case .custody, .note, .dismissal, .unknown: break
        }
        return files
    }
}
