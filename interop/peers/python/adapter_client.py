"""Calls every operation of a Tester and compares what comes back.

Usage: adapter_client.py SLICE PROXY [--Ice.X=Y ...]

Prints a line for each check that fails, then "checks N failed M". The exit
status is 0 if all hold.
"""

import sys

import Ice

SLICE, PROXY = sys.argv[1:3]
Ice.loadSlice(SLICE)
import AdapterTest  # noqa: E402

checks = failed = 0


def check(what, condition, detail=""):
    global checks, failed
    checks += 1
    if not condition:
        failed += 1
        print("FAILED", what, detail, flush=True)


def raised(call):
    try:
        call()
    except Ice.Exception as e:
        return e
    return None


def echoes(t):
    point = AdapterTest.Point(1.5, -2.25)
    named = AdapterTest.Named("ä", point, AdapterTest.Color.blue)
    cases = {
        "echoBool": [True, False],
        "echoByte": [0, 127, 255],
        "echoShort": [-(2**15), -1, 0, 2**15 - 1],
        "echoInt": [-(2**31), 0, 2**31 - 1],
        "echoLong": [-(2**63), 0, 2**63 - 1],
        "echoFloat": [0.0, 1.5, -0.25],
        "echoDouble": [0.0, 1e300, -0.1],
        "echoString": ["", "plain", "Grüße \U0001F600", "x" * 300, "nul\0inside"],
        "echoColor": list(AdapterTest.Color._enumerators.values()),
        "echoPoint": [point],
        "echoNamed": [named],
        "echoBytes": [b"", bytes(range(256)), b"z" * 100000],
        "echoBools": [[], [True, False, True]],
        "echoInts": [[], [1, -2, 2**31 - 1]],
        "echoDoubles": [[], [0.5] * 300],
        "echoStrings": [[], ["", "a", "ß" * 200]],
        "echoPoints": [[], [point] * 3],
        "echoNameds": [[], [named, AdapterTest.Named("", AdapterTest.Point(0, 0), AdapterTest.Color.red)]],
        "echoColors": [[], [AdapterTest.Color.green, AdapterTest.Color.red]],
        "echoNested": [[], [["a"], [], ["b", "c"]]],
        "echoCounts": [{}, {"a": 1, "": -5}],
        "echoNames": [{}, {3: "drei", -1: ""}],
        "echoPlaces": [{}, {AdapterTest.Color.green: point}],
    }
    for name, values in cases.items():
        for value in values:
            got, same = getattr(t, name)(value)
            if isinstance(value, bytes):
                got, same = bytes(got), bytes(same)
            check(f"{name}({str(value)[:40]!r})", got == value and same == value, f"{str(got)[:60]!r} {str(same)[:60]!r}")


def classes(t):
    node = AdapterTest.Node("a", None, None, 5)
    node.next = AdapterTest.Leaf("b", node, None, Ice.Unset, AdapterTest.Color.blue, {"x": 1})
    node.other = node.next
    for name in ("echoNode", "echoSliced"):
        got, same = getattr(t, name)(node)
        check(name + " fields", got.name == "a" and got.weight == 5 and got.next.weight is Ice.Unset)
        check(name + " derived", isinstance(got.next, AdapterTest.Leaf) and got.next.color == AdapterTest.Color.blue and got.next.counts == {"x": 1})
        check(name + " identity", got.next is got.other and got.next.next is got and same is got)
        check(name + " null", getattr(t, name)(None) == (None, None))
    got, _ = t.echoNodes([node, None, node])
    check("echoNodes", len(got) == 3 and got[0] is got[2] and got[1] is None and isinstance(got[0].next, AdapterTest.Leaf))
    got, _ = t.echoNodes([AdapterTest.Node(str(i), None, None, i) for i in range(1000)])
    check("echoNodes, many", [n.name for n in got] == [str(i) for i in range(1000)])


