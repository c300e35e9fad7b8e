"""Tries statements of the manual on Ice for Python: reads [number, code] as a JSON line, runs the code, and prints what it left in "out"."""

import json
import sys
import threading
import time

import Ice

opened = []


class Log(Ice.Logger):
    """A logger that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def _print(self, message):
        self.lines.append("print " + message)

    def trace(self, category, message):
        self.lines.append("trace " + message)

    def warning(self, message):
        self.lines.append("warning " + message)

    def error(self, message):
        self.lines.append("error " + message)

    def getPrefix(self):
        return ""

    def cloneWithPrefix(self, prefix):
        return self


def comm(*settings, log=None):
    """A communicator with the settings "name=value", which lives as long as its statement."""
    data = Ice.InitializationData()
    data.properties = Ice.createProperties()
    data.logger = log or Log()
    for setting in settings:
        name, _, value = setting.partition("=")
        data.properties.setProperty(name, value)
    communicator = Ice.initialize(data)
    opened.append(communicator)
    return communicator


def name(error):
    """What an exception is called, whatever the language."""
    text = error.ice_id().split("::")[-1] if isinstance(error, Ice.Exception) else type(error).__name__
    if text.endswith("ParseException") or text == "IllegalIdentityException":
        return "Parse"
    return text.removesuffix("Exception")


def fails(action, *arguments):
    """"ok", or the name of the exception that an action ends in."""
    try:
        action(*arguments)
        return "ok"
    except Exception as error:
        return name(error)


def result(action, *arguments):
    """What an action returns, or the name of its exception."""
    try:
        return action(*arguments)
    except Exception as error:
        return name(error)


def identity(text):
    return Ice.stringToIdentity(text)


class Echo(Ice.Blobject):
    """Counts calls by operation; does what some operations are named for."""

    def __init__(self, label=""):
        self.label, self.calls, self.contexts, self.gate = label, [], [], threading.Event()

    def ice_invoke(self, data, current):
        self.calls.append(current.operation)
        self.contexts.append(dict(current.ctx))
        if current.operation == "label":
            raise Ice.ObjectNotExistException(current.id, current.facet, self.label)
        if current.operation == "objectNotExist":
            raise Ice.ObjectNotExistException()
        if current.operation == "facetNotExist":
            raise Ice.FacetNotExistException()
        if current.operation == "operationNotExist":
            raise Ice.OperationNotExistException()
        if current.operation == "unknown":
            raise RuntimeError("x")
        if current.operation == "unknownLocal":
            raise Ice.UnknownLocalException("x")
        if current.operation == "unknownUser":
            raise Ice.UnknownUserException("x")
        if current.operation == "local":
            raise Ice.TimeoutException()
        if current.operation == "wait":
            self.gate.wait(60)
        if current.operation == "close":
            current.con.close(Ice.ConnectionClose.Forcefully)
        return (True, b"")


def call(proxy, operation, mode=Ice.OperationMode.Normal, context=None):
    """Calls an operation without parameters."""
    return proxy.ice_invoke(operation, mode, b"", context)


def serve(communicator=None, *settings, servant=None, object="echo", adapter="A"):
    """An active adapter with an object, and a proxy for it that another communicator uses."""
    communicator = communicator or comm("A.Endpoints=tcp -h 127.0.0.1", *settings)
    made = communicator.createObjectAdapter(adapter)
    made.add(servant or Echo(), identity(object))
    made.activate()
    return made


def client(adapter, object="echo", *settings):
    """A client's proxy for an object of an adapter."""
    text = adapter.createProxy(identity(object)).ice_toString()
    return comm(*settings).stringToProxy(text)


C = comm("Ice.Plugin.IceSSL=IceSSL:createIceSSL")
opened.clear()
print("ready", flush=True)
for line in sys.stdin:
    number, code = json.loads(line)
    scope = dict(globals())
    try:
        exec(code, scope)
        out = scope["out"]
    except Exception as error:
        out = "failed: %s %s" % (type(error).__name__, str(error).replace("\n", " "))
    print("answer %d: %s" % (number, json.dumps(out, sort_keys=True)), flush=True)
    while opened:
        opened.pop().destroy()
C.destroy()
