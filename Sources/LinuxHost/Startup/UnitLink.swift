/// A link by which a unit is enabled, masked or has another name. Its text is data: it is not followed.
package struct UnitLink: Hashable, Sendable {
    package var isOfUsers: Bool
    package var path: RawText
    /// The unit that is named by the link.
    package var unit: RawText
    package var target: RawText
    /// `wants`, `requires`, `upholds` by the folder that it is in; `masked`; else `alias`.
    package var relation: String
    /// The unit that wants it.
    package var by: RawText?
    package var file: FileStatus

    package init(
        isOfUsers: Bool, path: RawText, unit: RawText, target: RawText, relation: String, by: RawText? = nil,
        file: FileStatus
    ) {
        self.isOfUsers = isOfUsers
        self.path = path
        self.unit = unit
        self.target = target
        self.relation = relation
        self.by = by
        self.file = file
    }
}

extension UnitLink: FieldRecord {
    package static let fieldNames = ["manager", "path", "unit", "target", "relation", "by", "uid", "mtime", "ctime"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("manager", .text(isOfUsers ? "user" : "system"))
        writer.field("path", .raw(path))
        writer.field("unit", .raw(unit))
        writer.field("target", .raw(target))
        writer.field("relation", .text(relation))
        writer.field("by", by.map { .raw($0) })
        writer.field("uid", .number(file.uid))
        writer.field("mtime", .time(file.modified))
        writer.field("ctime", .time(file.changed))
    }
}
