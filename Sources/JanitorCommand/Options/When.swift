/// The values of `--color` and `--progress`.
enum When: String, CaseIterable, Sendable {
    case auto, always, never

    func resolved(auto: Bool) -> Bool {
        switch self {
        case .auto: auto
        case .always: true
        case .never: false
        }
    }
}
