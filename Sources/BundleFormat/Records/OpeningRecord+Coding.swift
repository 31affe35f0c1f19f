internal import StructuredText

extension OpeningRecord {
    /// The record with its LF.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 2_048)
        writer.object {
            $0.member("format", "exhibit-bundle")
            $0.member("version", 1)
            $0.member("critical", [])
            $0.member("bundle", bundle.rawValue)
            $0.member("folder", folder.rawValue)
            $0.member(
                "started",
                [
                    "wall": .string(Timestamp.text(started.wall)), "unix": JSONValue(started.unix),
                    "boottime": JSONValue(started.boottime),
                ])
            $0.member("case", caseRecord.json)
            $0.member("tool", tool.json)
            $0.member("invocation", .array(invocation.map { .string($0) }))
            $0.member("targets", .array(targets.map { .string($0) }))
            $0.member("profile", profile)
            if !parameters.isEmpty { $0.member("parameters", .object(Self.json(parameters))) }
            $0.member("touch", touch.rawValue)
            $0.member("secrets", secrets.rawValue)
            if !recipients.isEmpty { $0.member("recipients", .array(recipients.map { .string($0) })) }
            if let cluster { $0.member("cluster", cluster.json) }
            $0.member("host", host.json)
            if let clock { $0.member("clock", clock.json) }
            $0.member("limits", .object(limits))
            if let key {
                $0.member("key", ["type": .string(key.type), "public": .string(key.public), "purpose": "run"])
            }
            if let derived { $0.member("derived", .object(derived)) }
        }
        writer.endLine()
        return writer.bytes
    }

    /// Reads the record, LF included. Throws ``FormatError/Code/unsupported`` for another version and for unknown names
    /// in `critical`.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        let doing = "reading the opening record"
        guard bytes.last == 0x0A else { throw FormatError(doing: doing, reason: "it does not end in a line end") }
        let reader = try RecordReader(
            bytes.dropLast(), doing: doing, limit: FormatLimits.openingRecord, members: Self.members)
        guard try reader.string("format") == "exhibit-bundle" else {
            throw FormatError(
                code: .unsupported, doing: doing, subject: "format", reason: "it is not `exhibit-bundle`")
        }
        let version = try reader.natural("version")
        guard version == 1 else {
            throw FormatError(
                code: .unsupported, doing: doing, subject: "version \(version)",
                reason: "this program reads version 1", advice: "use a newer exhibit")
        }
        if let extensionName = try reader.strings("critical").first {
            throw FormatError(
                code: .unsupported, doing: doing, subject: extensionName,
                reason: "the bundle must not be read without this extension, which this program does not know",
                advice: "use a newer exhibit")
        }
        guard let bundle = BundleID(try reader.string("bundle")) else {
            throw reader.missing("bundle", "32 hex digits")
        }
        guard let touch = Touch(rawValue: try reader.string("touch")) else {
            throw reader.missing("touch", "one of the four levels")
        }
        guard let secrets = Secrets(rawValue: try reader.string("secrets")) else {
            throw reader.missing("secrets", "`hashed` or `included`")
        }
        self.init(
            bundle: bundle, folder: try FolderName(try reader.string("folder")),
            started: try Start(try reader.object("started")), tool: try Tool(try reader.object("tool")))
        caseRecord = try Case(try reader.object("case"))
        invocation = try reader.strings("invocation")
        targets = try reader.strings("targets")
        profile = try reader.string("profile")
        parameters =
            try reader.optionalObject("parameters").map { (part) throws(FormatError) in
                try Self.parameters(part)
            } ?? [:]
        self.touch = touch
        self.secrets = secrets
        recipients = reader["recipients"] != nil ? try reader.strings("recipients") : []
        cluster = try reader.optionalObject("cluster").map { (part) throws(FormatError) in try Cluster(part) }
        host = try Host(try reader.object("host"))
        clock = try reader.optionalObject("clock").map { (part) throws(FormatError) in try Clock(part) }
        limits = try reader.object("limits").all
        key = try RunKey(try reader.object("key"))
        derived = try reader.optionalObject("derived")?.all
    }

    private static let members = [
        "format", "version", "critical", "bundle", "folder", "started", "case", "tool", "invocation", "targets",
        "profile", "parameters",
        "touch", "secrets", "recipients", "cluster", "host", "clock", "limits", "key", "derived",
    ]

    private static func json(_ parameters: [String: [String: String]]) -> JSONObject {
        func sorted<Value>(_ values: [String: Value], _ json: (Value) -> JSONValue) -> JSONObject {
            JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) })
        }
        return sorted(parameters) { .object(sorted($0) { .string($0) }) }
    }

    private static func parameters(_ reader: RecordReader) throws(FormatError) -> [String: [String: String]] {
        var parameters: [String: [String: String]] = [:]
        for collector in reader.all.map(\.key) {
            let values = try reader.object(collector)
            for name in values.all.map(\.key) { parameters[collector, default: [:]][name] = try values.string(name) }
        }
        return parameters
    }

    /// An object of those members that have a value.
    fileprivate static func object(_ members: [(String, String?)]) -> JSONValue {
        .object(JSONObject(members.compactMap { name, value in value.map { (name, JSONValue.string($0)) } }))
    }
}

