/// What is there of iptables-legacy in one family.
package struct LegacyTablesRecord: FieldRecord {
    package static let fieldNames = ["family", "tables", "program", "file", "problem"]

    package var family: String
    package var tables: [String]
    /// What printed the rules, and into which file beside this one.
    package var program: String?
    package var file: String?
    /// Why the rules are not there, or not all.
    package var problem: String?

    package init(family: String, tables: [String]) {
        self.family = family
        self.tables = tables
    }

    package func write(to writer: inout some FieldWriter) {
        writer.field("family", .text(family))
        writer.field("tables", .textList(tables))
        writer.field("program", program.map { .text($0) })
        writer.field("file", file.map { .text($0) })
        writer.field("problem", problem.map { .text($0) })
    }
}

extension HostNetwork {
    /// `/proc/<pid>/net/nf_conntrack` of the host's process 1.
    package func connectionsFile() throws(HostError) -> OwnedDescriptor {
        let process = try proc.process(1)
        let folder = try process.directory("net")
        return try folder.regularFile("nf_conntrack")
    }
}
