import Foundation

/// A real DNS server for `example.test`, on a port of 127.0.0.1.
final class NameServer {
    enum Kind: String, CaseIterable, Sendable {
        /// Debian: dnsmasq-base, which Scripts/setup installs.
        case dnsmasq
        /// Debian: bind9, which would start a server of its own, and so is not.
        case bind

        var isThere: Bool { self == .dnsmasq || FileManager.default.isExecutableFile(atPath: "/usr/sbin/named") }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let port = Int.random(in: 20_000...29_999)
    private let kind: Kind
    private let folder = NSTemporaryDirectory() + "exhibit-names-\(UUID().uuidString)"
    private let process = Process()

    init(_ kind: Kind) throws {
        self.kind = kind
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let program: [String]
        switch kind {
        case .dnsmasq:
            try write(dnsmasqConfiguration, "dnsmasq.conf")
            program = [
                "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--user=\(NSUserName())",
                "--conf-file=\(folder)/dnsmasq.conf",
            ]
        case .bind:
            try write(zone, "zone")
            try write(bindConfiguration, "named.conf")
            program = ["named", "-g", "-n", "1", "-c", "\(folder)/named.conf"]
        }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["PATH=/usr/sbin:/usr/bin:/bin"] + program
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
    }

    /// Waits until it says that it is there.
    func start() throws {
        let output = Pipe()
        process.standardError = output
        try process.run()
        var text = ""
        while !text.contains(kind == .bind ? " running\n" : "cleared cache\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "\(kind) ended: \(text)") }
            text += String(decoding: more, as: UTF8.self)
        }
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    func stop() {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    private var dnsmasqConfiguration: String {
        """
        no-hosts
        no-resolv
        port=\(port)
        listen-address=127.0.0.1
        bind-interfaces
        local=/example.test/
        host-record=www.example.test,192.0.2.10,2001:db8::10
        cname=alias.example.test,www.example.test
        srv-host=_sip._tcp.example.test,www.example.test,5060,10,60
        mx-host=example.test,mail.example.test,10
        txt-record=text.example.test,"a \\"quoted\\" text","x y"

        """ + (0..<90).map { "host-record=many.example.test,192.0.2.\($0)\n" }.joined()
    }

    private var bindConfiguration: String {
        """
        options {
            directory "\(folder)"; listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
            recursion no; pid-file none; session-keyfile none; dnssec-validation no; notify no;
        };
        controls { };
        zone "example.test" { type primary; file "\(folder)/zone"; };

        """
    }

    private var zone: String {
        """
        $TTL 300
        @ SOA ns admin 7 3600 600 86400 300
        @ NS ns
        @ MX 10 mail
        ns A 127.0.0.1
        www A 192.0.2.10
        www AAAA 2001:db8::10
        alias CNAME www
        _sip._tcp SRV 10 60 5060 www
        text TXT "a \\"quoted\\" text" "x y"

        """ + (0..<90).map { "many A 192.0.2.\($0)\n" }.joined()
    }
}
