import Glibc

/// The real `age` and `age-keygen`.
enum AgeProgram {
    static let missing =
        "age, ssh-keygen, openssl or script is not installed: apt-get install age openssh-client openssl bsdutils"

    static var isInstalled: Bool {
        [StockTool.age, .ageKeygen, .openssl, .script, .sshKeygen].allSatisfy { access($0.rawValue, X_OK) == 0 }
    }

    /// Makes an identity file with `age-keygen`; its recipient.
    static func generate(in folder: TemporaryFolder, name: String) throws -> String {
        let made = try StockTool.ageKeygen.run("-o", folder.path(name), in: folder)
        guard made.status == 0, let start = made.errors.firstRange(of: "age1")?.lowerBound else {
            throw StockTool.Failure(reason: made.errors)
        }
        return String(made.errors[start...].prefix { !$0.isWhitespace })
    }

    /// What `age` makes of the file `name` with these arguments.
    static func run(_ arguments: [String], on name: String, in folder: TemporaryFolder) throws -> [UInt8] {
        let outcome = try StockTool.age.run(
            arguments + ["-o", folder.path(name + ".out"), folder.path(name)], in: folder)
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return try output(name + ".out", in: folder)
    }

    /// What `age` wrote: it creates its output with the first byte, and so none where there is no byte.
    static func output(_ name: String, in folder: TemporaryFolder) throws -> [UInt8] {
        access(folder.path(name), F_OK) == 0 ? try folder.read(name) : []
    }

    /// The same where `age` asks for a passphrase: it wants a terminal, which script(1) gives it, with the lines of
    /// `typed` as what is typed. The exit status.
    static func run(_ arguments: [String], typing typed: [String], in folder: TemporaryFolder) throws -> Int32 {
        let input = try folder.write(Array(typed.map { $0 + "\n" }.joined().utf8), as: "typed")
        let command = ([StockTool.age.rawValue] + arguments).joined(separator: " ")
        return try StockTool.script.run("-q", "-e", "-c", command, "/dev/null", in: folder, input: input).status
    }
}
