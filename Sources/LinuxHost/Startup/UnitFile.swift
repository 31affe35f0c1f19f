/// A unit of systemd, or a piece of one, as its file has it.
///
/// Source: systemd.unit(5), systemd.service(5), systemd.timer(5).
package struct UnitFile: Hashable, Sendable {
    /// Who reads it: the system's manager, or those of users.
    package var isOfUsers: Bool
    /// The unit's name, as `ssh.service`; of a piece that of the unit that it belongs to.
    package var unit: RawText
    package var path: RawText
    /// Whether it only adds to another file of the unit (`ssh.service.d/own.conf`).
    package var isPiece: Bool
    package var user: RawText?
    package var description: RawText?
    /// `ExecStart=/usr/sbin/sshd -D` and the like, in order.
    package var commands: [RawText] = []
    /// `OnCalendar=daily`, `ListenStream=22`, `PathExists=/x` and the like.
    package var triggers: [RawText] = []
    /// Names of variables that it sets, and files that it takes them from.
    package var environment: [RawText] = []
    package var environmentFiles: [RawText] = []
    /// `WantedBy=multi-user.target` and the like.
    package var install: [RawText] = []
    /// What it is another name for, or that it is masked (`/dev/null`).
    package var file: FileStatus
    package var sha256: String?
    package var package: String?

    package init(isOfUsers: Bool, unit: RawText, path: RawText, isPiece: Bool, file: FileStatus) {
        self.isOfUsers = isOfUsers
        self.unit = unit
        self.path = path
        self.isPiece = isPiece
        self.file = file
    }
}

extension UnitFile: FieldRecord {
    package static let fieldNames =
        [
            "manager", "unit", "path", "piece", "user", "description", "commands", "triggers", "environment",
            "environment_files", "install",
        ] + FileStatus.fieldNames + ["sha256", "package"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("manager", .text(isOfUsers ? "user" : "system"))
        writer.field("unit", .raw(unit))
        writer.field("path", .raw(path))
        writer.field("piece", isPiece ? .flag(true) : nil)
        writer.field("user", user.map { .raw($0) })
        writer.field("description", description.map { .raw($0) })
        writer.field("commands", .rawList(commands))
        writer.field("triggers", .rawList(triggers))
        writer.field("environment", .rawList(environment))
        writer.field("environment_files", .rawList(environmentFiles))
        writer.field("install", .rawList(install))
        file.write(to: &writer)
        writer.field("sha256", sha256.map { .text($0) })
        writer.field("package", package.map { .text($0) })
    }
}

extension UnitFile {
    /// Keys whose values are programs.
    private static let programs: Set<String> = [
        "ExecStart", "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPost",
    ]
    private static let installs: Set<String> = ["WantedBy", "RequiredBy", "UpheldBy", "Also", "Alias"]
    private static let mostValues = 200

    /// Takes the settings that say what runs, when and as whom. Of `Environment` only names: units have passwords in it.
    package mutating func take(_ text: TreeFile) {
        var logical: [UInt8] = []
        for line in text.lines {
            if line.last == UInt8(ascii: "\\") {
                logical += line.dropLast() + [0x20]
                continue
            }
            take(line: logical + line)
            logical = []
        }
        take(line: logical)
    }

    private mutating func take(line: [UInt8]) {
        guard let first = line.first, ![UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: "[")].contains(first),
            let equals = line.firstIndex(of: UInt8(ascii: "="))
        else { return }
        let key = String(decoding: line[..<equals], as: UTF8.self).filter { $0 != " " && $0 != "\t" }
        let value = line[(equals + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.prefix(8 << 10)
        let setting = RawText(Array("\(key)=".utf8) + value)
        func add(_ values: inout [RawText], _ value: RawText) {
            if values.count < Self.mostValues { values.append(value) }
        }
        switch key {
        case _ where Self.programs.contains(key): add(&commands, setting)
        case _ where Self.installs.contains(key): add(&install, setting)
        case "User": user = RawText(Array(value))
        case "Description": description = RawText(Array(value))
        case "EnvironmentFile": add(&environmentFiles, RawText(Array(value)))
        case "Environment", "PassEnvironment":
            // `"A=b c" D=e`: a name is what stands before `=` at the beginning of a word.
            for word in Self.words(value) {
                if let kept = KeptVariable.kept(word) { add(&environment, kept) }
            }
        case _
        where (key.hasPrefix("On") && key != "OnFailure" && key != "OnSuccess") || key.hasPrefix("Listen")
            || key.hasPrefix("Path") || ["DirectoryNotEmpty", "Unit", "BusName", "Persistent"].contains(key):
            add(&triggers, setting)
        default: break
        }
    }

    /// Words between blanks, of which quotes hold together what is in them.
    private static func words(_ value: ArraySlice<UInt8>) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var quote: UInt8?
        for byte in value {
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == 0x22 || byte == 0x27 {
                quote = byte
            } else if quote == nil, byte == 0x20 || byte == 0x09 {
                if !word.isEmpty { words.append(word) }
                word = []
            } else {
                word.append(byte)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
