# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""The course of a comparison: all contenders live at once and are measured in turn, in short windows.

A shared machine is slower now than it was a second ago, but it is so for all. What one contender has in a window is
therefore compared with what another had in the window beside it, in the same pass, and never with a figure of a minute
ago.
"""
import os
import shutil
import signal
import tempfile
import time

from contenders import GIVEN
from loads import WARM_UP_WINDOW, settle
from shell import Missing, Notes, free_memory, run, say

HERE = os.path.dirname(os.path.abspath(__file__))
NEXT_WARM_UP = 1.5, 10  # seconds, at least and at most, with loads after the first, for which a JIT compiled much
MEMORY_EACH = 512 << 20  # of a JVM
STARTING = 2  # seconds
IDLE = 0.02  # of a CPU, that a contender may use while it has nothing to do


class Comparison:
    """values[label][key][pass] are the columns of a window; a pass has one window of each contender."""

    def __init__(self, field, labels, loads, passes, seconds):
        self.field, self.labels, self.loads, self.passes, self.seconds = field, labels, loads, passes, seconds
        self.values = {label.partition(GIVEN)[0]: {} for label in labels}
        self.memory = {}
        self.warm_ups = {load.key: {} for load in loads}
        self.notes = Notes()
        self.directory = None

    def run(self):
        self.directory = tempfile.mkdtemp(prefix="ringtap-compare-")
        try:
            for load in list(self.loads):
                try:
                    load.check()
                except Missing as missing:
                    self.notes.add(str(missing))
                    self.loads.remove(load)
            self.build_programs()
            groups = self.groups()
            say("%d contenders, %s at once: this takes about %.0f min."
                % (len(self.labels), "all" if len(groups) == 1 else len(groups[0]), max(1, self.estimate(groups) / 60)))
            for number, members in enumerate(groups):
                self.run_group(number, members)
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def build_programs(self):
        for name, libraries in self.field.programs.items():
            source = os.path.join(HERE, name + ".c")
            built = run("gcc -O2 -o %s %s %s" % (os.path.join(self.directory, name), source, libraries))
            if built.returncode:
                self.notes.add("%s was not built: %s" % (name, (built.stderr.splitlines() or ["no gcc"])[0]))

    def groups(self):
        """As many contenders live at once as the memory holds; the first, to which ratios are, in each group."""
        at_once = max(2, free_memory() // MEMORY_EACH)
        first, others = self.labels[0], self.labels[1:]
        return [[first] + others[at:at + at_once - 1] for at in range(0, max(1, len(others)), at_once - 1)]

    def estimate(self, groups):
        seconds = 0
        for at, load in enumerate(self.loads):
            warm_up = self.field.warm_up[0] * 1.2 if at == 0 else 3.5 * load.duration(WARM_UP_WINDOW)
            seconds += warm_up + load.passes(self.passes) * load.duration(self.seconds)
        return sum(len(group) * (STARTING + seconds) for group in groups)

    def run_group(self, number, labels):
        members = [self.field.contender(label, at, self.directory) for at, label in enumerate(labels)]
        try:
            alive = [member for member in members if self.opens(member)]
            for at, load in enumerate(self.loads):
                for contender in list(alive):
                    self.warm_up(load, contender, alive, self.field.warm_up if at == 0 else NEXT_WARM_UP)
                self.measure(load, alive, number)
        finally:
            self.close(members)
            for member in members:
                shutil.rmtree(member.own, ignore_errors=True)

    def opens(self, contender):
        try:
            contender.open()
            return True
        except Missing as missing:
            self.notes.add("%s: %s" % (contender.label, missing))
            return False

    def close(self, members):
        """No second signal may keep a namespace from being given back."""
        before = {number: signal.signal(number, signal.SIG_IGN)
                  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        for member in members:
            member.terminate()
        for member in members:
            try:
                member.close()
            except Exception as failure:  # the others have namespaces too
                self.notes.add("%s was not cleared away: %r" % (member.label, failure))
        for number, handler in before.items():
            signal.signal(number, handler)

    def lives(self, contender, alive):
        """Drops it if it does not."""
        try:
            contender.wake()
            return True
        except Missing as missing:
            self.notes.add("%s: %s" % (contender.label, missing))
            alive.remove(contender)
            return False

    def warm_up(self, load, contender, alive, limits):
        if not self.lives(contender, alive):
            return
        try:
            took, spread = self.warm_ups[load.key][contender.label] = settle(load, contender, *limits)
            say("%s, warm-up: %s after %.1f s, last rates %.0f %% apart"
                % (load.key, contender.label, took, spread * 100))
        except Missing as missing:
            self.notes.add("%s, %s, warm-up: %s" % (load.key, contender.label, missing))

    def measure(self, load, alive, group):
        memory = {contender: contender.memory() for contender in alive} if load.key == "frames" else {}
        used = {contender: (contender.cpu_seconds(), time.monotonic()) for contender in alive}
        busy = {contender: (0, 0) for contender in alive}
        for number in range(load.passes(self.passes)):
            said = []
            for contender in turns(alive, number):
                begin = contender.cpu_seconds(), time.monotonic()
                result = self.window(load, contender, alive)
                busy[contender] = tuple(map(sum, zip(busy[contender], since(contender, begin))))
                for key, value in result.items():
                    self.values[contender.label].setdefault(key, {})[group, number] = value
                said.append("%s %.4g" % (contender.label, result.get(load.key, 0)))
            say("%s, pass %d: %s" % (load.key, number + 1, ", ".join(said)))
        for contender in alive:
            self.look_for_idlers(contender, since(contender, used[contender]), busy[contender])
            if memory.get(contender):
                self.remember(contender, memory[contender])

    def window(self, load, contender, alive):
        if not self.lives(contender, alive):
            return {}
        try:
            return load.window(contender, self.seconds)
        except Missing as missing:
            self.notes.add("%s, %s: %s" % (load.key, contender.label, missing))
            return {}

    def look_for_idlers(self, contender, total, busy):
        """One that works while another is measured takes the CPU from it."""
        used, seconds = (whole - part for whole, part in zip(total, busy))
        if seconds > 1 and used / seconds > IDLE:
            self.notes.add("%s used %.0f %% of a CPU while others were measured"
                           % (contender.label, used / seconds * 100))

    def remember(self, contender, before):
        """What a Java program allocated for the frames of all passes, and how long it stood still to collect it."""
        after = contender.memory()
        if not after or after[2] == before[2]:
            return
        found = self.memory.setdefault(contender.label, {})
        if after[0] is not None and before[0] is not None:
            found["allocated"] = (after[0] - before[0]) / (after[2] - before[2])
        if after[1] is not None and before[1] is not None:
            pauses = after[1][len(before[1]):]
            found.update(collections=len(pauses), paused=sum(pauses), longest=max(pauses, default=0))


def turns(alive, number):
    """Those alive, each time another first, every second time backwards: none always follows the same one."""
    at = number % len(alive) if alive else 0
    turned = alive[at:] + alive[:at]
    return turned[::-1] if number % 2 else turned


def since(contender, begin):
    """CPU seconds of a contender, none of the kernel's bridge, and seconds."""
    return (contender.cpu_seconds() or 0) - (begin[0] or 0), time.monotonic() - begin[1]
