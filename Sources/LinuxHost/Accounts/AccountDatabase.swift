/// Reads `passwd`, `shadow` and `group` of a host. Accounts of a directory service (LDAP, SSSD) are in none of these.
///
/// Source: passwd(5), shadow(5), group(5).
package struct AccountDatabase: Sendable {
    package private(set) var users: [UserAccount] = []
    package private(set) var groups: [UserGroup] = []

    /// More than any host has in files; the file of such a one is cut, which is told.
    private static let mostBytes = 16 << 20

    package init(_ tree: HostTree, _ failures: inout FailureLog) {
        let shadow = Self.shadow(tree, &failures)
        var named: Set<RawText> = []
        for (fields, line) in Self.fields("/etc/passwd", tree, &failures) {
            // Lines of NIS (`+`) have fewer.
            guard fields.count >= 7 || fields[0].first == UInt8(ascii: "+") else {
                failures.record(Self.malformed("/etc/passwd", line))
                continue
            }
            let name = RawText(Array(fields[0]))
            func field(_ index: Int) -> RawText { RawText(index < fields.count ? Array(fields[index]) : []) }
            let isElsewhere = fields.count > 1 && fields[1].elementsEqual("x".utf8)
            let entry = named.insert(name).inserted ? shadow.entries[name] : nil
            var user = UserAccount(
                name: name, uid: Self.number(field(2)), gid: Self.number(field(3)), comment: field(4), home: field(5),
                shell: field(6), password: PasswordState(field: field(1).bytes), line: line)
            user.isHashInPasswd = user.password.algorithm != nil
            if isElsewhere { user.password = entry?.password ?? PasswordState(.absent) }
            if let entry { user.aging = entry.aging }
            users.append(user)
        }
        for name in shadow.order where !named.contains(name) {
            guard let entry = shadow.entries[name] else { continue }
            var user = UserAccount(
                name: name, uid: nil, gid: nil, comment: "", home: "", shell: "", password: entry.password, line: nil)
            user.aging = entry.aging
            users.append(user)
        }
        for (fields, line) in Self.fields("/etc/group", tree, &failures) {
            guard fields.count >= 4 || fields[0].first == UInt8(ascii: "+") else {
                failures.record(Self.malformed("/etc/group", line))
                continue
            }
            let members = fields.count > 3 ? fields[3].split(separator: 0x2C).map { RawText(Array($0)) } : []
            groups.append(
                UserGroup(
                    name: RawText(Array(fields[0])),
                    gid: fields.count > 2 ? Self.number(RawText(Array(fields[2]))) : nil,
                    members: members, password: PasswordState(field: fields.count > 1 ? Array(fields[1]) : []),
                    line: line))
        }
    }

    private struct Shadow {
        var entries: [RawText: (password: PasswordState, aging: UserAccount.Aging)] = [:]
        var order: [RawText] = []
    }

    private static func shadow(_ tree: HostTree, _ failures: inout FailureLog) -> Shadow {
        var shadow = Shadow()
        for (fields, line) in fields("/etc/shadow", tree, &failures) {
            guard fields.count >= 2 else {
                failures.record(malformed("/etc/shadow", line))
                continue
            }
            func days(_ index: Int) -> Int64? {
                index < fields.count ? Int64(String(decoding: fields[index], as: UTF8.self)) : nil
            }
            var aging = UserAccount.Aging()
            (aging.lastChange, aging.minimum, aging.maximum) = (days(2), days(3), days(4))
            (aging.warning, aging.inactive, aging.expires) = (days(5), days(6), days(7))
            let name = RawText(Array(fields[0]))
            // The first is the one that counts.
            guard shadow.entries[name] == nil else { continue }
            shadow.entries[name] = (PasswordState(field: fields[1]), aging)
            shadow.order.append(name)
        }
        return shadow
    }

    private static func fields(
        _ path: RawText, _ tree: HostTree, _ failures: inout FailureLog
    ) -> [(fields: [ArraySlice<UInt8>], line: Int)] {
        guard let file = tree.read(path, limit: mostBytes, &failures) else { return [] }
        return file.lines.enumerated().compactMap { index, line in
            guard !line.isEmpty, line.first != UInt8(ascii: "#") else { return nil }
            return (line.split(separator: 0x3A, omittingEmptySubsequences: false), index + 1)
        }
    }

    /// Nothing of the line: a field that has slipped may be a hash.
    private static func malformed(_ path: RawText, _ line: Int) -> HostError {
        HostError(.malformed, "parse", path, reason: "line \(line) has too few fields, and was left out")
    }

    private static func number(_ text: RawText) -> UInt32? {
        UInt32(text.string)
    }
}
