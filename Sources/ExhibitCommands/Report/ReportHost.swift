internal import HTML
internal import Inspection
internal import Terminal

/// What ran and what had been changed, as far as it is of note.
struct ReportHost {
    let content: ReportContent
    let tables: ReportTables

    var sections: [ReportPage.Section] {
        [
            ReportPage.Section(
                anchor: Anchor("processes"), title: "Processes",
                summary: content.processes.failure != nil
                    ? "could not be asked"
                    : content.processCount == 0
                        ? "none was captured"
                        : "\(Quantity.count(content.processes.total)) of note among \(Quantity.count(content.processCount))",
                tone: nil,
                content: tables.html(
                    content.processes, "Processes whose program is gone, of no package, or not of the image",
                    otherwise: content.processCount == 0
                        ? "No process was captured."
                        : "Of \(Quantity.count(content.processCount)) processes none runs a program that is gone, in memory, of no package or not of its image, as far as that was captured."
                )),
            ReportPage.Section(
                anchor: Anchor("files"), title: "Changed files",
                summary: content.files.total == 0
                    ? "none is known" : Quantity.count(content.files.total, "file", "files"),
                tone: nil,
                content: tables.html(
                    content.files, "Files that were added, changed or removed; those that can be run first",
                    otherwise: "No changed file was captured.")),
        ]
    }
}
