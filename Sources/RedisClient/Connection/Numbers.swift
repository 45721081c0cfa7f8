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

/// A number with a fraction may be beyond the range of whole numbers, or none, and the standard conversions end the program
/// then. These stand in their place, so that the compiler points at whoever uses one.
/// Each target has its own: those of another one count only in the files that import it.
extension Int {
    @available(*, deprecated, message: "use Int(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension Int32 {
    @available(*, deprecated, message: "use Int32(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension Int64 {
    @available(*, deprecated, message: "use Int64(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt8 {
    @available(*, deprecated, message: "use UInt8(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt32 {
    @available(*, deprecated, message: "use UInt32(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt64 {
    @available(*, deprecated, message: "use UInt64(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}
