extension APIResponse {
    /// Adds a warning, which kubectl prints on its standard error.
    mutating func warn(_ text: String) { headers.append(("Warning", SafeText.warning(text))) }
}
