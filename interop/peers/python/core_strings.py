"""Says what Ice makes of proxy and identity strings: one JSON string a line in, one JSON string a line out, null for an error."""
import json
import sys

import Ice



def canonical(communicator, text):
    """The proxy as Ice prints it, None if it is refused."""
    try:
        proxy = communicator.stringToProxy(text)
        return "" if proxy is None else communicator.proxyToString(proxy)
    except (Ice.Exception, ValueError):
        return None


with Ice.initialize(sys.argv) as communicator:
    print("ready", flush=True)
    for line in sys.stdin:
        number, kind, text = json.loads(line)
        answer = None
        try:
            if kind == "proxy":
                proxy = communicator.stringToProxy(text)
                answer = "" if proxy is None else communicator.proxyToString(proxy)
            elif kind == "identity":
                answer = communicator.identityToString(Ice.stringToIdentity(text))
            elif kind == "proxies":
                answer = json.dumps([canonical(communicator, one) for one in json.loads(text)])
            elif kind == "properties":
                properties = communicator.getProperties()
                for old in properties.getPropertiesForPrefix("Prx"):
                    properties.setProperty(old, "")
                for name, value in json.loads(text).items():
                    properties.setProperty(name, value)
                proxy = communicator.propertyToProxy("Prx")
                answer = json.dumps(proxy and communicator.proxyToProperty(proxy, "Out"))
        except (Ice.Exception, ValueError) as error:
            print("#", repr(text), repr(error).replace("\n", " "), file=sys.stderr)
        print("answer %d: %s" % (number, json.dumps(answer)), flush=True)
