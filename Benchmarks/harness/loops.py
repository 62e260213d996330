"""Programs that run a loop on request and say what it cost, so that loops in several languages can take turns."""
import os
import subprocess

TURNS = 10
"""How many short turns each loop has in a round, of which the least counts: what disturbs such a loop only ever adds."""


class Program:
    """Takes lines on its standard input and answers each with one."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} ended at “{line[:60]}”.")
        return answer.strip()

    def run(self, *words):
        """Nanoseconds and allocations of one operation; the last word says how many there are to be."""
        return [int(word) / words[-1] for word in self.ask(" ".join(map(str, ["run", *words]))).split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def count(run, seconds):
    """How many operations fill so many seconds, found after a warm-up."""
    run(200)
    return max(50, int(seconds * 1e9 / run(500)[0]))


def least(runs, counts):
    """Microseconds of one operation: the least of each loop's turns, each pass beginning with another one."""
    names, found = list(runs), dict.fromkeys(runs, float("inf"))
    for number in range(TURNS):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found[name] = min(found[name], runs[name](counts[name])[0] / 1000)
    return found
