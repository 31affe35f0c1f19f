import Foundation
import Testing

/// What `exhibit collectors test` says: how the steps of a collector ended, and the rows of its tables.
struct CollectorTrial: Decodable {
    struct Attempt: Decodable {
        let step: String
        let state: String
        let reason: String?
    }

    struct Table: Decodable {
        let name: String
        let rows: Int
        let unread: Int
        let unreadCells: Int
        let columns: [String]
        /// The first rows, as they are shown.
        let first: [[String?]]

        /// Everything in its files was read.
        var isWhole: Bool { unread == 0 && unreadCells == 0 }

        /// A column of the first rows.
        func cells(_ column: String) -> [String?] {
            guard let place = columns.firstIndex(of: column) else { return [] }
            return first.map { $0[place] }
        }
    }

    let attempts: [Attempt]
    let tables: [Table]

    var states: [String: String] {
        Dictionary(attempts.map { ($0.step, $0.state) }) { first, _ in first }
    }

    func table(_ name: String) throws -> Table { try #require(tables.first { $0.name == name }, "no table \(name)") }

    /// - Parameter arguments: the collector, its target, and its values.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], expecting code: Int32 = Exhibit.Code.ok
    ) async throws -> CollectorTrial {
        try await Exhibit.expect(
            code, ["collectors", "test"] + arguments + ["--output", "json", "--lines", "50"], environment: environment
        ).json(CollectorTrial.self)
    }
}
