extension Int {
    /// Reads a text of digits alone; the standard initializer would take a sign as well.
    package init?(digits text: String) {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
        self = number
    }
}
