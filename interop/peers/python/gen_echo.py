"""Answers every operation of testdata/gen: "echo" gives back what it gets,
"relay" asks the object that the request context names, so that what a test
sends has been through this peer both as a server and as a client.

  gen_echo.py FOLDER FILE.ice...     prints "tcp PORT" and "ready", ends when standard input does
"""

import sys

import Ice

folder = sys.argv[1]
for name in sys.argv[2:]:
    Ice.loadSlice("", ["-I" + Ice.getSliceDir(), "-I" + folder, "--underscore", folder + "/" + name])

import ByValue  # noqa: E402
import Classes  # noqa: E402
import Containers  # noqa: E402
import Enums  # noqa: E402
import Exceptions  # noqa: E402
import Interfaces  # noqa: E402
import Optionals  # noqa: E402
import Structs  # noqa: E402


def echo(cls, special):
    """A servant whose operations give their last parameter back twice."""
    def operation(self, *args):
        return args[-2], args[-2]

    members = {n: operation for n in dir(cls) if n.startswith("echo")}
    return type("Echo" + cls.__name__, (cls,), {**members, **special})()


def relay(cls, prx, names):
    """A servant that does nothing itself."""
    def operation(name):
        def call(self, *args):
            current = args[-1]
            target = prx.uncheckedCast(current.adapter.getCommunicator().stringToProxy(current.ctx["target"]))
            if current.encoding == Ice.Encoding_1_0:
                target = target.ice_encodingVersion(Ice.Encoding_1_0)
            return getattr(target, name)(*args[:-1])
        return call

    return type("Relay" + cls.__name__, (cls,), {n: operation(n) for n in names})()


class Thrower(Exceptions.Thrower):
    def throwBase(self, message, current):
        raise Exceptions.Base(message)

    def throwDerived(self, message, code, current):
        raise Exceptions.Derived(message, code)

    def throwMostDerived(self, message, code, detail, current):
        raise Exceptions.MostDerived(message, code, detail)

    def throwNothing(self, current):
        raise Exceptions.Nothing()

    def throwKept(self, a, b, current):
        raise Exceptions.Kept(a, b)

    def throwUndeclared(self, message, current):
        raise Exceptions.Base(message)


class Everything(Interfaces.Everything):
    def name(self, current):
        return "python"

    def goLeft(self, times, current):
        pass

    def goRight(self, what, current):
        return len(what), True, what.upper()

    def sum(self, a, b, current):
        return a + b

    def outOnly(self, current):
        return 11

    def divide(self, dividend, divisor, current):
        return dividend // divisor, dividend % divisor

    def ping(self, current):
        pass

    def itself(self, current):
        return current.adapter.createProxy(current.id)

    def asBase(self, b, current):
        return b

    def asDiamond(self, d, current):
        return d, Interfaces.EverythingPrx.uncheckedCast(d)


def later(self, last, first, plain, current):
    return Ice.Unset if last is Ice.Unset else plain + len(last)


def echo_string(self, must, v, current):
    return v, v, must


def refuse(self, code, current):
    if code is Ice.Unset:
        raise Optionals.Refused("no code")
    raise Optionals.Refused("refused", code=code, item=Optionals.SpecialItem("special", "remark"))


class Clerk(ByValue.ChiefDisp):
    def work(self, more, current):
        return "worked", more + 1


class Counter(ByValue.CounterDisp):
    def count(self, current):
        pass


def operations(cls):
    return [n for n in dir(cls) if not n.startswith("_") and not n.startswith("ice")]


with Ice.initialize(["--Ice.Default.Host=127.0.0.1", "--Ice.RetryIntervals=-1"]) as communicator:
    adapter = communicator.createObjectAdapterWithEndpoints("gen", "tcp -p 0")
    servants = {
        "Classes": (echo(Classes.Gallery, {}), Classes.Gallery, Classes.GalleryPrx),
        "Structs": (echo(Structs.Mirror, {}), Structs.Mirror, Structs.MirrorPrx),
        "Enums": (echo(Enums.Palette, {}), Enums.Palette, Enums.PalettePrx),
        "Containers": (echo(Containers.Store, {}), Containers.Store, Containers.StorePrx),
        "Optionals": (echo(Optionals.Box, {"refuse": refuse, "later": later, "echoString": echo_string}), Optionals.Box, Optionals.BoxPrx),
        "Exceptions": (Thrower(), Exceptions.Thrower, Exceptions.ThrowerPrx),
        "Clerk": (Clerk(), ByValue.ChiefDisp, ByValue.ChiefPrx),
        "Counter": (Counter(), ByValue.CounterDisp, ByValue.CounterPrx),
        "Interfaces": (Everything(), Interfaces.Everything, Interfaces.EverythingPrx),
        "Sliced": (type("S", (Interfaces.Sliced,), {"echo": lambda self, o, current: o})(), Interfaces.Sliced, Interfaces.SlicedPrx),
    }
    for name, (servant, cls, prx) in servants.items():
        adapter.add(servant, Ice.Identity(name, "echo"))
        adapter.add(relay(cls, prx, operations(cls)), Ice.Identity(name, "relay"))
    adapter.activate()
    print("tcp", adapter.getEndpoints()[0].getInfo().port, flush=True)
    print("ready", flush=True)
    sys.stdin.read()
