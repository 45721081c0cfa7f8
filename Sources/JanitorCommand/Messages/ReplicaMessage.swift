import RedisClient

/// Says why a replica is not read from.
enum ReplicaMessage {
    static func message(_ error: ReplicaError, _ address: String) -> Message {
        switch error {
        case .none:
            Message(
                "\(address) has no replica online to read from; leave --read-from out to read from the primary",
                zh: "\(address) 没有在线的副本可读；去掉 --read-from 即从主节点读取")
        case .notReplica(let role):
            Message(
                "\(address): what was to be read is no replica but a \(Printable.text(role)); mend --replica-url",
                zh: "\(address)：要读取的不是副本，而是 \(Printable.text(role))；请改正 --replica-url")
        case .otherPrimary:
            Message(
                "\(address): the replica belongs to another primary; mend --replica-url",
                zh: "\(address)：该副本属于另一个主节点；请改正 --replica-url")
        case .synchronising:
            Message(
                "\(address): the replica is just being filled by its primary; run again later",
                zh: "\(address)：副本正在与主节点同步；请稍后再运行")
        case .linkDown:
            Message(
                "\(address): the replica has lost its primary, and so its data is old; mend that, or read from the primary",
                zh: "\(address)：副本与主节点的连接已断开，数据陈旧；请修复，或从主节点读取")
        case .silent(let seconds):
            Message(
                "\(address): the replica has heard nothing of its primary for \(seconds) s; a longer --max-lag allows that",
                zh: "\(address)：副本已 \(seconds) 秒没有收到主节点的数据；可用更长的 --max-lag")
        case .lagging(let seconds):
            Message(
                "\(address): the replica is more than \(NumberText.seconds(seconds)) behind its primary; run again later, "
                    + "or allow more with --max-lag",
                zh: "\(address)：副本落后主节点超过 \(NumberText.seconds(seconds))；请稍后再运行，或用更长的 --max-lag")
        case .addressForCluster:
            Message(
                "\(address) is a cluster, where every primary has replicas of its own: use --read-from replica instead of "
                    + "--replica-url",
                zh: "\(address) 是集群，每个主节点各有副本：请用 --read-from replica 代替 --replica-url")
        }
    }
}
