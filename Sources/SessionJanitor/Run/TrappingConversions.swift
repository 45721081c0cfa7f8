import RedisClient

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
