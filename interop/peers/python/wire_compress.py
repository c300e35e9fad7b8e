"""Calls an operation of a server with compressed messages and prints what came back. Arguments: Slice file, proxy, size."""

import os
import sys

import Ice

Ice.loadSlice("", ["-I" + os.path.dirname(sys.argv[1]), "--underscore", sys.argv[1]])
import WireTest as W  # noqa: E402  (made by the line above)

data = Ice.InitializationData()
data.properties = Ice.createProperties()
data.properties.setProperty("Ice.Override.Compress", "1")
data.properties.setProperty("Ice.Override.ConnectTimeout", "10000")
data.properties.setProperty("Ice.Default.InvocationTimeout", "10000")
with Ice.initialize(data) as communicator:
    echo = W.EchoPrx.uncheckedCast(communicator.stringToProxy(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.readline()
    sent = ["compressed %d" % i for i in range(int(sys.argv[3]))]
    print("same" if echo.echoStrings(sent) == sent else "different", flush=True)
    batch = W.EchoPrx.uncheckedCast(echo.ice_batchOneway())
    for i in range(100):
        batch.ice_ping()
    batch.ice_flushBatchRequests()
    print("flushed", flush=True)
    sys.stdin.read()
