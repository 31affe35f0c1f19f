import Testing

/// The checks see what they are meant to see: each finds a violation that is planted for it.
struct CheckerTests {
    private func imports(_ source: String) -> [String] {
        ImportStatement.all(in: SwiftText(source)).map { "\($0.module):\($0.line)" }
    }

    @Test
    func everyFormOfImportIsFound() {
        let source = """
            import A
            public import B; private import C
            @_exported @preconcurrency import D
            import struct E.Inner
            import F.Sub
              @_spi(Internals) package import G  // because
            #if canImport(H)
            import H
            #endif
            import `I`
            """
        #expect(imports(source) == ["A:1", "B:2", "C:2", "D:3", "E:4", "F:5", "G:6", "H:8", "`I`:10"])
    }

    @Test
    func textThatOnlyLooksLikeAnImportIsNot() {
        let source = ##"""
            // import A
            /* import B /* import C */
            import D */
            let python = """
                import sys
                """
            let raw = #"" import E "#
            let text = "\(nested("import F") + "import G")"
            canImport(H); importer.use(); reimport()
            import Real
            """##
        #expect(imports(source) == ["Real:10"])
    }

    @Test
    func codeInInterpolationsIsSeen() {
        let text = SwiftText(#"let a = "x \(try! run("("))" + b"#)
        #expect(SourceRule.everywhere.flatMap { $0.violations(in: text, path: "a") }.map(\.line) == [1])
        #expect(text.code.first?.hasSuffix("+ b") == true)
    }

    @Test
    func aForbiddenImportIsNamedWithItsPlaceAndRule() throws {
        let room = try #require(Room.named("Inspection"))
        let found = room.violations(in: SwiftText("\nimport KubernetesClient\n"), path: "Sources/Inspection/A.swift")
        #expect(found.count == 1)
        #expect(
            found.first?.description.hasPrefix(
                "Sources/Inspection/A.swift:2: Inspection may not import KubernetesClient: ") == true)
    }

    @Test
    func foundationIsAllowedOnlyAsTheFallbackOfFoundationEssentials() throws {
        let room = try #require(Room.named("KubernetesClient"))
        let fallback =
            "#if canImport(FoundationEssentials)\nimport FoundationEssentials\n#else\nimport Foundation\n#endif\n"
        #expect(room.violations(in: SwiftText(fallback), path: "a") == [])
        #expect(
            room.violations(in: SwiftText("import FoundationEssentials\nimport Foundation\n"), path: "a").map(\.line)
                == [2])
    }

    @Test
    func dangerousConstructsNeedAReasonAbove() {
        func lines(_ source: String) -> [Int?] {
            SourceRule.everywhere.flatMap { $0.violations(in: SwiftText(source), path: "a") }.map(\.line)
        }
        #expect(lines("final class A: @unchecked Sendable {}") == [1])
        #expect(lines("// why: guarded by the lock\nfinal class A: @unchecked Sendable {}") == [])
        #expect(lines("/// A box.\nfinal class A: @unchecked Sendable {}") == [2])
        #expect(
            lines("/// `@unchecked Sendable`, since\n/// it never changes.\nfinal class A: @unchecked Sendable {}")
                == [])
        #expect(lines("nonisolated(unsafe) var a = 1  // why: written once before threads start") == [])
        #expect(lines("let a = try! b()\nlet c = d as! E\n\nfatalError(\"x\")") == [1, 2, 4])
        #expect(lines("// why: nothing\n\n@testable import A") == [3])
        #expect(lines("let help = \"try! as! fatalError(\"") == [])
    }

    @Test
    func printingIsToldFromNamesThatEndAlike() {
        func count(_ source: String) -> Int { SourceRule.noPrinting.violations(in: SwiftText(source), path: "a").count }
        #expect(count("print(1)") == 1)
        #expect(count("  if a { Swift.print(b, to: &c) }") == 1)
        #expect(count("fingerprint(a); page.print(); func print(_ a: Int) {}") == 0)
    }

    @Test
    func bucketsAreToldFromWords() {
        #expect(SourceTests.isBucket("StringUtils"))
        #expect(SourceTests.isBucket("TestHelpers"))
        #expect(SourceTests.isBucket("Array+Extras"))
        #expect(!SourceTests.isBucket("Utilization"))
        #expect(SourceTests.declaredTypes(in: "public final class FileHelper: A {") == ["FileHelper"])
    }

    @Test
    func anIncompleteCollectorIsRefused() {
        let complete = """
            # What it captures.
            apiVersion: exhibit/v1
            kind: Collector
            metadata:
              name: a
              title: A
            scope: host
            volatility: 1
            steps:
              - kernel: {}
                limits: {timeout: 1s}
            """
        #expect(CollectorFileTests.violations(in: complete, name: "a.yaml") == [])
        #expect(CollectorFileTests.violations(in: complete, name: "b.yaml").count == 1)
        for line in complete.split(separator: "\n") where !line.contains("kernel") {
            let shorter = complete.replacing(line, with: "# gone", maxReplacements: 1)
            #expect(
                CollectorFileTests.violations(in: shorter, name: "a.yaml").count == (line.hasPrefix("# ") ? 0 : 1),
                "\(line)")
        }
    }
}
