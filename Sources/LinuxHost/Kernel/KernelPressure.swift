/// How much of the time tasks waited for something.
///
/// Source: Documentation/accounting/psi.rst.
package struct KernelPressure: Hashable, Sendable {
    /// `cpu`, `memory`, `io`, `irq`.
    package var resource: String
    /// `some`: at least one task waited; `full`: all did.
    package var kind: String
    /// In percent of the last 10, 60 and 300 seconds.
    package var averages: [Double]
    /// Since the start of the host.
    package var totalMicroseconds: UInt64?
}

extension KernelPressure: FieldRecord {
    package static let fieldNames = ["resource", "kind", "avg10", "avg60", "avg300", "total_us"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("resource", .text(resource))
        writer.field("kind", .text(kind))
        for (index, name) in ["avg10", "avg60", "avg300"].enumerated() {
            writer.field(name, index < averages.count ? .fraction(averages[index]) : nil)
        }
        writer.field("total_us", .optional(totalMicroseconds))
    }
}

extension KernelPressure {
    /// None on a kernel that does not count it.
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> [KernelPressure] {
        ["cpu", "memory", "io", "irq"].flatMap { resource -> [KernelPressure] in
            let path = RawText("/proc/pressure/" + resource)
            let file: TreeFile
            do throws(HostError) {
                file = try tree.contents(path, limit: 4_096)
            } catch {
                // EOPNOTSUPP: it is built in and not switched on.
                if ![.notFound, .system].contains(error.code) { failures.record(error) }
                return []
            }
            return file.lines.compactMap { line in
                let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
                guard let kind = words.first, kind == "some" || kind == "full" else { return nil }
                let values = words.dropFirst().compactMap { $0.split(separator: "=").last.map(String.init) }
                guard values.count == 4 else { return nil }
                return KernelPressure(
                    resource: resource, kind: kind, averages: values.prefix(3).compactMap { Double($0) },
                    totalMicroseconds: UInt64(values[3]))
            }
        }
    }
}
