import Cryptography
import Foundation
import Glibc

/// The real `ssh-agent`, with a socket in a temporary folder, until the end of the test.
final class TestAgent {
    let folder: TemporaryFolder
    let path: String
    private let process: pid_t

    /// `providers` is a pattern of the libraries for tokens that it may load.
    init(in folder: TemporaryFolder, providers: String? = nil, environment: [String: String] = [:]) throws {
        self.folder = folder
        path = folder.path("agent.sock")
        let outcome = try StockTool.sshAgent.run(
            ["-a", path] + (providers.map { ["-P", $0] } ?? []), in: folder, environment: environment)
        let digits = outcome.output.split(separator: "SSH_AGENT_PID=").dropFirst().first?.prefix { $0 != ";" }
        guard outcome.status == 0, let digits, let process = pid_t(digits) else {
            throw StockTool.Failure(reason: outcome.output + outcome.errors)
        }
        self.process = process
    }

    deinit {
        // Asked nicely, it would take its socket away while the folder is being removed.
        kill(process, SIGKILL)
    }

    var agent: SSHAgent { SSHAgent(path: path) }

    /// `ssh-add`; questions are answered with `secret`.
    @discardableResult
    func add(_ arguments: String..., secret: String = "") throws -> StockTool.Outcome {
        let answer = try folder.write(Array("#!/bin/sh\necho '\(secret)'\n".utf8), as: "askpass", mode: 0o700)
        let outcome = try StockTool.sshAdd.run(
            arguments, in: folder,
            environment: ["SSH_AUTH_SOCK": path, "SSH_ASKPASS": answer, "SSH_ASKPASS_REQUIRE": "force"])
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return outcome
    }

    /// Whether `ssh-keygen -Y verify` says that this key signed.
    static func sshKeygenVerifies(
        _ signature: SSHSignature, of message: [UInt8], key: SSHPublicKey, in folder: TemporaryFolder
    ) throws -> Bool {
        try folder.write(signature.armored, as: "checked.sig")
        try folder.write(Array("ana \(key.authorizedKeysLine())\n".utf8), as: "allowed")
        let file = try folder.write(message, as: "checked")
        let outcome = try StockTool.sshKeygen.run(
            "-Y", "verify", "-f", folder.path("allowed"), "-I", "ana", "-n", signature.namespace, "-s",
            folder.path("checked.sig"), in: folder, input: file)
        return outcome.status == 0
    }
}

/// Something that listens where an agent should, and answers with given bytes, whatever is asked.
final class FakeAgent {
    let path: String
    private let listener: Int32

    /// Each answer goes to one connection, which then is closed. Without any the connections are never taken.
    init(in folder: TemporaryFolder, name: String = "fake.sock", answers: [[UInt8]], closes: Bool = true) throws {
        path = folder.path(name)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        let failure = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard failure == 0, listen(listener, 8) == 0 else { throw StockTool.Failure(reason: "bind: \(errno)") }
        guard !answers.isEmpty else { return }
        Thread.detachNewThread {
            for answer in answers {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var request = [UInt8](repeating: 0, count: 1 << 16)
                _ = recv(connection, &request, request.count, 0)
                _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                if closes { close(connection) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var agent: SSHAgent {
        SSHAgent(path: path, timeout: .milliseconds(300), signingTimeout: .milliseconds(300))
    }
}
