import Foundation
import Testing

/// `exhibit diff`, on captures of other tools that the test writes, on real ones, and on hostile bundles.
@Suite(.needsBinary)
struct DiffCommandTests {
    private struct Line: Decodable {
        struct Field: Decodable {
            let path: String
        }
        struct Summary: Decodable {
            let differ: Bool
        }
        let section: String?
        let change: String?
        let kind: String?
        let name: String?
        let missingIn: String?
        let fields: [Field]?
        let summary: Summary?
    }

    /// Two must-gathers: a Deployment with another image, a ConfigMap that is gone, and Secrets that the second does not have.
    private func captures(in folder: String) throws {
        for (name, image) in [("before", "web:1"), ("after", "web:2\u{1B}[31m")] {
            let root = folder + "/\(name)/namespaces/prod"
            for group in ["apps", "core"] {
                try FileManager.default.createDirectory(atPath: "\(root)/\(group)", withIntermediateDirectories: true)
            }
            try Files.write("apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n", to: root + "/prod.yaml")
            try Files.write(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: prod, uid: u, resourceVersion: "\(name)"}
                spec: {template: {spec: {containers: [{name: main, image: "\(image.replacingOccurrences(of: "\u{1B}", with: "\\e"))"}]}}}
                """, to: root + "/apps/web.yaml")
            let maps = name == "before" ? ["kept", "dropped"] : ["kept"]
            try Files.write(
                "apiVersion: v1\nkind: ConfigMapList\nitems:\n"
                    + maps.map { "- metadata: {name: \($0), namespace: prod}\n" }.joined(),
                to: root + "/core/configmaps.yaml")
            guard name == "before" else { continue }
            try Files.write(
                "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: s, namespace: prod}\n",
                to: root + "/core/secrets.yaml")
        }
    }

    private func lines(_ outcome: Program.Outcome) throws -> [Line] {
        try outcome.text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test func whatIsNewGoneOtherwiseAndUnknownIsToldApart() async throws {
        try await Scratch.withFolder { folder in
            try captures(in: folder)
            let text = try await Exhibit.expect(Exhibit.Code.ok, ["diff", "before", "after"], folder: folder)
            #expect(text.text.contains("~ Deployment.apps prod/web\n"))
            #expect(
                text.text.contains("spec.template.spec.containers[name=main].image: web:1 → web:2\\x1b[31m\n"),
                "\(text.text)")
            #expect(text.text.contains("- ConfigMap prod/dropped\n"))
            #expect(text.text.contains("not captured in B: objects: 1 of Secret in prod"))
            #expect(!text.output.contains(0x1B))
            let lines = try lines(
                try await Exhibit.expect(
                    Exhibit.Code.differ, ["diff", "before", "after", "--exit-code", "--output", "json"], folder: folder)
            )
            #expect(
                lines.filter { $0.section == "objects" }.map { "\($0.change ?? "") \($0.kind ?? $0.missingIn ?? "")" }
                    == [
                        "removed ConfigMap", "changed Deployment", "not-compared B",
                    ])
            #expect(lines.last?.summary?.differ == true)
        }
    }

    @Test func onlyWhatIsAskedForIsCompared() async throws {
        try await Scratch.withFolder { folder in
            try captures(in: folder)
            let none = try await Exhibit.expect(
                Exhibit.Code.ok, ["diff", "before", "after", "--exit-code", "--only", "images,nodes"], folder: folder)
            #expect(none.text.contains("there was nothing that both have"))
            #expect(!none.text.contains("is the same in both"))
            try await Exhibit.expect(
                Exhibit.Code.entryNotFound, ["diff", "before", "after", "--exit-code", "-n", "other"], folder: folder
            )
            .expectMessage("neither capture has anything of namespace other", "  prod")
            try await Exhibit.expect(
                Exhibit.Code.usage, ["diff", "before", "after", "--only", "object"], folder: folder
            )
            .expectMessage("there is no section object", "objects")
            try await Exhibit.expect(Exhibit.Code.usage, ["diff", "before", "after", "--only", ""], folder: folder)
                .expectMessage("names no section")
            try await Exhibit.expect(
                Exhibit.Code.notABundle, ["diff", "before", "before/namespaces/prod/prod.yaml"], folder: folder)
            let all = try await Exhibit.expect(Exhibit.Code.ok, ["diff", "before", "after", "--all"], folder: folder)
            #expect(all.text.contains("metadata.resourceVersion: before → after"))
        }
    }

    @Test func whatIsNewIsNotHiddenBehindWhatIsGone() async throws {
        try await Scratch.withFolder { folder in
            for (name, maps) in [("before", (0..<30).map { "a\($0)" } + ["kept"]), ("after", ["kept", "z-new"])] {
                let root = folder + "/\(name)/namespaces/prod"
                try FileManager.default.createDirectory(atPath: root + "/core", withIntermediateDirectories: true)
                try Files.write("apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n", to: root + "/prod.yaml")
                try Files.write(
                    "apiVersion: v1\nkind: ConfigMapList\nitems:\n"
                        + maps.map { "- metadata: {name: \($0), namespace: prod}\n" }.joined(),
                    to: root + "/core/configmaps.yaml")
            }
            let text = try await Exhibit.expect(Exhibit.Code.ok, ["diff", "before", "after"], folder: folder).text
            let new = try #require(text.range(of: "+ ConfigMap prod/z-new"), "\(text)")
            let gone = try #require(text.range(of: "- ConfigMap prod/a0"), "\(text)")
            #expect(new.lowerBound < gone.lowerBound)
            #expect(text.contains("… and 11 more: --only objects"))
        }
    }

    @Test(.needsCluster)
    func aBundleIsTheSameAsItself() async throws {
        let path = try await Capture.demo.value.path
        let outcome = try await Exhibit.expect(Exhibit.Code.ok, ["diff", path, path, "--exit-code"])
        #expect(outcome.text.contains("A and B are one capture"))
        #expect(outcome.text.contains("what could be compared is the same in both"))
        #expect(outcome.text.contains("Seal ID "))
    }

    @Test(.needsTool("python3"), .needsTool("zstd"), .needsTool("ssh-keygen"))
    func ofHostileBundlesNothingIsLost() async throws {
        try await Scratch.withFolder { folder in
            try await HostileBundles.write(to: folder)
            let outcome = try await Exhibit.run(
                ["diff", "old.tar.zst", "new.tar.zst", "--output", "json"], folder: folder)
            let lines = try lines(outcome)
            for section in [
                "findings", "images", "restarts", "warnings", "objects", "nodes", "environment", "captured",
            ] {
                #expect(lines.contains { $0.section == section }, "\(section): \(outcome.summary)")
            }
            // Whatever its name is, the Secret is one that was not there before.
            #expect(lines.contains { $0.change == "added" && $0.kind == "Secret" && $0.name == HostileBundles.text })
        }
    }
}
