internal import Yams

/// What is said of a request: ports, paths, queries.
extension DefinitionReader {
    func number(_ node: Node, _ what: String, _ range: ClosedRange<Int>) throws(DefinitionError) -> Int {
        guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string), range.contains(number)
        else { throw error(node, "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)") }
        return number
    }
}
