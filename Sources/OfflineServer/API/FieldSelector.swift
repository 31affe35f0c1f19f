internal import StructuredText

/// Which values objects must have in some of their fields: `status.phase!=Running,spec.nodeName=n1`.
///
/// Source: k8s.io/apimachinery, pkg/fields/selector.go; k8s.io/kubernetes, pkg/apis/*/v1/conversion.go for which fields there are.
struct FieldSelector: Hashable, Sendable {
    struct Requirement: Hashable, Sendable {
        let field: String
        let value: String
        let isEqual: Bool
    }

    let requirements: [Requirement]

    init() {
        requirements = []
    }

    private init(_ requirements: [Requirement]) {
        self.requirements = requirements
    }

    /// The selector with another condition: that of the object's name.
    func adding(name: String) -> FieldSelector {
        FieldSelector([Requirement(field: "metadata.name", value: name, isEqual: true)] + requirements)
    }

    init(parsing text: String) throws(APIFailure) {
        var found: [Requirement] = []
        for term in Self.terms(of: text) where !term.isEmpty {
            guard let requirement = Self.requirement(term), found.count < 64 else {
                let (all, part) = (SafeText.line(text), SafeText.line(term))
                throw .badRequest("invalid selector: '\(all)'; can't understand '\(part)'")
            }
            found.append(requirement)
        }
        requirements = found
    }

    /// The name that an object must have; nil when it may have several.
    var name: String? { wanted("metadata.name") }
    /// The namespace that an object must be of; nil when it may be of several.
    var namespace: String? { wanted("metadata.namespace") }

    private func wanted(_ field: String) -> String? {
        requirements.first { $0.field == field && $0.isEqual }?.value
    }

    /// Parts between commas that no backslash stands before.
    private static func terms(of text: String) -> [String] {
        var terms = [""], isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].unicodeScalars.append(scalar)
            }
            isEscaped = scalar == "\\" && !isEscaped
        }
        return terms
    }

    private static func requirement(_ term: String) -> Requirement? {
        let scalars = Array(term.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            var length = 0
            if scalar == "!" && next == "=" || scalar == "=" && next == "=" {
                length = 2
            } else if scalar == "=" {
                length = 1
            }
            guard length > 0 else { continue }
            guard let value = unescaped(scalars[(index + length)...]) else { return nil }
            return Requirement(field: text(scalars[..<index]), value: value, isEqual: scalar != "!")
        }
        return nil
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Nil where something stands escaped that has no need, or something has the need and does not.
    private static func unescaped(_ scalars: ArraySlice<Unicode.Scalar>) -> String? {
        var value: [Unicode.Scalar] = [], isEscaped = false
        for scalar in scalars {
            if isEscaped {
                guard scalar == "\\" || scalar == "," || scalar == "=" else { return nil }
                value.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," || scalar == "=" {
                return nil
            } else {
                value.append(scalar)
            }
        }
        return isEscaped ? nil : text(value)
    }

    // MARK: What objects say

    /// - Throws: 400 for a field that the API server does not know of that kind.
    func check(_ resource: APIResource, custom: Set<String>) throws(APIFailure) {
        let known = SelectableFields.of(resource)
        for requirement in requirements {
            let field = requirement.field
            guard
                field == "metadata.name" || field == "metadata.namespace" || known[field] != nil
                    || custom.contains(field)
            else { throw .badRequest("field label not supported: \(SafeText.line(field))") }
        }
    }

    func matches(_ object: StoredObject, of resource: APIResource) -> Bool {
        guard !requirements.isEmpty else { return true }
        let known = SelectableFields.of(resource)
        return requirements.allSatisfy { requirement in
            let value =
                switch requirement.field {
                case "metadata.name": object.name
                case "metadata.namespace": object.namespace ?? ""
                default: SelectableFields.value(known[requirement.field] ?? [requirement.field], in: object.value)
                }
            return (value == requirement.value) == requirement.isEqual
        }
    }
}

/// The fields besides name and namespace by which objects can be selected.
enum SelectableFields {
    /// By what they are called, where they stand: the first that is there counts. After `?` stands what holds where none is.
    static func of(_ resource: APIResource) -> [String: [String]] { table[resource.fullName] ?? [:] }

    static func value(_ paths: [String], in object: JSONValue) -> String {
        var absent = ""
        for path in paths {
            if path.hasPrefix("?") {
                absent = String(path.dropFirst())
                continue
            }
            var value: JSONValue? = object
            for part in path.split(separator: ".") {
                value = Int(part).map { index in value?[index] } ?? value?[String(part)]
            }
            guard let value, !value.isNull else { continue }
            if let text = value.string {
                if !text.isEmpty { return text }
            } else if let flag = value.bool {
                return flag ? "true" : "false"
            } else if case .number(let text) = value {
                return text
            }
        }
        return absent
    }

    private static func same(_ fields: String...) -> [String: [String]] {
        Dictionary(uniqueKeysWithValues: fields.map { ($0, [$0]) })
    }

    private static let table: [String: [String: [String]]] = [
        "pods": same(
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
            "status.podIP", "status.nominatedNodeName"
        ).merging([
            "spec.hostNetwork": ["spec.hostNetwork", "?false"],
            "status.podIPs": ["status.podIPs.0.ip", "status.podIP"],
        ]) { $1 },
        "events": same(
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "type"
        ).merging([
            "source": ["source.component", "reportingComponent"],
            "reportingComponent": ["reportingComponent", "source.component"],
        ]) { $1 },
        "events.events.k8s.io": same(
            "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion",
            "regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type"),
        "nodes": ["spec.unschedulable": ["spec.unschedulable", "?false"]],
        "namespaces": same("status.phase"),
        "secrets": same("type"),
        "services": same("spec.clusterIP", "spec.type"),
        "replicationcontrollers": ["status.replicas": ["status.replicas", "?0"]],
        "replicasets.apps": ["status.replicas": ["status.replicas", "?0"]],
        "replicasets.extensions": ["status.replicas": ["status.replicas", "?0"]],
        "jobs.batch": ["status.successful": ["status.succeeded", "?0"]],
        "certificatesigningrequests.certificates.k8s.io": same("spec.signerName"),
    ]
}
