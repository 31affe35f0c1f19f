internal import Inspection
internal import StructuredText

extension KindColumns {
    static let storage: [String: [PrintedColumn]] = [
        "persistentvolumes": [
            .name,
            .text("Capacity", at: "spec", "capacity", "storage", or: "0"),
            .text("Access Modes") { accessModes($0.list("spec", "accessModes")) },
            .text("Reclaim Policy", at: "spec", "persistentVolumeReclaimPolicy"),
            .text("Status", phase),
            .text("Claim") { object in
                guard let claim = object.at("spec", "claimRef") else { return "" }
                return "\(claim["namespace"]?.text ?? "")/\(claim["name"]?.text ?? "")"
            },
            .text("StorageClass", storageClass),
            .text("VolumeAttributesClass", at: "spec", "volumeAttributesClassName", or: "<unset>"),
            .text("Reason", at: "status", "reason"),
            .age,
            .text("VolumeMode", isWide: true, at: "spec", "volumeMode", or: "<unset>"),
        ],
        "persistentvolumeclaims": [
            .name,
            .text("Status", phase),
            .text("Volume", at: "spec", "volumeName"),
            .text("Capacity") { object in
                object.text("spec", "volumeName").isEmpty ? "" : object.text("status", "capacity", "storage").or("0")
            },
            .text("Access Modes") { object in
                object.text("spec", "volumeName").isEmpty ? "" : accessModes(object.list("status", "accessModes"))
            },
            .text("StorageClass", storageClass),
            .text("VolumeAttributesClass", at: "spec", "volumeAttributesClassName", or: "<unset>"),
            .age,
            .text("VolumeMode", isWide: true, at: "spec", "volumeMode", or: "<unset>"),
        ],
        "storageclasses.storage.k8s.io": [
            defaultName("storageclass"),
            .text("Provisioner", at: "provisioner"),
            .text("ReclaimPolicy", at: "reclaimPolicy", or: "Delete"),
            .text("VolumeBindingMode", at: "volumeBindingMode", or: "Immediate"),
            .boolean("AllowVolumeExpansion", type: "string", at: "allowVolumeExpansion"),
            .age,
        ],
        "volumeattributesclasses.storage.k8s.io": [
            defaultName("volumeattributesclass"), .text("DriverName", at: "driverName"), .age,
        ],
        "volumeattachments.storage.k8s.io": [
            .name,
            PrintedColumn("Attacher", format: "name") { .string($0.text("spec", "attacher")) },
            .text("PV", at: "spec", "source", "persistentVolumeName"),
            .text("Node", at: "spec", "nodeName"),
            .boolean("Attached", at: "status", "attached"),
            .age,
        ],
        "csinodes.storage.k8s.io": [.name, .count("Drivers", type: "integer", at: "spec", "drivers"), .age],
        "csidrivers.storage.k8s.io": [
            .name,
            .boolean("AttachRequired", at: "spec", "attachRequired", or: true),
            .boolean("PodInfoOnMount", at: "spec", "podInfoOnMount"),
            .boolean("StorageCapacity", at: "spec", "storageCapacity"),
            .text("TokenRequests") { object in
                object.at("spec", "tokenRequests").map { requests in
                    requests.elements.map { $0["audience"]?.text ?? "" }.joined(separator: ",")
                } ?? "<unset>"
            },
            .boolean("RequiresRepublish", at: "spec", "requiresRepublish"),
            .text("Modes") { object in
                object.list("spec", "volumeLifecycleModes").map { $0.text ?? "" }.joined(separator: ",").or("<none>")
            },
            .age,
        ],
        "csistoragecapacities.storage.k8s.io": [
            .name, .text("StorageClassName", at: "storageClassName"), .text("Capacity", at: "capacity", or: "<unset>"),
        ],
    ]

    @Sendable private static func phase(_ object: PrintedObject) -> String {
        object.isBeingDeleted ? "Terminating" : object.text("status", "phase")
    }

    @Sendable private static func storageClass(_ object: PrintedObject) -> String {
        object.at("metadata", "annotations", "volume.beta.kubernetes.io/storage-class")?.text
            ?? object.text("spec", "storageClassName")
    }

    private static func accessModes(_ modes: [ObjectNode]) -> String {
        let words = Set(modes.compactMap(\.text))
        return [
            ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
        ].filter { words.contains($0.0) }.map(\.1).joined(separator: ",")
    }

    private static func defaultName(_ kind: String) -> PrintedColumn {
        PrintedColumn("Name", format: "name") { object in
            let annotations = object.at("metadata", "annotations")
            let isDefault = ["\(kind).kubernetes.io/is-default-class", "\(kind).beta.kubernetes.io/is-default-class"]
                .contains { annotations?[$0]?.text == "true" }
            return .string(object.name + (isDefault ? CapturedTable.defaultMark : ""))
        }
    }
}
