# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Commands, processes, and the CPUs they run on."""
import os
import re
import subprocess
import sys
import time


class Missing(Exception):
    """What a contender or a column needs is not here, or has gone."""


def run(command, timeout=60):
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=timeout)


def need(command):
    done = run(command)
    if done.returncode:
        raise Missing("%s: %s" % (command, done.stderr.strip()))


def cpus():
    """The CPU of the load and that of what is measured: the same where there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def raise_priority(pid):
    """Where the kernel groups processes by session, a benchmark shares the machine with its neighbours by group."""
    try:
        with open("/proc/%s/autogroup" % pid, "w") as group:
            group.write("-12")
    except OSError:
        pass


def process_tree(pid):
    found = [pid]
    for parent in found:
        found += [int(p) for p in run("ps -o pid= --ppid %d" % parent).stdout.split()]
    return found


def cpu_seconds(pids):
    """What processes have used so far, in nanoseconds' resolution: their CPU clocks, of all their threads."""
    used = 0.0
    for pid in pids:
        try:
            used += time.clock_gettime(~pid << 3 | 2)  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel
        except OSError:
            pass
    return used


def java_processes(pids):
    return [pid for pid in pids if os.path.basename(os.path.realpath("/proc/%d/exe" % pid)) == "java"]


def allocated(pids):
    """Bytes that the threads of JVMs have allocated so far, in the units that jcmd prints; None if it tells nothing."""
    sizes = []
    for pid in pids:
        sizes += re.findall(r" allocated=(\d+)([BKMG])", run("jcmd %d Thread.print -e" % pid).stdout)
    return sum(int(size) << 10 * "BKMG".index(unit) for size, unit in sizes) if sizes else None


def gc_pauses(log_name):
    """The pauses in milliseconds that a JVM has logged by -Xlog:gc; None for programs that log none."""
    try:
        with open(log_name) as log:
            return [float(pause) for pause in re.findall(r"Pause .* ([\d.]+)ms$", log.read(), re.MULTILINE)]
    except FileNotFoundError:
        return None


def free_memory():
    """Bytes that programs can have without others' being swapped out."""
    with open("/proc/meminfo") as info:
        return int(re.search(r"MemAvailable:\s*(\d+)", info.read()).group(1)) << 10


class Notes:
    """What could not be measured, and why: said once at once, and again at the end."""

    def __init__(self):
        self.texts = []

    def add(self, text):
        if text not in self.texts:
            self.texts.append(text)
            say(text)


def say(text):
    print(text, file=sys.stderr, flush=True)
