extension HostError: FieldRecord {
    public static let fieldNames = ["code", "operation", "path", "pid", "errno", "reason", "advice"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("code", .text(code.rawValue))
        writer.field("operation", .text(operation))
        writer.field("path", .raw(path))
        writer.field("pid", .optional(pid))
        writer.field("errno", errorNumber == 0 ? nil : .number(errorNumber))
        writer.field("reason", .text(reason))
        writer.field("advice", advice.map { .text($0) })
    }
}
