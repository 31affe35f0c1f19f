import FoundationEssentials
import Glibc

/// The real `ssh-keygen`, `openssl` and `age`, to compare with.
enum StockTool: String {
    case sshKeygen = "/usr/bin/ssh-keygen"
    case openssl = "/usr/bin/openssl"
    case age = "/usr/bin/age"
    case ageKeygen = "/usr/bin/age-keygen"
    /// Runs a program on a terminal of its own.
    case script = "/usr/bin/script"
    case sshAgent = "/usr/bin/ssh-agent"
    case sshAdd = "/usr/bin/ssh-add"
    case softHSM = "/usr/bin/softhsm2-util"

    static let missing = "ssh-keygen or openssl is not installed: apt-get install openssh-client openssl"

    static var areInstalled: Bool {
        access(sshKeygen.rawValue, X_OK) == 0 && access(openssl.rawValue, X_OK) == 0
    }

    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs the tool in `folder` with the content of a file, or nothing, as standard input.
    func run(_ arguments: String..., in folder: TemporaryFolder, input: String = "/dev/null") throws -> Outcome {
        try run(arguments, in: folder, input: input)
    }

    func run(
        _ arguments: [String], in folder: TemporaryFolder, input: String = "/dev/null",
        environment extra: [String: String] = [:]
    ) throws -> Outcome {
        try Self.run(program: rawValue, arguments, in: folder, input: input, environment: extra)
    }

    static func run(
        program: String, _ arguments: [String], in folder: TemporaryFolder, input: String = "/dev/null",
        environment extra: [String: String] = [:]
    ) throws -> Outcome {
        let output = folder.path("stdout-\(UInt64.random(in: 0 ... .max))")
        let errors = folder.path("stderr-\(UInt64.random(in: 0 ... .max))")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), strdup("HOME=/nonexistent")]
        // Both sides must live in the same time zone: dates without Z are local ones.
        if let zone = getenv("TZ") { environment.append(strdup("TZ=" + String(cString: zone))) }
        for (name, value) in extra { environment.append(strdup("\(name)=\(value)")) }
        environment.append(nil)
        defer { for word in environment { free(word) } }
        // The test runner blocks signals; a daemon that the tool leaves behind must be able to get one.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let failure = posix_spawn(&process, program, &actions, &attributes, words, &environment)
        guard failure == 0 else { throw Failure(reason: "cannot start \(program): error \(failure)") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1 && errno == EINTR {}
        let text = try String(decoding: Data(contentsOf: URL(filePath: output)), as: UTF8.self)
        let errorText = try String(decoding: Data(contentsOf: URL(filePath: errors)), as: UTF8.self)
        return Outcome(status: status == 0 ? 0 : max(1, status >> 8), output: text, errors: errorText)
    }

    /// Whether this one is there.
    var isInstalled: Bool { access(rawValue, X_OK) == 0 }

    /// A program that the search path leads to.
    static func find(_ names: String...) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin"
        for name in names {
            for folder in path.split(separator: ":") where access("\(folder)/\(name)", X_OK) == 0 {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }

    struct Failure: Error {
        let reason: String
    }
}

/// A folder that is gone after the test.
final class TemporaryFolder {
    let root: String

    init() throws {
        var template = Array("/tmp/exhibit-cryptography-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StockTool.Failure(reason: "mkdtemp: error \(errno)") }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String { root + "/" + name }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, as name: String, mode: mode_t = 0o600) throws -> String {
        let target = path(name)
        try Data(bytes).write(to: URL(filePath: target))
        chmod(target, mode)
        return target
    }

    func read(_ name: String) throws -> [UInt8] {
        try Self.read(path: path(name))
    }

    static func read(path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: path)))
    }
}

/// The kinds of keys that `ssh-keygen` makes and this module signs with.
enum KeyKind: String, CaseIterable {
    case ed25519, ecdsa256, ecdsa384, ecdsa521, rsa3072

    /// Makes `key` and `key.pub` in the folder.
    func generate(in folder: TemporaryFolder, passphrase: String = "", name: String = "key") throws {
        let (type, bits) =
            switch self {
            case .ed25519: ("ed25519", "256")
            case .ecdsa256: ("ecdsa", "256")
            case .ecdsa384: ("ecdsa", "384")
            case .ecdsa521: ("ecdsa", "521")
            case .rsa3072: ("rsa", "3072")
            }
        let outcome = try StockTool.sshKeygen.run(
            "-q", "-t", type, "-b", bits, "-N", passphrase, "-C", "ana@example.com", "-f", folder.path(name), in: folder
        )
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
    }
}
