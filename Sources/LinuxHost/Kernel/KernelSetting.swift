/// A setting of the kernel, or a count that it keeps, as sysctl(8) names it.
package struct KernelSetting: Hashable, Sendable {
    package var name: String
    package var value: String
}

extension KernelSetting: FieldRecord {
    package static let fieldNames = ["name", "value"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .text(name))
        writer.field("value", .text(value))
    }
}

extension KernelSetting {
    /// Those that say what an attacker may do, what is logged and dumped, and what runs out.
    ///
    /// Source: Documentation/admin-guide/sysctl, Documentation/networking/ip-sysctl.rst and nf_conntrack-sysctl.rst.
    private static let names = [
        "fs.aio-max-nr", "fs.aio-nr", "fs.dentry-state", "fs.file-max", "fs.file-nr", "fs.inode-nr",
        "fs.inotify.max_user_instances", "fs.inotify.max_user_watches", "fs.nr_open", "fs.protected_fifos",
        "fs.protected_hardlinks", "fs.protected_regular", "fs.protected_symlinks", "fs.suid_dumpable",
        "kernel.core_pattern", "kernel.core_uses_pid", "kernel.dmesg_restrict", "kernel.ftrace_enabled",
        "kernel.hung_task_timeout_secs", "kernel.io_uring_disabled", "kernel.kexec_load_disabled",
        "kernel.kptr_restrict",
        "kernel.modprobe", "kernel.modules_disabled", "kernel.ngroups_max", "kernel.numa_balancing", "kernel.panic",
        "kernel.panic_on_oops", "kernel.perf_event_paranoid", "kernel.pid_max", "kernel.pty.max", "kernel.pty.nr",
        "kernel.random.entropy_avail", "kernel.randomize_va_space", "kernel.sched_rt_runtime_us",
        "kernel.seccomp.actions_avail", "kernel.shmmax", "kernel.sysrq", "kernel.tainted", "kernel.threads-max",
        "kernel.unprivileged_bpf_disabled", "kernel.unprivileged_userns_clone", "kernel.usermodehelper.bset",
        "kernel.watchdog", "kernel.yama.ptrace_scope", "net.bridge.bridge-nf-call-iptables",
        "net.core.bpf_jit_enable", "net.core.bpf_jit_harden", "net.core.netdev_max_backlog", "net.core.rmem_max",
        "net.core.somaxconn", "net.core.wmem_max", "net.ipv4.conf.all.accept_redirects",
        "net.ipv4.conf.all.accept_source_route", "net.ipv4.conf.all.forwarding", "net.ipv4.conf.all.log_martians",
        "net.ipv4.conf.all.route_localnet", "net.ipv4.conf.all.rp_filter", "net.ipv4.ip_forward",
        "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.neigh.default.gc_thresh3",
        "net.ipv4.tcp_max_orphans", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_mem",
        "net.ipv4.tcp_syncookies", "net.ipv4.tcp_tw_reuse", "net.ipv6.conf.all.accept_ra",
        "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.forwarding", "net.netfilter.nf_conntrack_buckets",
        "net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max", "user.max_user_namespaces",
        "vm.max_map_count", "vm.min_free_kbytes", "vm.mmap_min_addr", "vm.nr_hugepages",
        "vm.overcommit_memory", "vm.overcommit_ratio", "vm.panic_on_oom", "vm.swappiness",
    ]

    /// Those that this kernel has.
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> [KernelSetting] {
        names.compactMap { name in
            let path = RawText("/proc/sys/" + name.split(separator: ".").joined(separator: "/"))
            guard let file = tree.read(path, limit: 16 << 10, &failures) else { return nil }
            let value = String(decoding: file.bytes, as: UTF8.self)
            return KernelSetting(
                name: name, value: value.split(whereSeparator: { "\n\t".contains($0) }).joined(separator: " "))
        }
    }
}
