internal import Glibc

/// A record of `utmp`, `wtmp` or `btmp`: who logged in, and from where, when the host started.
///
/// Source: utmp(5); glibc, sysdeps/gnu/bits/utmp.h.
package struct LoginRecord: Hashable, Sendable {
    package var path: RawText
    /// Its number in the file, from 0.
    package var number: UInt64
    package var type: Int16
    package var pid: Int32
    package var terminal: RawText
    /// Nil where what was typed is no user of the host, and was typed at the host itself: it may be a password.
    package var user: RawText?
    package var host: RawText
    package var address: String?
    package var session: Int64
    package var time: Timestamp

    /// Source: utmp(5), `ut_type`.
    private static let types = [
        "empty", "run-level", "boot", "new-time", "old-time", "init", "login", "user", "dead", "accounting",
    ]
    package var typeName: String { Self.types.indices.contains(Int(type)) ? Self.types[Int(type)] : "\(type)" }
}

extension LoginRecord: FieldRecord {
    package static let fieldNames = [
        "path", "number", "record", "pid", "terminal", "user", "user_left_out", "host", "address", "session", "time",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("number", .unsigned(number))
        writer.field("record", .text(typeName))
        writer.field("pid", .number(pid))
        writer.field("terminal", .raw(terminal))
        writer.field("user", user.map { .raw($0) })
        writer.field("user_left_out", user == nil ? .flag(true) : nil)
        writer.field("host", .raw(host))
        writer.field("address", address.map { .text($0) })
        writer.field("session", .number(session))
        writer.field("time", .time(time))
    }
}

extension LoginRecord {
    /// Where things are in a record of this machine's kind: with a `long` of 32 bits in it for programs of 32 bits on x86, else not.
    package struct Layout: Sendable {
        package var size: Int
        package var session: Range<Int>
        package var seconds: Range<Int>
        package var microseconds: Range<Int>
        package var address: Range<Int>

        #if arch(x86_64)
        package static let own = Layout(
            size: 384, session: 336..<340, seconds: 340..<344, microseconds: 344..<348, address: 348..<364)
        #else
        package static let own = Layout(
            size: 400, session: 336..<344, seconds: 344..<352, microseconds: 352..<360, address: 360..<376)
        #endif
    }

    /// The last records of a file are read, and no more than these.
    package static let mostRecords = 50_000

    /// Reads the last records of a file; none where there is no such file.
    ///
    /// - Parameter known: names of the host's users.
    package static func read(
        _ path: RawText, known: Set<RawText>, _ tree: HostTree, _ failures: inout FailureLog
    ) -> [LoginRecord] {
        do throws(HostError) {
            let file = try tree.open(path)
            let size = UInt64(max(0, try file.status().st_size))
            let layout = Layout.own
            let count = size / UInt64(layout.size)
            let first = count > UInt64(mostRecords) ? count - UInt64(mostRecords) : 0
            if first > 0 {
                failures.record(
                    HostError(
                        .limitReached, "read", path,
                        reason: "of its \(count) records only the last \(mostRecords) were read"))
            }
            let bytes = try file.bytes(
                at: first * UInt64(layout.size), count: Int(count - first) * layout.size, path: path)
            return stride(from: 0, to: bytes.count / layout.size * layout.size, by: layout.size).compactMap { start in
                let record = bytes[start..<start + layout.size]
                // A hole in the file.
                guard record.contains(where: { $0 != 0 }) else { return nil }
                return LoginRecord(
                    path, first + UInt64(start / layout.size), Array(record), layout, known)
            }
        } catch {
            if error.code != .notFound { failures.record(error) }
            return []
        }
    }

    private init(_ path: RawText, _ number: UInt64, _ bytes: [UInt8], _ layout: Layout, _ known: Set<RawText>) {
        func integer(_ range: Range<Int>) -> Int64 {
            let value = bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return range.count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }
        func text(_ range: Range<Int>) -> RawText { RawText(Array(bytes[range].prefix { $0 != 0 })) }
        self.path = path
        self.number = number
        type = Int16(truncatingIfNeeded: Int(bytes[0]) | Int(bytes[1]) << 8)
        pid = Int32(truncatingIfNeeded: integer(4..<8))
        terminal = text(8..<40)
        host = text(76..<332)
        session = integer(layout.session)
        let seconds = integer(layout.seconds)
        // In 32 bits it goes on to 2106.
        time = Timestamp(
            seconds: layout.seconds.count == 4 ? Int64(UInt32(truncatingIfNeeded: seconds)) : seconds,
            nanoseconds: UInt32(clamping: max(0, integer(layout.microseconds))).multipliedReportingOverflow(by: 1_000)
                .partialValue)
        address = Self.address(Array(bytes[layout.address]))
        let name = text(44..<76)
        // Whoever types the password where the name belongs leaves it in btmp.
        let isTyped = path.bytes.ends(with: "btmp") || path.bytes.ends(with: "btmp.1")
        user = isTyped && host.bytes.isEmpty && !name.bytes.isEmpty && !known.contains(name) ? nil : name
    }

    /// Four words in the order of the network: one of IPv4, four of IPv6.
    private static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        if bytes[4...].allSatisfy({ $0 == 0 }) { return bytes[..<4].map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}

/// When a user last logged in, by `lastlog`.
package struct LastLogin: Hashable, Sendable {
    package var user: RawText
    package var uid: UInt32
    package var time: Timestamp
    package var terminal: RawText
    package var host: RawText
}

extension LastLogin: FieldRecord {
    package static let fieldNames = ["user", "uid", "time", "terminal", "host"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("user", .raw(user))
        writer.field("uid", .number(uid))
        writer.field("time", .time(time))
        writer.field("terminal", .raw(terminal))
        writer.field("host", .raw(host))
    }
}

extension LastLogin {
    #if arch(x86_64)
    private static let timeBytes = 4
    #else
    private static let timeBytes = 8
    #endif

    /// The record of each user stands at its number: the file is sparse, and only those places are read.
    ///
    /// Source: lastlog(8); glibc, sysdeps/gnu/bits/utmp.h, `struct lastlog`.
    package static func read(_ users: [UserAccount], _ tree: HostTree, _ failures: inout FailureLog) -> [LastLogin] {
        let path: RawText = "/var/log/lastlog"
        let size = timeBytes + 32 + 256
        do throws(HostError) {
            let file = try tree.open(path)
            var found: [LastLogin] = []
            for user in users {
                guard let uid = user.uid else { continue }
                let bytes = try file.bytes(at: UInt64(uid) * UInt64(size), count: size, path: path)
                guard bytes.count == size else { continue }
                let seconds = bytes[..<timeBytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                guard seconds != 0 else { continue }
                func text(_ range: Range<Int>) -> RawText { RawText(Array(bytes[range].prefix { $0 != 0 })) }
                found.append(
                    LastLogin(
                        user: user.name, uid: uid, time: Timestamp(seconds: Int64(clamping: seconds)),
                        terminal: text(timeBytes..<timeBytes + 32), host: text(timeBytes + 32..<size)))
            }
            return found
        } catch {
            if error.code != .notFound { failures.record(error) }
            return []
        }
    }
}
