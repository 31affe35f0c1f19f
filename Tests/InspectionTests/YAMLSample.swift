import Inspection
import StructuredText

/// Objects as tests write them.
func object(_ yaml: String) throws -> ObjectNode {
    try ObjectNode(json: try YAMLReader.json(of: Array(yaml.utf8)[...]))
}
