/// A line of `passwd` with what `shadow` says of it, but the hash.
package struct UserAccount: Hashable, Sendable {
    package var name: RawText
    package var uid: UInt32?
    package var gid: UInt32?
    package var comment: RawText
    package var home: RawText
    package var shell: RawText
    package var password: PasswordState
    /// Whether `passwd` itself has a hash, where anybody can read it.
    package var isHashInPasswd = false
    /// From `shadow`, in days since 1970 and in days; nil where it says nothing.
    package var aging = Aging()
    /// The line in `passwd`, from 1; nil for one that only `shadow` has.
    package var line: Int?

    /// Source: shadow(5).
    package struct Aging: Hashable, Sendable {
        package var lastChange: Int64?
        package var minimum: Int64?
        package var maximum: Int64?
        package var warning: Int64?
        package var inactive: Int64?
        package var expires: Int64?
        package init() {}
    }
}

extension UserAccount: FieldRecord {
    package static let fieldNames = [
        "name", "uid", "gid", "comment", "home", "shell", "password", "algorithm", "hash_in_passwd", "last_change",
        "minimum_days", "maximum_days", "warning_days", "inactive_days", "expires", "line",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .raw(name))
        writer.field("uid", .optional(uid))
        writer.field("gid", .optional(gid))
        writer.field("comment", .raw(comment))
        writer.field("home", .raw(home))
        writer.field("shell", .raw(shell))
        writer.field("password", .text(password.kind.rawValue))
        writer.field("algorithm", password.algorithm.map { .text($0) })
        writer.field("hash_in_passwd", isHashInPasswd ? .flag(true) : nil)
        writer.field("last_change", Self.day(aging.lastChange))
        writer.field("minimum_days", .optional(aging.minimum))
        writer.field("maximum_days", .optional(aging.maximum))
        writer.field("warning_days", .optional(aging.warning))
        writer.field("inactive_days", .optional(aging.inactive))
        writer.field("expires", Self.day(aging.expires))
        writer.field("line", .optional(line))
    }

    /// No day that a person means is further away.
    private static func day(_ days: Int64?) -> FieldValue? {
        days.flatMap { abs($0) < 3_000_000 ? .time(Timestamp(seconds: $0 * 86_400)) : nil }
    }
}

/// A line of `group`.
package struct UserGroup: Hashable, Sendable {
    package var name: RawText
    package var gid: UInt32?
    package var members: [RawText]
    package var password: PasswordState
    package var line: Int
}

extension UserGroup: FieldRecord {
    package static let fieldNames = ["name", "gid", "members", "password", "line"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .raw(name))
        writer.field("gid", .optional(gid))
        writer.field("members", .rawList(members))
        writer.field("password", .text(password.kind.rawValue))
        writer.field("line", .number(line))
    }
}
