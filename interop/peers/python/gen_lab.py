"""Serves ::Lab::Scanner, which somebody else derived from OMERO's interface.

  gen_lab.py FOLDER     with lab/Scanner.ice below it; prints "tcp PORT" and "ready", ends when standard input does
"""

import os
import sys
import tempfile

import Ice
import Glacier2  # noqa: F401  The installed module, before OMERO's definitions refer to it.

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "omero"))

import definitions  # noqa: E402

# All at once, as definitions.load does: what a file only includes is generated too.
folders = [definitions.ROOT, sys.argv[1]]
names = [os.path.relpath(os.path.join(at, f), folder) for folder in (os.path.join(definitions.ROOT, "omero"), sys.argv[1])
         for at, _, files in os.walk(folder) for f in files if f.endswith(".ice")]
with tempfile.NamedTemporaryFile("w", suffix=".ice") as everything:
    for name in sorted(names):
        prefix = "omero/" if os.path.exists(os.path.join(definitions.ROOT, "omero", name)) else ""
        everything.write("#include <%s%s>\n" % (prefix, name))
    everything.flush()
    Ice.loadSlice("", ["--underscore", "--all"] + ["-I" + f for f in folders] + [everything.name])

import Common  # noqa: E402
import Lab  # noqa: E402
import omero  # noqa: E402


class Scanner(Lab.Scanner):
    def rename(self, s, name, current):
        if s is None:
            raise Lab.Broken("trace", "lab.Broken", "no scan", 17)
        s._name = name  # OMERO's members are protected
        s.scanner = "python"
        return s

    def all(self, wishes, current):
        count = wishes["n"]._val
        objects = [make(omero.model.Dataset, id=make(omero.RLong, val=i)) for i in range(count)]
        return objects, make(omero.model.TagAnnotation, textValue=make(omero.RString, val="note"))

    def whoAmI(self, current):
        return current.id

    def where(self, current):
        return Common.Place(3, "a")

    def again(self, current):
        return Lab.ScannerPrx.uncheckedCast(current.adapter.createProxy(current.id))

    def getCurrentEventContext(self, current):
        return omero.sys.EventContext(userName="ann")

    def close(self, current):
        pass


concrete = {}


def make(cls, **members):
    """An instance of a class whose local operations nobody implements."""
    if cls not in concrete:
        concrete[cls] = type(cls.__name__ + "I", (cls,), {n: lambda self, *a: None for n in getattr(cls, "__abstractmethods__", ())})
    v = concrete[cls]()
    for name, value in members.items():
        setattr(v, name if hasattr(v, name) else "_" + name, value)
    return v


def find(type_id):
    parts = type_id.split("::")[1:]
    at = sys.modules.get(parts[0])
    for p in parts[1:]:
        at = getattr(at, p, None)
        if at is None:
            return None
    return make(at)


with Ice.initialize(["--Ice.Default.Host=127.0.0.1"]) as communicator:
    communicator.getValueFactoryManager().add(find, "")
    adapter = communicator.createObjectAdapterWithEndpoints("lab", "tcp -p 0")
    adapter.add(Scanner(), Ice.stringToIdentity("scanner"))
    adapter.activate()
    print("tcp", adapter.getEndpoints()[0].getInfo().port, flush=True)
    print("ready", flush=True)
    sys.stdin.read()
