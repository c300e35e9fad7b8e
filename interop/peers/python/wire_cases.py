# The table of values: "operation/name" to a function that makes what is written. Run by wire_codec.py, where W is
# the module of testdata/wire/Wire.ice. testdata/wire/sample has the same values in Go.


def chain(n):
    first = None
    for i in range(n, 0, -1):
        first = node(i, next=first, label="n%d" % i)
    return first


def node(id, **members):
    v = W.Node(id, None, [], {}, None, None, None, [], {}, "")
    for k, x in members.items():
        setattr(v, k, x)
    return v


def ring():
    a, b, c = node(1), node(2), node(3)
    a.next, b.next, c.next = b, c, a
    a.children = [a, b, c, None, b]
    return a


def shared():
    b = W.Derived("shared", 7)
    n = node(1, any=b, value=b)
    n.named = {"x": n, "y": None}
    n.pairs = [W.NodePair(n, b), W.NodePair(None, W.Base("own"))]
    n.lists = {1: [n, None], 2: []}
    n.none = W.Empty()
    return [n, node(2, any=b, none=n.none), n]


def optionals(cls=None):
    v = (cls or W.Optionals)()
    v.a, v.z = 5, "end"
    v.b, v.s, v.i, v.l, v.f, v.d, v.t = True, -2, 3, 1 << 40, 0.5, -0.25, "text"
    v.e, v.p = W.E128.z128, W.Plain(1.5, -1, 2, 3, 4, 5)
    v.v = W.Primitives(True, 255, -1, -1, -1, 1.5, 2.5, "p")
    v.bytes, v.ints, v.strings = b"\x01\x02", [1, 2, 3], ["a", ""]
    v.plains, v.dict, v.y = [v.p], {1: "one"}, 9
    v.base, v.nodes, v.named = W.Derived("d", 1), [node(1), None], {"n": node(2)}
    v.shorts = {1: "s"}
    return v


def few_optionals():
    v = W.Optionals()
    v.a, v.i, v.shorts = 1, 2, {}
    return v


def optionals_derived():
    v = optionals(W.OptionalsDerived)
    v.again, v.end = 11, "derived"
    return v


def kept_unknown():
    v = W.KeptUnknown()
    v.k, v.u, v.node, v.o, v.ob = 1, "unknown", node(4), 5, W.Base("ob")
    v.other, v.self = W.Kept(2), v
    v.node.next = v.node
    return v


def kept_pair():
    v = kept_unknown()
    n = W.KeptUnknown()
    n.k, n.u, n.other, n.self = 3, "second", v, v
    v.other = n
    return v


def failure(cls, **members):
    v = cls()
    for k, x in members.items():
        setattr(v, k, x)
    return v


