"""An OMERO server for tests: sessions, queries, files and commands in memory,
behind Debian's glacier2router.

Prints the router's ports ("tcp 40123", ...) and "ready", then answers each line
on standard input, a number and a command in JSON, with "reply", the number and
an answer in JSON, and ends when standard input does:

  1 {"do": "stats"}         counts of operations, sessions, calls without context
  {"do": "reset"}           starts to count anew
  {"do": "set", "busy": 2}  changes settings (world.World.settings)
  {"do": "saved"}           the object graph that arrived last
  {"do": "hash", "id": 1, "hasher": "MD5-128", "hash": "00"}   gives an OriginalFile another checksum
  {"do": "remove", "session": uuid}   removes a session, as an administrator may
  {"do": "stop_router"}, {"do": "start_router"}   the router's process, on the same ports
  {"do": "stop_backend"}    what is behind the router goes away
"""

import argparse
import json
import sys
import traceback

import Ice

import definitions

definitions.load()

import omero  # noqa: E402
from router import Router  # noqa: E402
from sessions import Registry, SessionManagerI, VerifierI  # noqa: E402
from world import World  # noqa: E402


def answer(command, world, registry, router, communicator):
    what = command.pop("do")
    if what == "stats":
        with world.lock:
            for key in list(registry.sessions):
                registry.find(key)  # which ends those that were idle for too long
            return {"counts": world.counts, "without_context": world.without_context, "peak": world.peak,
                    "sessions": {s.uuid: {"references": s.references, "services": sorted(s.services)}
                                 for s in registry.sessions.values()}}
    if what == "reset":
        with world.lock:
            world.counts, world.peak = {}, 0
            return {}
    if what == "set":
        with world.lock:
            world.settings.update(command)
            return world.settings
    if what == "hash":
        row = world.find("OriginalFile", command["id"])
        row._hash, row._hasher._value = omero.RString(command["hash"]), omero.RString(command["hasher"])
        return {}
    if what == "saved":
        return world.saved
    if what == "remove":
        registry.sessions[command["session"]].remove()
    elif what == "stop_router":
        router.stop()
    elif what == "start_router":
        router.start()
    elif what == "stop_backend":
        communicator.shutdown()
        communicator.waitForShutdown()
    else:
        raise ValueError("unknown command " + what)
    return {}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True, help="an empty folder for certificates and the router's settings")
    parser.add_argument("--encoding", default="1.0", help="which the server side uses, as OMERO does 1.0")
    parser.add_argument("--tls", default="self-signed", choices=["self-signed", "authority", "anonymous", "legacy"])
    parser.add_argument("--router-timeout", type=int, default=600, help="seconds until Glacier2 drops an idle client")
    parser.add_argument("--session-timeout", type=float, default=600, help="seconds until an idle session is gone")
    args = parser.parse_args()

    init = Ice.InitializationData()
    init.properties = Ice.createProperties()
    for key, value in {
        "Ice.Default.EncodingVersion": args.encoding,
        "Ice.MessageSizeMax": "250000",
        "Ice.RetryIntervals": "-1",
        "Ice.ThreadPool.Server.Size": "4",
        "Ice.ThreadPool.Server.SizeMax": "64",
        "Ice.ThreadPool.Server.SizeWarn": "0",
        "Ice.Warn.Dispatch": "0",
        "Ice.Warn.Connections": "0",
    }.items():
        init.properties.setProperty(key, value)

    with Ice.initialize(init) as communicator:
        world = World()
        adapter = communicator.createObjectAdapterWithEndpoints("Blitz", "tcp -h 127.0.0.1")
        registry = Registry(world, adapter, args.session_timeout)
        adapter.add(SessionManagerI(world, registry), Ice.stringToIdentity("BlitzManager"))
        adapter.add(VerifierI(world, registry), Ice.stringToIdentity("BlitzVerifier"))
        adapter.activate()
        port = adapter.getEndpoints()[0].getInfo().port
        router = Router(args.dir, port, args.encoding, args.router_timeout, args.tls)
        try:
            router.start()
            for transport, port in router.ports.items():
                print(transport, port)
            print("ready", flush=True)
            for line in sys.stdin:
                number, command = line.split(" ", 1)
                try:
                    reply = answer(json.loads(command), world, registry, router, communicator)
                except Exception as e:
                    traceback.print_exc()
                    reply = {"error": repr(e)}
                print("reply", number, json.dumps(reply), flush=True)
        finally:
            router.stop()


if __name__ == "__main__":
    main()
