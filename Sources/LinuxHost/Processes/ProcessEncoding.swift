extension ProcessRecord: FieldRecord {
    public static let fieldNames = [
        "pid", "parent", "group", "session", "terminal", "name", "state", "start_time", "start_ticks", "user_ticks",
        "system_ticks", "uids", "gids", "groups", "threads", "resident_kib", "peak_resident_kib", "virtual_kib",
        "tracer", "namespace_pids", "cap_effective", "cap_permitted", "cap_inheritable", "cap_bounding", "cap_ambient",
        "no_new_privileges", "seccomp", "seccomp_filters", "umask", "path", "path_deleted", "cwd", "root", "cmdline",
        "cmdline_truncated", "cgroups", "namespaces", "environment_names", "environment_unnamed",
        "environment_truncated", "login_uid", "audit_session", "oom_score", "oom_score_adj", "limits", "wait_channel",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("pid", .number(stat.pid))
        writer.field("parent", .number(stat.parent))
        writer.field("group", .number(stat.group))
        writer.field("session", .number(stat.session))
        writer.field("terminal", stat.terminal == 0 ? nil : .number(stat.terminal))
        writer.field("name", .raw(stat.name))
        writer.field("state", .text(stat.state))
        writer.field("start_time", started.map { .time($0) })
        writer.field("start_ticks", .number(stat.startTicks))
        writer.field("user_ticks", .number(stat.userTicks))
        writer.field("system_ticks", .number(stat.systemTicks))
        writer.field("uids", status.map { .unsignedList($0.uids.map(UInt64.init)) })
        writer.field("gids", status.map { .unsignedList($0.gids.map(UInt64.init)) })
        writer.field("groups", status.map { .unsignedList($0.groups.map(UInt64.init)) })
        writer.field("threads", .number(stat.threads))
        writer.field("resident_kib", .optional(status?.residentKiB))
        writer.field("peak_resident_kib", .optional(status?.peakResidentKiB))
        writer.field("virtual_kib", .optional(status?.virtualKiB))
        writer.field("tracer", status?.tracer == 0 ? nil : .optional(status?.tracer))
        writer.field("namespace_pids", status.map { .unsignedList($0.namespacePIDs.map { UInt64(max(0, $0)) }) })
        writer.field("cap_effective", (status?.effective).map { .text($0.hexadecimal) })
        writer.field("cap_permitted", (status?.permitted).map { .text($0.hexadecimal) })
        writer.field("cap_inheritable", (status?.inheritable).map { .text($0.hexadecimal) })
        writer.field("cap_bounding", (status?.bounding).map { .text($0.hexadecimal) })
        writer.field("cap_ambient", (status?.ambient).map { .text($0.hexadecimal) })
        writer.field("no_new_privileges", (status?.noNewPrivileges).map { .flag($0) })
        writer.field("seccomp", (status?.seccompMode).map { .text(Self.seccompName($0)) })
        writer.field("seccomp_filters", .optional(status?.seccompFilters))
        writer.field("umask", (status?.umask).map { .text(String($0, radix: 8)) })
        writer.field("path", executable.map { .raw($0) })
        writer.field("path_deleted", executable == nil ? nil : .flag(executableDeleted))
        writer.field("cwd", workingDirectory.map { .raw($0) })
        writer.field("root", rootDirectory.map { .raw($0) })
        writer.field("cmdline", arguments.map { .rawList($0) })
        writer.field("cmdline_truncated", argumentsTruncated ? .flag(true) : nil)
        writer.field("cgroups", controlGroups.map { .records($0.map(Self.members)) })
        writer.field("namespaces", .records([namespaces.map { ($0.type, .unsigned($0.inode)) }]))
        writer.field("environment_names", environmentNames.map { .textList($0) })
        writer.field("environment_unnamed", unnamedEnvironmentEntries == 0 ? nil : .number(unnamedEnvironmentEntries))
        writer.field("environment_truncated", environmentTruncated ? .flag(true) : nil)
        writer.field("login_uid", .optional(loginUID))
        writer.field("audit_session", .optional(auditSession))
        writer.field("oom_score", .optional(oomScore))
        writer.field("oom_score_adj", .optional(oomAdjustment))
        writer.field("limits", limits.map { .records($0.map(Self.members)) })
        writer.field("wait_channel", waitChannel.map { .text($0) })
    }

    private static func members(_ group: ControlGroup) -> [(String, FieldValue)] {
        [
            ("hierarchy", .number(group.hierarchy)), ("controllers", .text(group.controllers)),
            ("path", .raw(group.path)),
        ]
    }

    private static func members(_ limit: ProcessLimit) -> [(String, FieldValue)] {
        // An unlimited one is left out, as JSON has no number for it.
        [("name", .text(limit.name))] + (limit.soft.map { [("soft", .unsigned($0))] } ?? [])
            + (limit.hard.map { [("hard", .unsigned($0))] } ?? [])
    }

    private static func seccompName(_ mode: UInt32) -> String {
        switch mode {
        case 0: "off"
        case 1: "strict"
        case 2: "filter"
        default: "mode-\(mode)"
        }
    }
}
