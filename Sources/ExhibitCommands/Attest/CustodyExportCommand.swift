internal import Archive
internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Glibc
internal import StructuredText
internal import Terminal

/// `exhibit custody export`: records, signatures and what they are over as files, for stock tools.
struct CustodyExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Writes each record, its signature or time stamp and what that is over into a folder, with the commands "
            + "of ssh-keygen and openssl that check them.",
        discussion: """
            exhibit custody export case.tar.zst DIR
            sh DIR/check.sh allowed_signers ana@example.com ca.pem tsa-ca.pem

            The bundle is read from its seal on and not verified. DIR must not be there. Exit codes: 16 the records do not
            hold (those before the first that does not are written), 42 DIR is there.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
    var folder: String

    @OptionGroup var records: RecordsFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("custody export", format) {
            let verifier = try await RecordsVerifier(bundle: bundle, anchors: Anchors())
            let material = try verifier.material(records.source)
            guard mkdir(folder, 0o700) == 0 else {
                throw RenderingFailure(
                    errno == EEXIST ? .outputExists : .outputNotWritable,
                    "making the folder \(folder): \(String(cString: strerror(errno)))")
            }
            var script = StockCheckScript()
            for item in material {
                for (name, bytes) in script.add(item) { try write(bytes, name) }
            }
            try write(Array(script.text.utf8), "check.sh")
            var output = RenderingOutput()
            switch format {
            case .text:
                try output.lines([
                    "\(Quantity.count(material.count, "record", "records")) in \(TerminalText.escaped(folder))",
                    "to check: sh \(ShellText.quoted(folder + "/check.sh")) ALLOWED-SIGNERS PRINCIPAL CA TSA-CA",
                ])
            case .json:
                try output.json([
                    "folder": .string(folder), "records": JSONValue(material.count),
                    "sealID": .string("\(verifier.sealID)"),
                ])
            }
            do { try output.flush() } catch is OutputClosed {}
            return try verifier.examine(records.source).answer.state == .failed ? .recordsFailed : .ok
        }
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        do {
            var file = try OutputFile(creating: "\(folder)/\(name)")
            try file.write(bytes)
            try file.close()
        } catch {
            throw RenderingFailure(error.code == .noSpace ? .diskFull : .outputNotWritable, "\(error)")
        }
    }
}
