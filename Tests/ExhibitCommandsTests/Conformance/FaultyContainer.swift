import Foundation

/// A container in which every command, and every port, has a fault.
struct FaultyContainer {
    let fault: StepFault

    // MARK: Commands

    func run(_ server: FakeConversation) {
        server.beginExec()
        let argv = server.argv
        // What a step `files` asks before it copies is well: the fault is in the copies.
        if argv == ["cat", "/proc/self/mountinfo"] || argv.first == "readlink" { return server.fail(with: 1) }
        if argv.starts(with: ["find", "-H"]) {
            let name = fault == .badNames ? StepFault.odd : Array("a.txt".utf8)
            if !argv.contains("tar") { return isListing(server, name) }
            let size = fault == .endlessOutput ? 15 << 20 : 5
            return act(server, Self.ustar(Array("data/".utf8) + name, size: size), after: Array("one\n".utf8))
        }
        act(server, [], after: Array("one\n".utf8))
    }

    private func isListing(_ server: FakeConversation, _ name: [UInt8]) {
        server.output(
            1, Array("1.0\t1.0\t1.0\t644\t0\t0\t5\t1\t11\tf\t\t/data/".utf8) + name + [0, 0x0A])
        server.exit()
    }

    /// - Parameters:
    ///   - header: of what is printed.
    ///   - some: of it.
    private func act(_ server: FakeConversation, _ header: [UInt8], after some: [UInt8]) {
        switch fault {
        case .badOutput:
            server.output(1, StepFault.noise)
            server.exit()
        case .endlessOutput:
            let piece = [UInt8](repeating: 0x41, count: 32 << 10)
            server.output(1, header)
            server.repeating(every: .milliseconds(2)) { server.output(1, piece) }
        case .noOutput: server.exit()
        case .hang:
            server.output(1, header + some)
            server.fallSilent()
        case .crash:
            server.output(1, header + some)
            server.fail(with: 139)
        case .badNames where !header.isEmpty:
            server.output(1, header + [UInt8](repeating: 0x61, count: 5) + [UInt8](repeating: 0, count: 507 + 1_024))
            server.exit()
        case .badNames:
            server.output(1, StepFault.odd + Array("=value\0".utf8))
            server.output(2, StepFault.odd)
            server.argv.first == "find" || server.argv.contains("/proc/self/environ")
                ? server.exit() : server.fail(with: 3)
        }
    }

    /// A header of POSIX ustar (IEEE 1003.1) for a regular file.
    static func ustar(_ name: [UInt8], size: Int) -> [UInt8] {
        func octal(_ number: Int, _ digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: digits - text.count) + text).utf8) + [0]
        }
        var header = name + [UInt8](repeating: 0, count: 100 - name.count)
        header += octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(size, 11) + octal(0, 11)
        header += Array("        0".utf8) + [UInt8](repeating: 0, count: 100) + Array("ustar\u{0}00".utf8)
        header += [UInt8](repeating: 0, count: 512 - header.count)
        let sum = header.reduce(0) { $0 + Int($1) }
        header.replaceSubrange(148..<156, with: octal(sum, 6) + [0x20])
        return header
    }

    // MARK: Ports

    /// Source: k8s.io/kubelet `pkg/cri/streaming/portforward/websocket.go`: each channel begins with the port.
    func forward(_ server: FakeConversation) {
        server.beginExec("v4.channel.k8s.io")
        let port = server.query("ports").first.flatMap { UInt16($0) } ?? 0
        let greeting = [UInt8(port & 255), UInt8(port >> 8)]
        server.output(0, greeting)
        server.output(1, greeting)
        switch fault {
        case .badOutput:
            server.output(0, StepFault.noise)
            server.hangUp()
        case .endlessOutput: server.repeating(every: .milliseconds(2)) { server.output(0, StepFault.noise) }
        case .noOutput: server.hangUp()
        case .hang: server.fallSilent()
        case .crash: server.reset()
        case .badNames:
            server.output(1, Array("no such network ".utf8) + StepFault.odd)
            server.hangUp()
        }
    }
}
