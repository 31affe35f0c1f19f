internal import Glibc

/// Who is at work, where nobody says it: `user@host`.
enum OperatorName {
    static func current(host: String?) -> String {
        "\(user)@\(host ?? "unknown host")"
    }

    /// As gethostname(2) has it.
    static var host: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0, name[0] != 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static var user: String {
        if let entry = getpwuid(getuid()), let name = entry.pointee.pw_name { return String(cString: name) }
        return "uid \(getuid())"
    }
}
