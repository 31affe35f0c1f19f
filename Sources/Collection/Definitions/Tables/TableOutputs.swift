internal import Rows

/// Which files the steps of a collector can bring, as far as the definition says.
struct TableOutputs {
    /// Known names.
    private(set) var names: [String] = []
    /// Whether there are others.
    private(set) var isOpen = false

    init(_ steps: [StepDefinition]) {
        for step in steps {
            names += step.fileNames
            guard case .fixed(let paths) = step.kind.output else { continue }
            for path in paths {
                let last = path.split(separator: "/").last.map(String.init) ?? ""
                if last.contains("<") || last.contains("…") { isOpen = true } else { names.append(last) }
            }
        }
    }

    /// Whether one of the files can be one that the table reads. What is beside an output, as `<output>.response.json`, counts.
    func has(_ table: TableDefinition) -> Bool {
        if isOpen || names.contains(where: { table.reads(file: $0) }) { return true }
        return names.contains { table.from.hasPrefix($0 + ".") }
    }
}
