/// Puts the nodes of each column into an order in which few links cross, by the middle of their neighbours
/// (Sugiyama, Tagawa, Toda 1981). Equal ones keep their order, so that it is the same each time.
struct LinkLayout {
    private static let sweeps = 6

    /// Numbers of nodes, from left to right and from top to bottom; no column is empty.
    let columns: [[Int]]

    init(columns numbers: [Int], links: [(from: Int, to: Int)]) {
        var columns: [[Int]] = []
        for column in Set(numbers).sorted() { columns.append(numbers.indices.filter { numbers[$0] == column }) }
        var neighbours = [[Int]](repeating: [], count: numbers.count)
        for link in links where link.from != link.to {
            neighbours[link.from].append(link.to)
            neighbours[link.to].append(link.from)
        }
        var position = [Double](repeating: 0, count: numbers.count)
        func place(_ column: [Int]) {
            for (row, node) in column.enumerated() { position[node] = (Double(row) + 0.5) / Double(column.count) }
        }
        columns.forEach(place)
        for sweep in 0..<Self.sweeps {
            for number in sweep.isMultiple(of: 2) ? Array(columns.indices) : columns.indices.reversed() {
                let weights = columns[number].map { node in
                    neighbours[node].isEmpty
                        ? position[node]
                        : neighbours[node].reduce(0) { $0 + position[$1] } / Double(neighbours[node].count)
                }
                columns[number] = zip(columns[number], weights).enumerated()
                    .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element.0)
                place(columns[number])
            }
        }
        self.columns = columns
    }
}
