"""Pings each proxy that it reads, and says how that went."""

import sys

import Ice

with Ice.initialize(sys.argv) as communicator:
    print("ready", flush=True)
    for number, line in enumerate(sys.stdin):
        try:
            communicator.stringToProxy(line.strip()).ice_ping()
            print("pinged %d" % number, flush=True)
        except Ice.Exception as x:
            print("failed %d %s" % (number, x.ice_id()), flush=True)