extension OpeningRecord.Start {
    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            wall: try reader.time("wall"), unix: try reader.natural("unix"), boottime: try reader.integer("boottime"))
        guard unix < 1 << 33 else { throw reader.missing("unix", "a time that a tar header can hold") }
    }
}

extension OpeningRecord.Tool {
    var json: JSONValue {
        OpeningRecord.object([("name", name), ("version", version), ("sha256", sha256)])
    }

    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            name: try reader.string("name"), version: try reader.string("version"),
            sha256: try reader.optionalString("sha256"))
    }
}

extension OpeningRecord.Case {
    var json: JSONValue {
        OpeningRecord.object([
            ("id", id), ("evidence", evidence), ("operator", `operator`), ("purpose", purpose),
            ("authorisation", authorisation),
        ])
    }

    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            id: try reader.optionalString("id"), evidence: try reader.optionalString("evidence"),
            operator: try reader.optionalString("operator"), purpose: try reader.optionalString("purpose"),
            authorisation: try reader.optionalString("authorisation"))
    }
}

extension OpeningRecord.Cluster {
    var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("server", server), ("context", context), ("user", user), ("version", version), ("uid", uid),
        ].compactMap { name, value in value.map { (name, .string($0)) } }
        members += [
            ("clockOffsetMilliseconds", clockOffsetMilliseconds),
            ("clockOffsetErrorMilliseconds", clockOffsetErrorMilliseconds),
        ].compactMap { name, value in value.map { (name, JSONValue($0)) } }
        return .object(JSONObject(members))
    }

    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            server: try reader.optionalString("server"), context: try reader.optionalString("context"),
            user: try reader.optionalString("user"), version: try reader.optionalString("version"),
            uid: try reader.optionalString("uid"),
            clockOffsetMilliseconds: reader["clockOffsetMilliseconds"]?.int.map(Int64.init),
            clockOffsetErrorMilliseconds: reader["clockOffsetErrorMilliseconds"]?.int.map(Int64.init))
    }
}

extension OpeningRecord.Host {
    var json: JSONValue {
        OpeningRecord.object([("hostname", hostname), ("machine", machine), ("boot", boot), ("kernel", kernel)])
    }

    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            hostname: try reader.optionalString("hostname"), machine: try reader.optionalString("machine"),
            boot: try reader.optionalString("boot"), kernel: try reader.optionalString("kernel"))
    }
}

extension OpeningRecord.Clock {
    var json: JSONValue {
        var object: JSONObject = ["synchronized": .bool(synchronized)]
        object["estimatedErrorMicroseconds"] = estimatedErrorMicroseconds.map { JSONValue($0) }
        object["maximumErrorMicroseconds"] = maximumErrorMicroseconds.map { JSONValue($0) }
        return .object(object)
    }

    init(_ reader: RecordReader) throws(FormatError) {
        guard let synchronized = reader["synchronized"]?.bool else {
            throw reader.missing("synchronized", "true or false")
        }
        self.init(
            synchronized: synchronized,
            estimatedErrorMicroseconds: reader["estimatedErrorMicroseconds"]?.int.map(Int64.init),
            maximumErrorMicroseconds: reader["maximumErrorMicroseconds"]?.int.map(Int64.init))
    }
}

extension OpeningRecord.RunKey {
    init(_ reader: RecordReader) throws(FormatError) {
        guard try reader.string("purpose") == "run" else { throw reader.missing("purpose", "`run`") }
        self.init(type: try reader.string("type"), public: try reader.string("public"))
    }
}
