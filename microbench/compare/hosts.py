# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Hosts in network namespaces that send numbered frames to each other, and count what arrives."""
import os
import selectors
import socket
import struct
import threading
import time

from namespaces import enter

EXPERIMENTAL = 0x88b5
BROADCAST = b"\xff" * 6
NUMBER = struct.Struct("!IQ")
LENGTHS = 60, 1400, 252, 700
ETHERNET_HEADER = 14
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_STATISTICS = 263, 6


class Host:
    """One end: an interface in a namespace, and a packet socket at it that sees nothing but numbered frames."""

    def __init__(self, index, name, space, interface):
        self.index, self.name, self.space, self.interface = index, name, space, interface
        with open("/proc/thread-self/ns/net") as home, open("/run/netns/" + space) as there:
            enter(there)
            try:
                self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENTAL))
                self.devices = open("/proc/thread-self/net/dev", "rb", buffering=0)
            finally:
                enter(home)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.socket.bind((interface, EXPERIMENTAL))
        self.address = self.socket.getsockname()[4]
        self.overrun = 0
        # By the flow that a frame belongs to: how many came, and the number of the last one.
        self.received, self.last = {}, {}
        self.again = 0

    def receive(self):
        """Takes what is there."""
        for _ in range(1000):
            try:
                frame = self.socket.recv(2048, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            flow, number = NUMBER.unpack_from(frame, ETHERNET_HEADER)
            self.received[flow] = self.received.get(flow, 0) + 1
            if number <= self.last.get(flow, -1):
                self.again += 1
            self.last[flow] = max(number, self.last.get(flow, -1))

    def kernel_drops(self):
        """What the kernel has dropped at the interface, received and sent, and at the socket."""
        _, dropped = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.overrun += dropped
        received, sent = device_drops(self.devices, self.interface)
        return {"received by the interface": received, "sent by the interface": sent,
                "at the socket of the load": self.overrun}

    def close(self):
        self.socket.close()
        self.devices.close()


def device_drops(file, interface):
    for line in os.pread(file.fileno(), 1 << 16, 0).decode().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == interface:
            values = counters.split()
            return int(values[3]), int(values[11])
    raise OSError("the interface %s has gone" % interface)


class Flow:
    """Frames from one host to another, or to all."""

    def __init__(self, index, source, destinations):
        self.index, self.source, self.destinations = index, source, destinations
        self.sent = 0
        target = destinations[0].address if len(destinations) == 1 else BROADCAST
        self.head = target + source.address + struct.pack("!H", EXPERIMENTAL)

    def send(self, count):
        for _ in range(count):
            length = LENGTHS[self.sent % len(LENGTHS)]
            frame = (self.head + NUMBER.pack(self.index, self.sent)).ljust(length, b"\0")
            try:
                self.source.socket.send(frame)
            except OSError:
                return  # The kernel has not taken it: it counts as not sent.
            self.sent += 1

    def received(self):
        return sum(host.received.get(self.index, 0) for host in self.destinations)

    def lost(self):
        """Copies that did not arrive."""
        return self.sent * len(self.destinations) - self.received()

    def lost_frames(self):
        """The same, where a frame that none has received was lost once, before there were copies of it. If each copy was
        lost by itself this is too low, and shows as less than the counters have."""
        missed = [self.sent - host.received.get(self.index, 0) for host in self.destinations]
        return sum(missed) - (len(missed) - 1) * min(missed)

    def __str__(self):
        return "%s to %s" % (self.source.name, " and ".join(host.name for host in self.destinations))


class Load:
    """Sends all flows at their rates, frames a second, and receives, on two threads."""

    TICK = 0.02

    def __init__(self, hosts, rates):
        self.hosts, self.rates = hosts, rates
        self.sending, self.receiving = True, True
        # Flows that a number of frames is to be sent of at once.
        self.bursts = []
        self.sender = threading.Thread(target=self.send, daemon=True)
        self.receiver = threading.Thread(target=self.receive, daemon=True)
        self.receiver.start()
        self.sender.start()

    def send(self):
        due = dict.fromkeys(self.rates, 0.0)
        before = time.monotonic()
        while self.sending:
            time.sleep(self.TICK)
            now = time.monotonic()
            for flow, rate in self.rates.items():
                # After a pause of this process the frames that are late are not sent in one go.
                due[flow] += rate * min(now - before, 5 * self.TICK)
                flow.send(int(due[flow]))
                due[flow] -= int(due[flow])
            before = now
            while self.bursts:
                flow, count = self.bursts.pop(0)
                flow.send(count)

    def receive(self):
        with selectors.DefaultSelector() as selector:
            for host in self.hosts:
                selector.register(host.socket, selectors.EVENT_READ, host)
            while self.receiving:
                for key, _ in selector.select(0.2):
                    key.data.receive()

    def counts(self):
        return [flow.received() for flow in self.rates]

    def end(self):
        """Sends no more, and waits until nothing has arrived for two seconds."""
        self.sending = False
        self.sender.join()
        counts = None
        while counts != self.counts():
            counts = self.counts()
            time.sleep(2)
        self.receiving = False
        self.receiver.join()
