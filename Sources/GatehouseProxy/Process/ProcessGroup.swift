/// The small shell program that leads the UI's process group and outlives us, if it must, to end it.
///
/// Its standard input is a pipe whose only writer is this process, so end of file there means that we are gone, however we
/// went (`kill -9` included). The UI is no child of a shell *line*: program and arguments are positional parameters.
enum ProcessGroup {
    static let shell = "/bin/sh"

    /// - A watcher in the group waits for the end of the pipe, asks the group to end, and kills it after the grace.
    /// - The leader runs the UI in the foreground (a background job would ignore SIGINT) and ends with its status.
    /// - The UI has neither the pipe nor our standard input.
    static let script = """
        grace=$1; shift
        exec 3<&0 </dev/null
        trap '' HUP INT TERM
        ( PATH=/usr/bin:/bin; while read -r _; do :; done <&3; kill -TERM 0; sleep "$grace"; kill -KILL 0 ) &
        trap : HUP INT TERM
        ( exec "$@" ) 3<&-
        exit $?
        """

    /// The arguments of the shell; when we are gone nobody waits for the UI, so the watcher's grace is three seconds at most.
    static func arguments(program: String, arguments: [String], grace: Duration) -> [String] {
        ["-c", script, "gatehouse-ui", String(min(3, max(1, grace.components.seconds))), program] + arguments
    }
}
