"""The machine that the figures come from: its cores, and what /proc says of its processes."""
import datetime
import os
import re
import resource
import socket

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Cores:
    """Who runs where. Servers share one core and load generators another; two event loops get a core each, which on a machine of two means that
    the load generator shares the second one with them."""

    def __init__(self):
        available = sorted(os.sched_getaffinity(0))
        self.server = {available[0]}
        self.client = {available[-1]}
        self.two = set(available[:2])


def pin(cores):
    """For `preexec_fn`: the child runs on these cores."""
    return lambda: os.sched_setaffinity(0, cores)


def raise_file_limit():
    """As many open files as this process may have, for itself and those that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process, all its threads together."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def busy_seconds():
    """What all cores have worked since the machine started, what the hypervisor took from it included."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, interrupts, soft_interrupts, stolen = [int(field) for field in file.readline().split()[1:9]]
    return (user + nice + system + interrupts + soft_interrupts + stolen) / TICKS_PER_SECOND


def description():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*:\s*(.+)", file.read())
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1))
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": len(os.sched_getaffinity(0)),
        "processor": model.group(1) if model else "unknown",
        "memory_gib": round(memory / 1048576),
        "load_average": round(os.getloadavg()[0], 2),
    }