def cases(communicator):
    floats = [0.0, -0.0, 1.5, float("inf"), float("-inf")]
    prim = W.Primitives(True, 255, -32768, -2147483648, -9223372036854775808, -1.5, 1e300, "h\u00e9llo \U0001F600\0")
    proxy = communicator.stringToProxy

    t = {
        "echoEnums/least": lambda: W.Enums(W.E126.a126, W.E127.a127, W.E128.a128, W.E254.a254, W.E255.a255, W.E32766.a32766, W.E32767.a32767, W.E32768.a32768, W.EMax.aMax),
        "echoEnums/most": lambda: W.Enums(W.E126.z126, W.E127.z127, W.E128.z128, W.E254.z254, W.E255.z255, W.E32766.z32766, W.E32767.z32767, W.E32768.z32768, W.EMax.zMax),
        "echoPrimitives/zero": lambda: W.Primitives(),
        "echoPrimitives/extreme": lambda: prim,
        "echoStrings/sizes": lambda: ["", "x" * 254, "y" * 255, "z" * 256],
        "echoStrings/many": lambda: [str(i) for i in range(300)],
        "echoSequences/empty": lambda: W.Sequences([], b"", [], [], [], [], [], [], [], [], [], []),
        "echoSequences/some": lambda: W.Sequences([True, False], b"\0\xff", [-1, 2], [-3, 4], [-5, 6], floats, floats, ["a", "", "b"],
                                                  [prim, W.Primitives()], [W.Plain(0.5, -1, 2, -3, 4, 5)], [["x"], [], ["y", "z"]], [W.E128.a128, W.E128.z128]),
        "echoDictionaries/empty": lambda: W.Dictionaries({}, {}, {}, {}, {}, {}, {}, {}, {}),
        "echoDictionaries/some": lambda: W.Dictionaries(
            {False: "f", True: "t"}, {1: "one", 200: "large"}, {-5: "a", 5: "b"}, {-1: "x", 0: "y", 70000: "z"}, {-1 << 40: "l"},
            {"": 0, "A": 1, "a": 2, "\u00e9": 3}, {W.E127.a127: 0.5, W.E127.z127: 1.5},
            {W.Key(-1, "b"): W.Key(1, "1"), W.Key(1, "a"): W.Key(2, "2"), W.Key(1, "b"): W.Key(3, "3")}, {"a": {1: "1"}, "b": {}}),
        "echoProxies/null": lambda: W.Proxies(None, None, None),
        "echoProxies/some": lambda: W.Proxies(
            proxy("cat/id -f facet -o -s:tcp -h 127.0.0.1 -p 4061 -t 5000 -z:ssl -h host -p 4062:ws -h h -p 80 -r /path:wss -h h -p 443"),
            W.PingerPrx.uncheckedCast(proxy("indirect @ adapter")), proxy("wellknown -e 1.0 -p 1.0")),
        "echoProxies/opaque": lambda: W.Proxies(proxy("o:opaque -t 99 -e 1.1 -v q83v:opaque -t 100 -e 1.0 -v AQID"), None, proxy("d -d:udp -h 127.0.0.1 -p 5000")),
        "echoOptionals/none": lambda: (5, Ice.Unset, Ice.Unset, Ice.Unset),
        "echoOptionals/all": lambda: (5, "nine", W.Derived("two", 2), [4, 4]),
        "echoOptionals/null": lambda: (5, "", None, []),
        "echoNodes/empty": lambda: [],
        "echoNodes/one": lambda: [node(1, label="x")],
        "echoNodes/nulls": lambda: [None, None],
        "echoNodes/chain": lambda: [chain(50)],
        "echoNodes/ring": lambda: [ring()],
        "echoNodes/shared": shared,
        "echoNodes/wide": lambda: [node(0, children=[node(i) for i in range(1, 300)])],
        "echoValue/null": lambda: None,
        "echoValue/derived": lambda: W.Derived("base", 5),
        "echoValue/compact": lambda: W.CompactDerived(5, W.Base("b")),
        "echoValue/empty": lambda: W.Empty(),
        "echoValue/unknown": lambda: W.Unknown("s", 1, "more", W.Base("other"), W.Unknown("t", 2, "less", None, None)),
        "echoValue/compactUnknown": lambda: W.CompactUnknown(5, W.Base("b"), W.Base("b2")),
        "echoValue/unknownRoot": lambda: W.UnknownRoot("r", W.UnknownRoot("inner", W.Base("b"))),
        "echoValue/compactUnknownRoot": lambda: W.CompactUnknownRoot("r"),
        "echoValue/kept": kept_unknown,
        "echoValue/keptPair": kept_pair,
        "echoValue/optionals": optionals,
        "echoValue/noOptionals": lambda: W.Optionals(1),
        "echoValue/fewOptionals": few_optionals,
        "echoValue/optionalsDerived": optionals_derived,
        "throwCompact/failure": lambda: W.Failure("why"),
        "throwCompact/node": lambda: failure(W.NodeFailure, reason="r", code=7, node=ring()),
        "throwCompact/unknown": lambda: failure(W.UnknownFailure, reason="r", code=8, node=node(1), more=W.Base("m"), text="t"),
        "throwCompact/optional": lambda: failure(W.OptionalFailure, reason="r", hint="h", about=W.Derived("d", 1)),
        "throwCompact/noOptional": lambda: failure(W.OptionalFailure, reason="r"),
        "throwCompact/kept": lambda: failure(W.UnknownKeptFailure, kept="k", node=node(1), number=5),
        "throwCompact/unknownRoot": lambda: W.UnknownRootFailure("r"),
    }
    for k in list(t):
        for a, b in (("echoNodes/", "echoNodesSliced/"), ("echoValue/", "echoValueSliced/"), ("throwCompact/", "throwSliced/")):
            if k.startswith(a):
                t[b + k[len(a):]] = t[k]
    return t
