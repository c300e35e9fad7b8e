"""A Tester in Python, over every transport.

Usage: adapter_server.py SLICE [--endpoints "tcp -h 127.0.0.1:ws -h 127.0.0.1"] [--Ice.X=Y ...]

Prints a line "TRANSPORT PORT" for each endpoint and "ready"; ends when its
standard input is closed, or on shutdown().
"""

import sys
import threading
import time

import Ice

SLICE = sys.argv[1]
Ice.loadSlice(SLICE)
import AdapterTest  # noqa: E402

endpoints = "tcp -h 127.0.0.1"
args = sys.argv[2:]
if args and args[0] == "--endpoints":
    endpoints, args = args[1], args[2:]


class TesterI(AdapterTest.Tester):
    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0

    def baseName(self, current=None):
        return "base"

    def echoOptional(self, v, p, n, current=None):
        return v, p, sum(x is not Ice.Unset for x in (v, p, n))

    def echoProxy(self, v, current=None):
        me = current.adapter.createProxy(current.id)
        return v, AdapterTest.TesterPrx.uncheckedCast(me)

    def fail(self, kind, current=None):
        if kind == "plain":
            raise AdapterTest.Failure("plain", 7)
        if kind == "detailed":
            raise AdapterTest.DetailedFailure("detailed", 8, ["a", "b"], "try")
        if kind == "node":
            node = AdapterTest.Node("self", None, None, 1)
            node.next = node
            raise AdapterTest.NodeFailure("node", 9, node)
        if kind == "undeclared":
            raise AdapterTest.Undeclared("never said so")
        if kind == "notexist":
            raise Ice.ObjectNotExistException()
        if kind in ("error", "panic"):
            raise ValueError("broken")
        if kind == "local":
            raise Ice.MarshalException("broken")

    failSliced = fail

    def where(self, current=None):
        return AdapterTest.Origin(
            current.adapter.getName(), current.id.name, current.id.category, current.facet, current.operation,
            str(current.mode).lower(), {k: int(v) for k, v in current.ctx.items()},
            "twoway" if current.requestId else "oneway", Ice.encodingVersionToString(current.encoding), current.con.type())

    def total(self, current=None):
        with self.lock:
            return self.count

    def add(self, n, current=None):
        with self.lock:
            self.count += n

    def sleep(self, milliseconds, current=None):
        time.sleep(milliseconds / 1000)

    def askBack(self, back, n, current=None):
        return back.twice(n)

    def askBackOnConnection(self, name, n, current=None):
        back = current.con.createProxy(Ice.stringToIdentity(name))
        return AdapterTest.CallbackPrx.uncheckedCast(back).twice(n)

    def shutdown(self, current=None):
        current.adapter.getCommunicator().shutdown()


def echo(self, v, current=None):
    return v, v


for name in dir(AdapterTest.Tester):
    if name.startswith("echo") and name not in TesterI.__dict__:
        setattr(TesterI, name, echo)


class Locator(Ice.ServantLocator):
    def locate(self, current):
        return None if current.id.name == "missing" else tester

    def finished(self, current, servant, cookie):
        pass

    def deactivate(self, category):
        pass


args += ["--Ice.ThreadPool.Server.Size=8", "--Ice.ThreadPool.Server.SizeMax=64", "--Ice.MessageSizeMax=102400", "--Ice.Warn.Dispatch=0"]
with Ice.initialize(args) as communicator:
    adapter = communicator.createObjectAdapterWithEndpoints("Test", endpoints)
    tester = TesterI()
    adapter.add(tester, Ice.stringToIdentity("tester"))
    adapter.addFacet(tester, Ice.stringToIdentity("tester"), "second")
    adapter.addDefaultServant(tester, "default")
    adapter.addServantLocator(Locator(), "located")
    adapter.activate()
    for e in adapter.getEndpoints():
        info = e.getInfo()
        tcp = info
        while not isinstance(tcp, Ice.TCPEndpointInfo):
            tcp = tcp.underlying
        print(str(e).split()[0], tcp.port, flush=True)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), communicator.shutdown()), daemon=True).start()
    communicator.waitForShutdown()
