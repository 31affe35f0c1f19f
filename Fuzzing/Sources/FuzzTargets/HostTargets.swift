internal import StructuredText

@testable import LinuxHost

extension FuzzTarget {
    static let host = [socketTables, processFiles, mounts, kernelLog]

    /// Tables of `/proc/net`, which a container may have written; the first byte says which, the second how the text
    /// comes.
    static let socketTables = FuzzTarget("proc-net") {
        let tcp =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
            + "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 21735 1 0000000000000000 100 0 0 10 0\n"
        let unix =
            "Num       RefCount Protocol Flags    Type St Inode Path\n"
            + "0000000000000000: 00000002 00000000 00010000 0001 01 13785 /run/systemd/private\n"
        let netlink =
            "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
            + "0000000000000000 0   1234       00000111 0        0        0     2        0        1234\n"
        let packet =
            "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
            + "0000000000000000 3      3    0003   2     1 0      0      9876\n"
        return [
            ("tcp", [0, 9] + tcp.utf8), ("unix", [8, 9] + unix.utf8), ("netlink", [9, 9] + netlink.utf8),
            ("packet", [10, 9] + packet.utf8),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let names = SocketTableName.allCases
        let name = names[Int(recipe.byte()) % names.count]
        let step = Int(recipe.byte()) + 1
        let text = recipe.remainder()
        let whole = ProcNet.parse(text, as: name, byteOrder: .littleEndian)
        var parser = SocketTableParser(name: name, byteOrder: .littleEndian)
        for start in stride(from: 0, to: text.count, by: step) {
            parser.push(Array(text[start...].prefix(step)).span)
        }
        require(parser.finish() == whole, "a table is the same in whatever pieces it comes")
        require(whole.unparsedSamples.allSatisfy { $0.bytes.count <= 256 }, "samples are cut")
        for socket in whole.sockets.prefix(16) {
            let entry = SocketEntry(socket: socket, namespace: 1, owners: [], ownerNames: [])
            requireLine(entry.jsonLine)
            var row: [UInt8] = []
            SocketListing.append(entry, to: &row)
            requireRow(row)
        }
    }

    /// Files of a process. The first byte says which.
    static let processFiles = FuzzTarget("proc-process") {
        [
            (
                "stat",
                text(
                    0,
                    "42 (a) b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987 1000000 250 18446744073709551615\n")
            ),
            (
                "status",
                text(
                    1,
                    "Name:\tx\nUmask:\t0022\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0 1 \nCapEff:\t000001ffffffffff\nSeccomp:\t2\nNSpid:\t42\t1\n"
                )
            ),
            ("cgroup", text(2, "12:cpu,cpuacct:/a\n0::/system.slice/x.service\n")),
            ("arguments", text(3, "a\u{0}b c\u{0}")), ("environment", text(4, "PATH=/bin\u{0}X=1\u{0}")),
            ("descriptor", text(5, "pos:\t0\nflags:\t0100002\nmnt_id:\t29\nino:\t5\n")),
            ("boot", text(6, "cpu 1 2\nbtime 1700000000\n")), ("link", text(7, "socket:[123]")),
        ]
    } run: { input in
        guard let kind = input.first else { return }
        let text = Array(input.dropFirst())
        switch kind {
        case 0, 1:
            guard
                let stat = ProcessStat(
                    kind == 0 ? text : Array("1 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 987 1 1\n".utf8))
            else { return }
            var record = ProcessRecord(stat: stat)
            record.status = ProcessStatus(text)
            record.started = Timestamp(seconds: 1_700_000_000).advanced(ticks: stat.startTicks)
            record.arguments = ProcessText.arguments(text)
            record.executable = RawText(text)
            requireRecord(record)
        case 2: require(ControlGroup.parse(text).count <= 256, "control groups are bounded")
        case 3:
            let arguments = ProcessText.arguments(text)
            let joined = Array(arguments.map(\.bytes).joined(separator: [0]))
            require(joined == (text.last == 0 ? Array(text.dropLast()) : text), "arguments lose nothing")
        case 4:
            let found = ProcessText.environmentNames(text)
            require(found.names.count + found.unnamed == text.split(separator: 0).count, "every variable is counted")
            for name in found.names { requireFitLine(name) }
        case 5: _ = DescriptorInfo(text)
        case 6:
            if let boot = BootTime.parse(text) { _ = boot.advanced(ticks: .max) }
        default:
            _ = KernelObjectName.inode(of: text, kind: "socket")
            let (path, isDeleted) = ProcessText.withoutDeletedMark(text)
            require(path.bytes + (isDeleted ? Array(" (deleted)".utf8) : []) == text, "a path loses its mark only")
            requireFitLine(path.escaped)
        }
    }

    static let mounts = FuzzTarget("mountinfo") {
        [
            (
                "lines",
                Array(
                    "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n25 1 0:23 / /proc rw - proc proc rw\n"
                        .utf8)
            )
        ]
    } run: { input in
        let table = MountTable.parse(input)
        require(
            table.mounts.count + table.unparsedLines == input.split(separator: 0x0A).count, "every line is counted")
        let once = MountTable.parse(input, limit: 1)
        require(once.mounts.first == table.mounts.first && once.mounts.count <= 1, "a limit cuts only")
        for mount in table.mounts.prefix(16) {
            requireFitLine(mount.mountPoint.escaped)
            _ = mount.isRemote
        }
    }

    static let kernelLog = FuzzTarget("kernel-log") {
        [("record", Array("6,339,5140900,-,caller=T1;NET: \\x09registered\n SUBSYSTEM=acpi\n DEVICE=+acpi:x\n".utf8))]
    } run: { input in
        if let record = KernelLogRecord(input) {
            requireRecord(KernelLogEntry(record: record, time: Timestamp(seconds: 1_700_000_000)))
        }
    }

    private static func text(_ kind: UInt8, _ text: String) -> [UInt8] {
        [kind] + Array(text.utf8)
    }

    private static func requireRecord(_ record: some HostRecord) {
        requireLine(record.jsonLine)
        var row: [UInt8] = []
        record.appendRow(to: &row)
        requireRow(row)
    }

    /// A record is one line of JSON, whatever is in it.
    private static func requireLine(_ line: [UInt8]) {
        require(line.last == 0x0A && !line.dropLast().contains(0x0A), "a record is one line")
        let value = accepted { try JSONValue(parsing: line.dropLast()) }
        require(value?.object != nil, "a record is a JSON object: \(String(decoding: line, as: UTF8.self))")
    }

    /// A row is one line without anything that a terminal would obey.
    private static func requireRow(_ row: [UInt8]) {
        require(row.last == 0x0A, "a row ends")
        require(row.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a row has no control characters")
    }
}
