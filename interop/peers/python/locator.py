"""A locator that knows what it is told, and tells what it was asked.

Commands on standard input, each answered by "done N" with N counting them:

    adapter ID PROXY    the adapter's proxy from now on; without PROXY it is unknown
    object NAME PROXY   the same for an object
    asked               prints "asked N: " and the questions since the last time
"""

import sys

import Ice


class Locator(Ice.Locator):
    def __init__(self):
        self.objects, self.adapters, self.asked = {}, {}, []

    def findObjectById(self, id, current):
        self.asked.append("object %s %s" % (id.name, version(current)))
        if id.name not in self.objects:
            raise Ice.ObjectNotFoundException()
        return self.objects[id.name]

    def findAdapterById(self, id, current):
        self.asked.append("adapter %s %s" % (id, version(current)))
        if id not in self.adapters:
            raise Ice.AdapterNotFoundException()
        return self.adapters[id]

    def getRegistry(self, current):
        return None


def version(current):
    return "%d.%d" % (current.encoding.major, current.encoding.minor)


with Ice.initialize(sys.argv) as communicator:
    adapter = communicator.createObjectAdapterWithEndpoints("locator", "tcp -h 127.0.0.1")
    locator = Locator()
    proxy = adapter.add(locator, Ice.stringToIdentity("locator"))
    adapter.activate()
    print("locator " + proxy.ice_toString(), flush=True)
    print("ready", flush=True)
    for number, line in enumerate(sys.stdin):
        verb, _, rest = line.strip().partition(" ")
        if verb == "asked":
            print("asked %d: %s" % (number, ", ".join(locator.asked)), flush=True)
            locator.asked = []
            continue
        name, _, text = rest.partition(" ")
        table = locator.objects if verb == "object" else locator.adapters
        table.pop(name, None)
        if text:
            table[name] = communicator.stringToProxy(text)
        print("done %d" % number, flush=True)