def optionals(t):
    point = AdapterTest.Point(1, 2)
    for v in (Ice.Unset, "", "text"):
        for p in (Ice.Unset, point):
            for n in (Ice.Unset, 0, 42):
                got, same, count = t.echoOptional(v, p, n)
                want = sum(x is not Ice.Unset for x in (v, p, n))
                check(f"echoOptional of {want}", got == v and same == p and count == want, str(count))


def proxies(t):
    other = t.ice_identity(Ice.stringToIdentity("other/one")).ice_facet("side")
    got, self_ = t.echoProxy(other)
    check("echoProxy", got.ice_toString() == other.ice_toString(), f"{got} {other}")
    check("echoProxy of itself", self_ is not None and self_.ice_getIdentity() == t.ice_getIdentity() and self_.total() >= 0, str(self_))
    got, _ = t.echoProxy(None)
    check("echoProxy(null)", got is None)


def exceptions(t):
    e = raised(lambda: t.fail("plain"))
    check("Failure", type(e) is AdapterTest.Failure and e.reason == "plain" and e.code == 7, repr(e))
    e = raised(lambda: t.fail("detailed"))
    check("DetailedFailure", type(e) is AdapterTest.DetailedFailure and e.details == ["a", "b"] and e.hint == "try" and e.code == 8, repr(e))
    for call in (t.fail, t.failSliced):
        e = raised(lambda: call("node"))
        check("NodeFailure", type(e) is AdapterTest.NodeFailure and e.node.next is e.node and e.node.name == "self", repr(e))
    e = raised(lambda: t.fail("undeclared"))
    check("UnknownUserException", type(e) is Ice.UnknownUserException and "::AdapterTest::Undeclared" in e.unknown, repr(e))
    e = raised(lambda: t.fail("error"))
    check("UnknownException of an error", isinstance(e, Ice.UnknownException) and "broken" in e.unknown, repr(e))
    e = raised(lambda: t.fail("panic"))
    check("UnknownException of a panic", isinstance(e, Ice.UnknownException), repr(e))
    e = raised(lambda: t.fail("notexist"))
    check("ObjectNotExist from the servant", type(e) is Ice.ObjectNotExistException, repr(e))
    e = raised(lambda: t.ice_identity(Ice.stringToIdentity("no/body")).ice_ping())
    check("ObjectNotExist", type(e) is Ice.ObjectNotExistException and e.id.name == "body" and e.id.category == "no" and e.operation == "ice_ping", repr(e))
    e = raised(lambda: t.ice_facet("nothing").ice_ping())
    check("FacetNotExist", type(e) is Ice.FacetNotExistException and e.facet == "nothing", repr(e))
    e = raised(lambda: t.ice_invoke("unheard", Ice.OperationMode.Normal, empty(t)))
    check("OperationNotExist", type(e) is Ice.OperationNotExistException and e.operation == "unheard", repr(e))
    e = raised(lambda: t.ice_invoke("echoString", Ice.OperationMode.Normal, empty(t)))
    check("bad parameters are an unknown local exception", isinstance(e, Ice.UnknownException), repr(e))
    t.ice_ping()
    check("the connection survived", t.ice_getCachedConnection() is not None)


def empty(proxy):
    return bytes([6, 0, 0, 0, proxy.ice_getEncodingVersion().major, proxy.ice_getEncodingVersion().minor])


def builtins(t):
    ids = ["::AdapterTest::Base", "::AdapterTest::Tester", "::Ice::Object"]
    check("ice_ids", t.ice_ids() == ids, str(t.ice_ids()))
    check("ice_id", t.ice_id() == "::AdapterTest::Tester", t.ice_id())
    check("ice_isA", t.ice_isA("::AdapterTest::Base") and not t.ice_isA("::AdapterTest::Callback"))
    check("checkedCast", AdapterTest.TesterPrx.checkedCast(t.ice_facet("nothing")) is None)
    check("operation of a base", t.baseName() == "base")


