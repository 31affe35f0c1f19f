internal import Rows

/// A table of a collector that another has, too: in SQL a name is one table.
package struct TableClash {
    /// Where the table begins in the collector's file; nil when it came from none.
    package let line: Int?
    package let message: String

    package static func first(of collector: CollectorDefinition, with others: [CollectorDefinition]) -> TableClash? {
        for table in collector.tables {
            guard let other = others.first(where: { $0.tables.contains { $0.name == table.name } }) else { continue }
            return TableClash(
                line: table.line,
                message: "\(other.name) has a table \(table.name) already: give this one another name, as "
                    + "\(collector.name.replacing("-", with: "_"))_\(table.name)")
        }
        return nil
    }
}
