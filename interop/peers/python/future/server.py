"""A server in Ice Python for the tests of futures and of IceGrid: ../../../bench/Bench.ice, what of it they use.

    server.py BENCH_ICE

Prints "tcp <endpoint>" and "ready"; ends when its standard input does. Started by an IceGrid node, it takes its adapter
Bench from the node's configuration, with Echo.Identity, and is ended by the node.
"""
import heapq
import itertools
import sys
import threading
import time

import Ice

Ice.loadSlice('', [sys.argv[1]])
import Bench  # noqa: E402  (made by loadSlice)

FILE = bytes((i * 31 + (i >> 8)) & 255 for i in range(0x10000)) * 2


class Timer(threading.Thread):
    """Completes futures at their time, all from one thread."""

    def __init__(self):
        super().__init__(daemon=True)
        self.heap = []
        self.count = itertools.count()
        self.changed = threading.Condition()

    def after(self, ms):
        future = Ice.Future()
        with self.changed:
            heapq.heappush(self.heap, (time.monotonic() + ms / 1000, next(self.count), future))
            self.changed.notify()
        return future

    def run(self):
        while True:
            with self.changed:
                while not self.heap:
                    self.changed.wait()
                wait = self.heap[0][0] - time.monotonic()
                if wait > 0:
                    self.changed.wait(wait)
                    continue
                future = heapq.heappop(self.heap)[2]
            future.set_result(None)


class Echo(Bench.Echo):
    def __init__(self):
        self.counted = 0
        self.timer = Timer()
        self.timer.start()

    def ping(self, current):
        self.counted += 1

    def echoString(self, s, current):
        self.counted += 1
        return s

    def getBytes(self, n, current):
        self.counted += 1
        future = Ice.Future()
        future.set_result((FILE * (n // len(FILE) + 1))[:n])
        return future

    def putBytes(self, b, current):
        self.counted += 1

    def sleep(self, ms, current):
        self.counted += 1
        return self.timer.after(ms)

    def fail(self, current):
        self.counted += 1
        raise Bench.BenchError('as asked')

    def calls(self, current):
        return self.counted

    def tell(self, target, text, current):
        self.counted += 1
        # A listener without endpoints is called back over the connection of its request.
        if not target.ice_getEndpoints():
            target = target.ice_fixed(current.con)
        return target.toldAsync(text)

    def shutdown(self, current):
        current.adapter.getCommunicator().shutdown()


def main():
    data = Ice.InitializationData()
    data.properties = Ice.createProperties()
    data.properties.setProperty('Ice.MessageSizeMax', '65536')
    data.properties.setProperty('Ice.Warn.Connections', '0')
    with Ice.initialize(sys.argv, data) as communicator:
        properties = communicator.getProperties()
        deployed = properties.getProperty('Bench.AdapterId') != ''
        if deployed:
            adapter = communicator.createObjectAdapter('Bench')
        else:
            adapter = communicator.createObjectAdapterWithEndpoints('Bench', 'tcp -h 127.0.0.1')
            threading.Thread(target=lambda: (sys.stdin.read(), communicator.shutdown()), daemon=True).start()
        adapter.add(Echo(), Ice.stringToIdentity(properties.getPropertyWithDefault('Echo.Identity', 'echo')))
        adapter.activate()
        if not deployed:
            print('tcp', adapter.getEndpoints()[0], flush=True)
            print('ready', flush=True)
        communicator.waitForShutdown()


main()
