internal import BundleFormat
internal import Rows
internal import SQLite
internal import StructuredText

extension DatabaseStore {
    /// What a bundle says of itself before anything is captured.
    func facts(of opening: OpeningRecord) throws {
        let record = opening.caseRecord
        for (name, value) in [
            ("bundle", "\(opening.bundle)"), ("case", record.id), ("evidence", record.evidence),
            ("operator", record.operator), ("purpose", record.purpose), ("authorisation", record.authorisation),
            ("tool", "\(opening.tool.name) \(opening.tool.version)"), ("tool_sha256", opening.tool.sha256),
            ("started", RowTime(nanoseconds: opening.started.wall).words),
            ("targets", opening.targets.joined(separator: " ")), ("profile", opening.profile),
            ("touch", opening.touch.rawValue), ("secrets", opening.secrets.rawValue),
            ("cluster_server", opening.cluster?.server), ("cluster_version", opening.cluster?.version),
            ("cluster_uid", opening.cluster?.uid),
            ("cluster_clock_offset_ms", opening.cluster?.clockOffsetMilliseconds.map { "\($0)" }),
            ("host", opening.host.hostname), ("host_kernel", opening.host.kernel),
            ("clock_synchronized", opening.clock.map { $0.synchronized ? "true" : "false" }),
        ] {
            try fact(name, value)
        }
    }

    func add(_ line: LedgerLine) throws {
        try run(
            "INSERT INTO ledger VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            [
                SQLValue(line.attempt), .text(line.collector), .text(line.step), SQLValue(line.target.kind),
                SQLValue(line.target.namespace), SQLValue(line.target.name), SQLValue(line.target.container),
                SQLValue(line.target.node), SQLValue(line.target.resource), .text(line.source.rawValue),
                SQLValue(line.via?.rawValue),
                .text(line.state.rawValue), SQLValue(line.reason?.code.rawValue), SQLValue(line.reason?.message),
                SQLValue(line.entries.count), SQLValue(line.bytes), SQLValue(line.truncated != nil),
                .text(RowTime(nanoseconds: line.started).words), .text(RowTime(nanoseconds: line.ended).words),
            ])
    }

    func add(_ line: CustodyLine) throws {
        try run(
            "INSERT INTO custody VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            [
                SQLValue(line.number), .text(RowTime(nanoseconds: line.time).words), .text(line.action.rawValue),
                SQLValue(line.target.kind), SQLValue(line.target.namespace), SQLValue(line.target.name),
                SQLValue(line.target.container), SQLValue(line.attempt),
                .text(String(decoding: JSONValue.object(line.detail).serialized(), as: UTF8.self)),
            ])
    }
}
