import Inspection

/// Objects as tests write them.
func object(_ yaml: String) throws -> ObjectNode {
    try ObjectNode(parsing: Array(yaml.utf8))
}
