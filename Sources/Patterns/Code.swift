internal import CPCRE2

/// A compiled pattern of PCRE2.
// why: pcre2_code is read-only once it was compiled (pcre2api(3), "Multithreading").
struct Code: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer
    /// Whether it was compiled to machine code, which is not possible where memory cannot be made executable.
    let isMachineCode: Bool

    /// - Parameter given: for messages, as the user wrote it.
    init(
        _ pattern: [UInt8], isCaseless: Bool, isUTF: Bool, as given: [UInt8]
    ) throws(PatternError) {
        var options = UInt32(PCRE2_MULTILINE) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        if isCaseless { options |= UInt32(PCRE2_CASELESS) }
        if isUTF { options |= UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF) }
        var number: Int32 = 0
        var offset = 0
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
        pcre2_set_max_pattern_length_8(context, 16 << 20)
        // An empty array may have no address, which PCRE2 does not take.
        let code = (pattern.isEmpty ? [0] : pattern).withUnsafeBufferPointer {
            pcre2_compile_8($0.baseAddress, pattern.count, options, &number, &offset, context)
        }
        guard let code else {
            throw PatternError(
                pattern: String(decoding: given, as: UTF8.self), reason: Self.message(number),
                offset: pattern == given ? offset : nil)
        }
        pointer = code
        isMachineCode = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE)) == 0
    }

    deinit {
        pcre2_code_free_8(pointer)
    }

    private static func message(_ number: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let count = pcre2_get_error_message_8(number, &text, text.count)
        return count > 0 ? String(decoding: text.prefix(Int(count)), as: UTF8.self) : "error \(number) of PCRE2"
    }
}
