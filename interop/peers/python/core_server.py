"""A server for the tests of the client runtime. Arguments: --Ice.* options and endpoints."""
import sys
import threading
import time

import Ice

Ice.loadSlice(sys.argv.pop(1))
import CoreTest  # noqa: E402


class Peer(CoreTest.Peer):
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}

    def note(self, name):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + 1
            return self.counts[name]

    def say(self, text, current):
        return text

    def get(self, size, current):
        return bytes(size)

    def put(self, data, current):
        pass

    def fail(self, kind, current):
        if kind == "failure":
            raise CoreTest.Failure("failed")
        if kind == "special":
            raise CoreTest.Special("failed", 7)
        if kind == "undeclared":
            raise CoreTest.Undeclared("nobody said so")
        if kind == "object":
            raise Ice.ObjectNotExistException()
        if kind == "facet":
            raise Ice.FacetNotExistException()
        if kind == "operation":
            raise Ice.OperationNotExistException()
        if kind == "local":
            raise Ice.TimeoutException()
        raise RuntimeError("unexpected")

    def sleep(self, milliseconds, current):
        time.sleep(milliseconds / 1000)

    rest = sleep

    def mark(self, name, current):
        self.note(name)

    def markAgain(self, name, current):
        self.note(name)

    def count(self, name, current):
        with self.lock:
            return self.counts.get(name, 0)

    def markAndDrop(self, name, current):
        if self.note(name) == 1:
            current.con.close(Ice.ConnectionClose.Forcefully)

    markAgainAndDrop = markAndDrop

    def context(self, current):
        return current.ctx

    def facet(self, current):
        return current.facet

    def peerAddress(self, current):
        info = current.con.getInfo()
        while info.underlying:
            info = info.underlying
        return "%s:%d" % (info.remoteAddress, info.remotePort)

    def reflect(self, proxy, current):
        return proxy

    def leave(self, current):
        current.con.close(Ice.ConnectionClose.Gracefully)

    def hold(self, milliseconds, current):
        adapter = current.adapter
        adapter.hold()
        threading.Timer(milliseconds / 1000, adapter.activate).start()

    def shutdown(self, current):
        current.adapter.getCommunicator().shutdown()


def until_stdin_closes(communicator):
    sys.stdin.read()
    communicator.shutdown()


with Ice.initialize(sys.argv) as communicator:
    adapter = communicator.createObjectAdapterWithEndpoints("Core", sys.argv[1])
    peer = Peer()
    adapter.add(peer, Ice.stringToIdentity("peer"))
    adapter.add(peer, Ice.stringToIdentity("cat/peer"))
    adapter.addFacet(peer, Ice.stringToIdentity("peer"), "side")
    adapter.activate()
    for endpoint in adapter.getEndpoints():
        info = endpoint.getInfo()
        while info.underlying:
            info = info.underlying
        print(endpoint.toString().split()[0], info.port)
    threading.Thread(target=until_stdin_closes, args=(communicator,), daemon=True).start()
    print("ready", flush=True)
    communicator.waitForShutdown()
