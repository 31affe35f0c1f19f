extension HostContainer: FieldRecord {
    public static let fieldNames = [
        "id", "runtime", "runtime_namespace", "user_id", "name", "image", "image_id", "pod_namespace", "pod", "pod_uid",
        "pod_container", "sandbox", "init_pid", "init_start_ticks", "control_group", "net_namespace", "root_mount",
        "pids",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("id", .text(id))
        writer.field("runtime", .text(runtime.rawValue))
        writer.field("runtime_namespace", runtimeNamespace.map { .text($0) })
        writer.field("user_id", .optional(userID))
        writer.field("name", name.map { .text($0) })
        writer.field("image", image.map { .text($0) })
        writer.field("image_id", imageID.map { .text($0) })
        writer.field("pod_namespace", (pod?.namespace).map { .text($0) })
        writer.field("pod", (pod?.name).map { .text($0) })
        writer.field("pod_uid", (pod?.uid).map { .text($0) })
        writer.field("pod_container", pod.flatMap(\.container).map { .text($0) })
        writer.field("sandbox", pod.map { .flag($0.container == nil) })
        writer.field("init_pid", .optional(initPID))
        writer.field("init_start_ticks", .optional(initStartTicks))
        writer.field("control_group", .raw(controlGroup))
        writer.field("net_namespace", .optional(networkNamespace))
        writer.field("root_mount", rootMount.map { .raw($0) })
        writer.field("pids", .unsignedList(pids.map { UInt64(max(0, $0)) }))
    }
}
