internal import Inspection
internal import SQLite
internal import Synchronization

/// Files of a capture in the format of The Sleuth Kit, for mactime (https://wiki.sleuthkit.org/index.php?title=Body_file):
/// `MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime`, a line each, times in seconds.
///
/// A name is `node or namespace/pod/container`, `:`, and the path; what is not printable in it, and `|`, is written as `=` and two
/// digits in hex. What is not known is 0, as the format has it.
struct Bodyfile {
    let database: EvidenceDatabase
    let filter: TimelineFilter

    func write() async throws {
        let (condition, values) = try await filter.sql(of: database)
        let output = Mutex(RenderingOutput())
        try await database.query(
            """
            SELECT * FROM (
              SELECT coalesce(f.namespace || '/' || f.pod || coalesce('/' || f.container, ''), f.node, 'host') || ':' || f.path AS place,
                f.mode, f.uid, f.gid, f.size, unixepoch(f.modified), unixepoch(f.changed), f.change,
                strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(f.changed, f.modified)) AS time, 'file' AS source,
                iif(f.setuid, 'warning', 'info') AS severity, iif(f.pod IS NULL, 'Node', 'Pod') AS kind, f.namespace AS namespace,
                coalesce(f.pod, f.node) AS name
              FROM files f WHERE coalesce(f.changed, f.modified) IS NOT NULL) timeline
            WHERE \(condition) ORDER BY time, place
            """, values,
            row: { row in
                var place = Self.escaped(row[0].text ?? "")
                if row[7].text == "deleted" { place += " (deleted)" }
                let numbers = row[2...6].map { $0.integer.map(String.init) ?? "0" }
                let line =
                    "0|\(place)|0|\(Self.escaped(row[1].text ?? "0"))|\(numbers[0])|\(numbers[1])|\(numbers[2])|0|\(numbers[3])|\(numbers[4])|0"
                try output.withLock { try $0.line(line) }
            })
        try output.withLock { try $0.flush() }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "|"), byte != UInt8(ascii: "=") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "=" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
