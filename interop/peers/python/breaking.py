"""Servers and clients of two versions of Slice definitions.

Reads cases in JSON from the file named on the command line, each with a name
(of its Slice module), its definitions, and Python for the servant's class S or
the call of the proxy p. As a server it prints "port N" and "ready", and ends with
standard input; as a client (--port N) it prints "result NAME" and what each call came to.
"""

import argparse
import json
import os
import sys
import tempfile

import Ice


def show(v):
    """A value without the names in it, which only programs see."""
    if isinstance(v, Ice.EnumBase):
        return str(v.value)
    if isinstance(v, (Ice.Value, Ice.UserException)) or type(v).__module__.startswith("Case"):
        return type(v).__name__ + str([show(x) for x in v.__dict__.values()])
    if isinstance(v, (list, tuple)):
        return str([show(x) for x in v])
    if isinstance(v, dict):
        return str(sorted((show(k), show(x)) for k, x in v.items()))
    if v is Ice.Unset:
        return "unset"
    return repr(v)


def load(case):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, case["name"] + ".ice")
        with open(path, "w") as f:
            f.write("module %s { %s }" % (case["name"], case["slice"]))
        stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)  # warnings of what is deprecated
        try:
            Ice.loadSlice(path)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(null)
    names = {"Ice": Ice, "show": show, "M": sys.modules[case["name"]]}
    if "serve" in case:
        exec(case["serve"], names)
    return names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases")
    parser.add_argument("--port")
    args = parser.parse_args()
    with open(args.cases) as f:
        cases = json.load(f)
    with Ice.initialize(["--Ice.Warn.Dispatch=0", "--Ice.Warn.Connections=0"]) as communicator:
        if not args.port:
            adapter = communicator.createObjectAdapterWithEndpoints("", "tcp -h 127.0.0.1")
            for case in cases:
                adapter.add(load(case)["S"](), Ice.stringToIdentity(case["name"]))
            adapter.activate()
            print("port", adapter.getEndpoints()[0].getInfo().port)
            print("ready", flush=True)
            sys.stdin.read()
            return
        for case in cases:
            names = load(case)
            base = communicator.stringToProxy("%s:tcp -h 127.0.0.1 -p %s" % (case["name"], args.port))
            names["base"] = base
            names["p"] = getattr(names["M"], case["type"] + "Prx").uncheckedCast(base)
            try:
                result = show(eval(case["call"], names))
            except Ice.UserException as e:
                result = "raised " + show(e)
            except Ice.Exception as e:
                result = "raised " + type(e).__name__
            print("result", case["name"], result)
        print("ready", flush=True)


if __name__ == "__main__":
    main()
