"""Says what Ice makes of a proxy that is changed: one JSON list a line in, of a number, a proxy and the changes; one JSON object a line out."""
import json
import sys

import Ice


def proxy(communicator, text, cast=Ice.ObjectPrx):
    return cast.uncheckedCast(communicator.stringToProxy(text)) if text else None


def change(communicator, base, method, arguments):
    """The base, changed by one of its methods. Proxies stand as strings in JSON, and what else is no JSON as what it is made of."""
    if method == "ice_identity":
        arguments = [Ice.stringToIdentity(*arguments)]
    elif method == "ice_locator":
        arguments = [proxy(communicator, *arguments, cast=Ice.LocatorPrx)]
    elif method == "ice_router":
        arguments = [proxy(communicator, *arguments, cast=Ice.RouterPrx)]
    elif method == "ice_endpoints":
        other = proxy(communicator, *arguments)
        arguments = [other.ice_getEndpoints() if other else []]
    elif method == "ice_encodingVersion":
        arguments = [Ice.stringToEncodingVersion(*arguments)]
    elif method == "ice_endpointSelection":
        arguments = [getattr(Ice.EndpointSelectionType, *arguments)]
    return getattr(base, method)(*arguments)


def bits(values):
    return "".join("1" if value else "0" for value in values)


def main():
    with Ice.initialize(sys.argv) as communicator:
        print("ready", flush=True)
        for line in sys.stdin:
            number, text, changes = json.loads(line)
            base = communicator.stringToProxy(text)
            changed = [change(communicator, base, method, arguments) for method, arguments in changes]
            again = [change(communicator, p, method, arguments) for p, (method, arguments) in zip(changed, changes)]
            answer = {
                "strings": [communicator.proxyToString(p) for p in changed],
                "properties": [communicator.proxyToProperty(p, "Out") for p in changed],
                "equal": [bits(p == other for other in [base] + changed) for p in changed],
                "again": bits(p == other for p, other in zip(changed, again)),
                "sameObject": bits(Ice.proxyIdentityAndFacetEqual(p, base) for p in changed),
                "sameIdentity": bits(Ice.proxyIdentityEqual(p, base) for p in changed),
                "base": communicator.proxyToString(base),
            }
            print("answer %d: %s" % (number, json.dumps(answer)), flush=True)


main()
