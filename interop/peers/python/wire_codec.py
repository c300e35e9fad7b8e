"""Encodes and decodes with ZeroC's Ice on request, for tests of our bytes.

Ice for Python has no streams of its own. A typed proxy that refers to a
servant which takes raw requests does the encoding, and a raw request to a
typed servant the decoding; both are in this process. So that what goes over
the test's socket are encapsulations only.

Request: kind, minor encoding version, a name and data, both with their size.
  e  decode data as the parameter of the operation, and give what the same value looks like as a result
  x  decode data as an exception of the operation, and give what raising that looks like
  m  give the encapsulation of the parameter (or exception) made by a name of the table, "operation/name"
  t  list the names of the table
Reply: a status (0 fine, 1 user exception, 2 failed, with a text) and data with its size.
"""

import os
import socket
import struct
import sys
import threading

import Ice

Ice.loadSlice("", ["-I" + os.path.dirname(sys.argv[1]), "--underscore", sys.argv[1]])
if len(sys.argv) > 2:  # with OMERO's definitions as well
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "omero"))
    import definitions
    definitions.load()
import WireTest as W  # noqa: E402  (made by loadSlice)

exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wire_cases.py")).read())

VOID = ("throwCompact", "throwSliced")


class Echo(W.Echo):
    raised = None

    def _echo(self, v, current=None):
        return v

    def _throw(self, current=None):
        raise Echo.raised

    def echoOptionals(self, a, nine, two, four, current=None):
        return (nine, a, nine, two, four)

    echoEnums = echoPrimitives = echoSequences = echoDictionaries = echoProxies = _echo
    echoValue = echoValueSliced = echoNodes = echoNodesSliced = echoStrings = _echo
    throwCompact = throwSliced = _throw


class Capture(Ice.Blobject):
    """Keeps the parameters of a request, and answers with an exception if told so."""

    taken = None
    answer = None

    def ice_invoke(self, data, current):
        Capture.taken = data
        if Capture.answer is not None:
            return False, Capture.answer
        raise Ice.ObjectNotExistException()


def main():
    data = Ice.InitializationData()
    data.properties = Ice.createProperties()
    for k, v in {"Ice.MessageSizeMax": "0", "Ice.ThreadPool.Server.Size": "1", "Ice.ThreadPool.Server.StackSize": "256000000",
                 "Ice.ThreadPool.Client.StackSize": "256000000", "Ice.AcceptClassCycles": "1", "Ice.ClassGraphDepthMax": "1000000", "Ice.ToStringMode": "Unicode",
                 "Ice.Plugin.IceSSL": "IceSSL:createIceSSL", "Ice.Warn.Dispatch": "0", "Ice.Warn.UnknownProperties": "0"}.items():
        data.properties.setProperty(k, v)
    communicator = Ice.initialize(data)
    adapter = communicator.createObjectAdapterWithEndpoints("a", "tcp -h 127.0.0.1")
    echo = adapter.add(Echo(), Ice.stringToIdentity("echo"))
    capture = W.EchoPrx.uncheckedCast(adapter.add(Capture(), Ice.stringToIdentity("capture")))
    adapter.activate()
    values = cases(communicator)

    def raw(name, version, params):
        return echo.ice_encodingVersion(version).ice_invoke(name, Ice.OperationMode.Normal, params)

    def captured(name, version, args, answer=None):
        Capture.taken, Capture.answer = None, answer
        try:
            getattr(capture.ice_encodingVersion(version), name)(*args)
        except Ice.ObjectNotExistException:
            pass
        return Capture.taken

    def reraised(name, version, ex):
        Echo.raised = ex
        return raw(name, version, empty(version))

    def empty(version):
        return struct.pack("<iBB", 6, version.major, version.minor)

    def handle(kind, version, name, data):
        if kind == b"t":
            return 0, "\n".join(sorted(values)).encode()
        if kind == b"m":
            op = name.split("/")[0]
            if op in VOID:
                ok, b = reraised(op, version, values[name]())
                return 0 if not ok else 2, b
            v = values[name]()
            return 0, captured(op, version, v if isinstance(v, tuple) else (v,))
        if kind == b"e":
            ok, b = raw(name, version, data)
            return 0 if ok else 1, b
        if kind == b"x":
            try:
                captured(name, version, (), data)
            except Ice.UserException as ex:
                ok, b = reraised(name, version, ex)
                return (2, b"no exception") if ok else (1, b)
        return 2, b"unknown request"

    listener = socket.create_server(("127.0.0.1", 0))
    print("port %d" % listener.getsockname()[1], flush=True)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    threading.stack_size(256000000)

    def serve():
        s = listener.accept()[0].makefile("rwb")
        while True:
            head = s.read(4)
            if len(head) < 4:
                os._exit(0)
            kind, minor, n = struct.unpack("<cBH", head)
            name = s.read(n).decode()
            data = s.read(struct.unpack("<I", s.read(4))[0])
            try:
                status, out = handle(kind, Ice.EncodingVersion(1, minor), name, data)
            except Exception as ex:  # what Ice thinks of our bytes goes to the test
                status, out = 2, ("%s: %s" % (type(ex).__name__, ex)).encode()
            s.write(struct.pack("<BI", status, len(out)) + bytes(out))
            s.flush()

    t = threading.Thread(target=serve)
    t.start()
    t.join()


main()
