"""Pings proxies and says how that ended: one JSON list a line in, of a number, a proxy, the proxy whose connection it is fixed to or null, and the
changes; the name of the exception or "ok" a line out."""
import json
import sys

import Ice

from core_proxy_factory import change

with Ice.initialize(sys.argv) as communicator:
    print("ready", flush=True)
    for line in sys.stdin:
        number, text, fixed, changes, after = json.loads(line)
        try:
            p = communicator.stringToProxy(text)
            for method, arguments in changes:
                p = change(communicator, p, method, arguments)
            if fixed:
                p = p.ice_fixed(communicator.stringToProxy(fixed).ice_getConnection())
            for method, arguments in after:
                p = change(communicator, p, method, arguments)
            p.ice_ping()
            answer = "ok"
        except Ice.Exception as error:
            answer = type(error).__name__
        print("answer %d: %s" % (number, answer), flush=True)
