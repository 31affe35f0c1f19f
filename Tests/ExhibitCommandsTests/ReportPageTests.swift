import Foundation
import TestSupport
import Testing

/// What a browser does with a report of a capture that was written to attack whoever reads it.
@Suite(.needsBinary, .needsTool("python3"))
struct ReportPageTests {
    @Test
    func hostileTextStaysText() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/r.html"
            try await Exhibit.expect(
                Exhibit.Code.ok,
                ["report", try HostileCapture.write(in: folder), "-o", path, "--title", HostileCapture.text])
            let page = try ParsedPage(try Files.bytes(path))
            #expect(page.unbalanced == [])
            #expect(page.dangers == [])
            for place in [
                "<script>document.title='pwned'", #""><img src=x onerror"#, #"\u{202e}gpj.exe\u{202c}\u{200b}\x1b[31m"#,
            ] {
                #expect(page.text.contains(place), "\(place)")
            }
            // In the heading, as a pod, an event, a node, a workload and a line of a log.
            #expect(page.text.components(separatedBy: "<script>document.title").count > 6)
            #expect(!page.text.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{200B}" || $0 == "\u{1B}" })
        }
    }

    @Test(.needsTool("chromium"))
    func nothingRunsAndNothingIsAskedFor() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/r.html"
            try await Exhibit.expect(
                Exhibit.Code.ok,
                ["report", try HostileCapture.write(in: folder), "-o", path, "--title", HostileCapture.text])
            let browser = try await Browser.open(path)
            #expect(browser.console == [])
            #expect(!browser.network.contains(HostileCapture.host))
            #expect(browser.document.dangers == [])
            #expect(browser.document.elements.contains { $0.name == "table" })
            #expect(browser.document.elements.contains { $0.name == "svg" })
        }
    }

    /// That the browser would have shown it.
    @Test(.needsTool("chromium"))
    func theBrowserSeesWhatDoesRun() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/control.html"
            try Files.write(
                "<!DOCTYPE html><title>t</title><p>\(HostileCapture.name)<script>console.error('ran')</script>"
                    + "<img src=http://\(HostileCapture.host)/i>", to: path)
            let browser = try await Browser.open(path)
            #expect(browser.console.contains { $0.contains("ran") })
            #expect(browser.network.contains(HostileCapture.host))
            #expect(browser.document.text.contains("pwned"))
            #expect(browser.document.dangers.contains("script"))
        }
    }

    /// A person who hears a page, or goes through it by keys, has all of it.
    @Test
    func itIsBuiltForThoseWhoDoNotSeeIt() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/r.html"
            try await Exhibit.expect(Exhibit.Code.ok, ["report", try HostileCapture.write(in: folder), "-o", path])
            let page = try ParsedPage(try Files.bytes(path))
            let names = page.elements.map(\.name)
            #expect(page.elements.first { $0.name == "html" }?.value("lang") == "en")
            #expect(names.filter { $0 == "h1" }.count == 1)
            #expect(names.filter { $0 == "main" }.count == 1)
            for header in page.elements where header.name == "th" { #expect(header.value("scope") != nil) }
            let ids = page.elements.compactMap { $0.value("id") }
            #expect(Set(ids).count == ids.count)
            for svg in page.elements where svg.name == "svg" {
                #expect(svg.value("role") == "img")
                for reference in [svg.value("aria-labelledby"), svg.value("aria-describedby")] {
                    #expect(ids.contains(reference ?? ""))
                }
            }
            for link in page.elements where link.name == "a" {
                #expect(ids.contains(String(link.value("href")?.dropFirst() ?? "")))
            }
            // Headings do not leave a level out.
            let levels = names.compactMap { name in name.count == 2 && name.hasPrefix("h") ? Int(name.dropFirst()) : nil
            }
            for (before, after) in zip(levels, levels.dropFirst()) { #expect(after - before <= 1) }
        }
    }
}
