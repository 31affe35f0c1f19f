internal import Inspection
internal import StructuredText

/// What a captured row says of a pod.
struct PodRow {
    private let cells: [String: JSONValue]

    init(names: [String], cells: [JSONValue]) {
        self.cells = Dictionary(zip(names, cells)) { first, _ in first }
    }

    /// Columns that it does not have do not disagree.
    func agrees(with pod: PodStatusColumn) -> Bool {
        if let ready = cells["Ready"], ready.string != "\(pod.ready)/\(pod.containers)" { return false }
        if let status = cells["Status"], status.string != pod.status { return false }
        // A number before 1.22, `4 (5m ago)` since.
        if let restarts = cells["Restarts"] {
            let text = restarts.string ?? restarts.int.map(String.init) ?? ""
            return text.prefix { $0 != " " } == "\(pod.restarts)"
        }
        return true
    }
}
