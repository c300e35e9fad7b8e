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


def getters(p):
    """What the getters tell, in the words of the Go test. None stands for what is not set."""
    text = lambda other: other and other.ice_toString()
    return {
        "Identity": Ice.identityToString(p.ice_getIdentity()), "Facet": p.ice_getFacet(), "AdapterID": p.ice_getAdapterId(),
        "Mode": [p.ice_isTwoway(), p.ice_isOneway(), p.ice_isBatchOneway(), p.ice_isDatagram(), p.ice_isBatchDatagram()].index(True),
        "Secure": p.ice_isSecure(), "PreferSecure": p.ice_isPreferSecure(), "Encoding": Ice.encodingVersionToString(p.ice_getEncodingVersion()),
        "Context": p.ice_getContext() or {}, "InvocationTimeout": p.ice_getInvocationTimeout(), "ConnectionID": p.ice_getConnectionId(),
        "Timeout": opt(p.ice_getTimeout()), "Compress": opt(p.ice_getCompress()), "Cached": p.ice_isConnectionCached(),
        "Collocated": p.ice_isCollocationOptimized(), "Selection": str(p.ice_getEndpointSelection()), "CacheTimeout": p.ice_getLocatorCacheTimeout(),
        "Locator": text(p.ice_getLocator()), "Router": text(p.ice_getRouter()), "Fixed": p.ice_isFixed(),
        "Endpoints": [endpoint(e) for e in p.ice_getEndpoints()],
    }


def opt(value):
    return None if value is Ice.Unset else value


def endpoint(e):
    """The fields of an endpoint's info and of those below it."""
    info = e.getInfo()
    fields = {"String": str(e), "Type": info.type(), "Secure": info.secure(), "Datagram": info.datagram()}
    while info:
        for name, key in (("timeout", "Timeout"), ("compress", "Compress"), ("host", "Host"), ("port", "Port"), ("sourceAddress", "Source"), ("resource", "Resource"),
                          ("mcastInterface", "McastInterface"), ("mcastTtl", "McastTTL"), ("rawBytes", "Raw")):
            if hasattr(info, name):
                value = getattr(info, name)
                fields[key] = value.hex() if isinstance(value, bytes) else value
        info = info.underlying
    return fields


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
                "getters": [getters(p) for p in changed],
            }
            print("answer %d: %s" % (number, json.dumps(answer)), flush=True)


if __name__ == "__main__":
    main()
