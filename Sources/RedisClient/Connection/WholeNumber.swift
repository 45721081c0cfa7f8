extension Int {
    /// Reads a text of digits alone; the standard initializer would take a sign as well.
    package init?(digits text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
        self = number
    }

    /// The sum; what is beyond all numbers is the nearest one.
    package func adding(clamped other: Int) -> Int {
        let (sum, isBeyond) = addingReportingOverflow(other)
        return isBeyond ? (other < 0 ? .min : .max) : sum
    }
}

extension FixedWidthInteger {
    /// The number without its fraction; what is beyond all numbers is the nearest one, and what is none is 0.
    package init(clamping number: Double) {
        self = Self(exactly: number.rounded(.towardZero)) ?? (number > 0 ? .max : number < 0 ? .min : 0)
    }
}
