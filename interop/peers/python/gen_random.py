"""Gives back whatever the Echo interfaces of generated definitions are sent.

  gen_random.py FOLDER FILE.ice...     prints "tcp PORT" and "ready", ends when standard input does

Objects have the type id of their interface as their name.
"""

import sys

import Ice

folder = sys.argv[1]
for file in sys.argv[2:]:
    Ice.loadSlice("", ["-I" + Ice.getSliceDir(), "-I" + folder, "--underscore", "--all", folder + "/" + file])


def echo(self, v, current):
    return v, v


def interfaces():
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("Rnd"):
            for name, cls in vars(module).items():
                if name.startswith("Echo") and isinstance(cls, type) and issubclass(cls, Ice.Object) and cls is not Ice.Object:
                    yield cls


with Ice.initialize(["--Ice.Default.Host=127.0.0.1", "--Ice.AcceptClassCycles=1"]) as communicator:
    adapter = communicator.createObjectAdapterWithEndpoints("random", "tcp -p 0")
    for cls in set(interfaces()):
        members = {n: echo for n in dir(cls) if n.startswith("echo")}
        adapter.add(type("Servant", (cls,), members)(), Ice.Identity(cls.ice_staticId().replace(":", ""), ""))
    adapter.activate()
    print("tcp", adapter.getEndpoints()[0].getInfo().port, flush=True)
    print("ready", flush=True)
    sys.stdin.read()
