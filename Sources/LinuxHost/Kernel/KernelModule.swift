/// A module of the kernel that is loaded.
///
/// Source: proc_modules(5); Documentation/ABI/testing/sysfs-module.
package struct KernelModule: Hashable, Sendable {
    package var name: String
    /// In bytes; nil where only sysfs has it.
    package var size: UInt64?
    package var uses: Int64?
    package var usedBy: [String] = []
    /// `Live`, `Loading`, `Unloading`.
    package var state: String?
    /// Letters such as `O` (not of the kernel's own sources) and `E` (not signed).
    package var taint: String?
    package var version: String?
    /// Whether sysfs knows it as loaded, and the list in procfs has it not: as a module that hides.
    package var isUnlisted = false

    package init(name: String) {
        self.name = name
    }
}

extension KernelModule: FieldRecord {
    package static let fieldNames = ["name", "size", "uses", "used_by", "state", "taint", "version", "unlisted"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .text(name))
        writer.field("size", .optional(size))
        writer.field("uses", .optional(uses))
        writer.field("used_by", .textList(usedBy))
        writer.field("state", state.map { .text($0) })
        writer.field("taint", taint.map { .text($0) })
        writer.field("version", version.map { .text($0) })
        writer.field("unlisted", isUnlisted ? .flag(true) : nil)
    }
}

extension KernelModule {
    /// The list of procfs, and what sysfs knows beyond it. None on a kernel without modules.
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> [KernelModule] {
        var modules: [KernelModule] = []
        let list = tree.read("/proc/modules", limit: 4 << 20, &failures)
        for line in list?.lines ?? [] {
            let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            guard words.count >= 5 else { continue }
            var module = KernelModule(name: words[0])
            module.size = UInt64(words[1])
            module.uses = Int64(words[2])
            module.usedBy = words[3] == "-" ? [] : words[3].split(separator: ",").map(String.init)
            module.state = words[4]
            // The address is left out; behind it stands `(OE)`.
            module.taint = words.dropFirst(5).last.flatMap {
                $0.hasPrefix("(") ? String($0.dropFirst().dropLast()) : nil
            }
            modules.append(module)
        }
        let listed = Set(modules.map(\.name))
        for entry in tree.list("/sys/module", &failures) where entry.status.kind == .directory {
            let name = entry.name.string
            let path = RawText(entry.path.bytes + [0x2F])
            func text(_ file: String) -> String? {
                (try? tree.contents(RawText(path.bytes + Array(file.utf8)), limit: 4_096))?.lines.first.map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
            if let index = modules.firstIndex(where: { $0.name == name }) {
                modules[index].version = text("version")
            } else if let state = text("initstate"), !listed.contains(name) {
                // What is built in has no such file.
                var module = KernelModule(name: name)
                module.state = state
                module.taint = text("taint").flatMap { $0.isEmpty ? nil : $0 }
                module.version = text("version")
                module.isUnlisted = list != nil
                modules.append(module)
            }
        }
        return modules
    }
}