def currents(t):
    o = t.where(context={"a": "1", "b": "2"})
    i = t.ice_getIdentity()
    check("where", (o.name, o.category, o.facet, o.operation) == (i.name, i.category, "", "where") and o.context == {"a": 1, "b": 2}, str(o))
    check("where: mode", o.mode == "idempotent" and o.requestKind == "twoway" and o.encoding == Ice.encodingVersionToString(t.ice_getEncodingVersion()), str(o))
    check("where: transport", o.transport == t.ice_getConnection().type(), f"{o.transport} {t.ice_getConnection().type()}")
    check("facet", AdapterTest.TesterPrx.uncheckedCast(t, "second").where().facet == "second")
    o = at(t, "someone", "default").where()
    check("default servant", (o.name, o.category) == ("someone", "default"), str(o))
    o = at(t, "someone", "located").where()
    check("servant locator", (o.name, o.category) == ("someone", "located"), str(o))
    e = raised(lambda: at(t, "missing", "located").where())
    check("servant locator without", type(e) is Ice.ObjectNotExistException, repr(e))


def at(t, name, category):
    return AdapterTest.TesterPrx.uncheckedCast(t.ice_identity(Ice.Identity(name, category)))


def oneways(t):
    before = t.total()
    oneway = t.ice_oneway()
    for _ in range(100):
        oneway.add(1)
    batch = t.ice_batchOneway()
    for _ in range(250):
        batch.add(2)
    batch.ice_flushBatchRequests()
    for _ in range(200):  # bounded wait: what goes one way is counted some time later
        if t.total() == before + 600:
            break
        t.sleep(20)
    check("oneway and batch", t.total() == before + 600, f"{t.total()} {before}")


def concurrency(t):
    slow = t.sleepAsync(3000)
    check("a slow dispatch holds up no other", t.echoInt(1)[0] == 1 and not slow.done())
    futures = [t.echoIntAsync(i) for i in range(1000)]
    check("many at once", [f.result()[0] for f in futures] == list(range(1000)))
    slow.result()


class CallbackI(AdapterTest.Callback):
    def twice(self, n, current=None):
        if n < 0:
            raise AdapterTest.Undeclared("negative")
        return 2 * n

    def note(self, text, current=None):
        pass


def callbacks(t, communicator):
    adapter = communicator.createObjectAdapterWithEndpoints("back", "tcp -h 127.0.0.1")
    back = AdapterTest.CallbackPrx.uncheckedCast(adapter.addWithUUID(CallbackI()))
    adapter.activate()
    check("callback on a connection of its own", t.askBack(back, 21) == 42)
    adapter.add(CallbackI(), Ice.stringToIdentity("back"))
    t.ice_getConnection().setAdapter(adapter)
    check("callback on the same connection", t.askBackOnConnection("back", 21) == 42)
    e = raised(lambda: t.askBackOnConnection("nobody", 1))
    check("failing callback", isinstance(e, Ice.UnknownException) and "NotExist" in e.unknown or type(e) is Ice.ObjectNotExistException, repr(e))


with Ice.initialize(sys.argv[3:]) as communicator:
    base = communicator.stringToProxy(PROXY)
    tester = AdapterTest.TesterPrx.checkedCast(base)
    check("checkedCast", tester is not None)
    for encoding in ("1.1", "1.0"):
        t = tester.ice_encodingVersion(Ice.stringToEncodingVersion(encoding))
        echoes(t)
        if encoding == "1.1":
            optionals(t)
        classes(t) if encoding == "1.1" else None
        proxies(t)
        if encoding == "1.1":
            exceptions(t)
        builtins(t)
        currents(t)
    oneways(tester)
    concurrency(tester)
    callbacks(tester, communicator)
    compressed = tester.ice_compress(True)
    check("compressed", bytes(compressed.echoBytes(b"c" * 200000)[0]) == b"c" * 200000)
    if communicator.getProperties().getProperty("Test.Shutdown"):
        tester.shutdown()
print("checks", checks, "failed", failed, flush=True)
sys.exit(1 if failed else 0)
