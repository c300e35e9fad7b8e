"""Checks the server with ZeroC's own client: what passes here and fails in Go
is Go's fault. Prints one line for each check, and ends with "ok"."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import Ice
import Glacier2

import definitions

definitions.load()

import omero  # noqa: E402
import omero.api  # noqa: E402
import omero.cmd  # noqa: E402
import omero.grid  # noqa: E402
import omero.model  # noqa: E402
import omero.sys  # noqa: E402


class Server:
    """The server as a child process, and its control line."""

    def __init__(self, folder, *args):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen([sys.executable, os.path.join(here, "server.py"), "--dir", folder, *args],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.ports, self.asked = {}, 0
        while True:
            words = self.process.stdout.readline().split()
            if words == ["ready"]:
                break
            self.ports[words[0]] = int(words[1])

    def do(self, what, **more):
        self.asked += 1
        print(self.asked, json.dumps(dict(more, do=what)), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline().split(" ", 2)[2])

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class Client:
    """The steps of omero.client, without its comforts."""

    def __init__(self, server, transport, encoding, user="user", password="secret", context=None):
        props = Ice.createProperties()
        for key, value in {
            "Ice.ImplicitContext": "Shared", "Ice.RetryIntervals": "-1", "Ice.MessageSizeMax": "250000",
            "Ice.Default.EncodingVersion": encoding, "Ice.Override.ConnectTimeout": "5000",
            "Ice.Plugin.IceSSL": "IceSSL:createIceSSL", "IceSSL.VerifyPeer": "0",
        }.items():
            props.setProperty(key, value)
        init = Ice.InitializationData()
        init.properties = props
        self.ic = Ice.initialize(init)
        proxy = "OMERO.Glacier2/router:%s -h 127.0.0.1 -p %d" % (transport, server.ports[transport])
        self.router = Glacier2.RouterPrx.uncheckedCast(self.ic.stringToProxy(proxy).ice_router(None))
        self.ic.setDefaultRouter(self.router)
        self.uuid = str(uuid.uuid4())
        if context is None:
            context = {"omero.client.uuid": self.uuid, "omero.agent": "check"}
        try:
            session = self.router.createSession(user, password, context)
        except Ice.Exception:
            self.ic.destroy()
            raise
        self.sf = omero.api.ServiceFactoryPrx.uncheckedCast(session)
        ident = session.ice_getIdentity()
        assert ident.category == "session-" + self.uuid, ident
        self.session = ident.name
        self.ic.getImplicitContext().setContext({"omero.client.uuid": self.uuid, "omero.session.uuid": ident.name})
        self.adapter = self.ic.createObjectAdapterWithRouter("omero.ClientCallback", self.router)
        self.adapter.activate()
        self.category = self.router.getCategoryForClient()

    def close(self):
        try:
            self.router.destroySession()
        except (Ice.ConnectionLostException, Glacier2.SessionNotExistException):
            pass
        self.ic.destroy()


class Callback(omero.cmd.CmdCallback):
    def __init__(self):
        self.done = threading.Event()
        self.steps = 0

    def step(self, complete, total, current):
        self.steps += 1

    def finished(self, rsp, status, current):
        self.rsp, self.status = rsp, status
        self.done.set()


def params(**named):
    return omero.sys.Parameters(dict(named), None, None)


def check_login(server, encoding):
    for transport in ("tcp", "ssl", "ws", "wss"):
        c = Client(server, transport, encoding)
        assert c.sf.keepAlive(None)
        c.close()
    for user, password in (("user", "wrong"), ("nobody", ""), (str(uuid.uuid4()), "x")):
        try:
            Client(server, "tcp", encoding, user, password)
            raise AssertionError("got in")
        except Glacier2.PermissionDeniedException as e:
            assert e.reason == "Password check failed", e
    try:
        Client(server, "tcp", encoding, context={})
        raise AssertionError("got in")
    except Glacier2.CannotCreateSessionException as e:
        assert "omero.client.uuid" in e.reason, e
        if encoding != "1.0":  # where the router keeps slices that it does not know
            assert isinstance(e, omero.WrappedCreateSessionException) and not e.concurrency, e


def check_queries(server, encoding):
    c = Client(server, "tcp", encoding)
    query = c.sf.getQueryService()
    images = query.findAllByQuery("select i from Image i left join fetch all properties", params(null=omero.RBool(True)))
    assert [i and i._name._val for i in images] == ["image-1", None, "image-2", "image-3"], images
    first = images[0]
    assert first._pixelsSeq[0]._image is first and first._description is None
    assert first._pixelsSeq[0]._pixelsType is images[2]._pixelsSeq[0]._pixelsType
    assert first._datasetLinksSeq[0]._parent._imageLinksSeq[2]._child is images[3]
    assert query.findByQuery("i", None)._details._group._id._val == 3
    assert query.findByQuery("i", None, dict(c.ic.getImplicitContext().getContext(), **{"omero.group": "-1"})
                             )._details._group._id._val == -1
    assert len(query.findAllByQuery("i", omero.sys.Parameters(
        {"count": omero.RInt(9)}, omero.sys.Filter(offset=omero.RInt(7), limit=omero.RInt(5)), None))) == 2
    row = query.projection("i", params(count=omero.RInt(1)))[0]
    assert row[7]._val[2]._val[0]._val == 2 and row[9]._val._name._val == "image-1" and row[10] is None
    for name in ("ValidationException", "ApiUsageException", "OptimisticLockException"):
        try:
            query.findAllByQuery("raise " + name, None)
            raise AssertionError("nothing raised")
        except omero.ServerError as e:
            assert type(e).__name__ == name and e.message == "asked for", e
    try:
        query.findAllByQuery("crash", None)
        raise AssertionError("nothing raised")
    except Ice.UnknownException:
        pass
    c.close()


def check_saving(server, encoding):
    c = Client(server, "tcp", encoding)
    update = c.sf.getUpdateService()
    image, dataset, link = omero.model.Image(), omero.model.Dataset(), omero.model.DatasetImageLink()
    for o in (image, dataset, link):
        o._loaded = True
    image._name, dataset._name = omero.RString("new"), omero.RString("set")
    link._parent, link._child, image._datasetLinksSeq = dataset, image, [link]
    saved = update.saveAndReturnObject(image)
    assert saved._id._val >= 1000 and saved._datasetLinksSeq[0]._child is saved
    nodes = server.do("saved")["nodes"]
    assert [n["type"].split("::")[-1] for n in nodes] == ["Image", "RString", "DatasetImageLink", "Dataset",
                                                          "RString"], nodes
    assert c.sf.getQueryService().get("Image", saved._id._val)._name._val == "new"
    try:
        image._name = None
        update.saveObject(image)
        raise AssertionError("saved without a name")
    except omero.ValidationException:
        pass
    c.close()


def check_files(server, encoding):
    c = Client(server, "ssl", encoding)
    row = omero.model.OriginalFile()
    row._loaded, row._name = True, omero.RString("a.txt")
    row = c.sf.getUpdateService().saveAndReturnObject(row)
    store = c.sf.createRawFileStore()
    try:
        store.size()
        raise AssertionError("no file was set")
    except omero.ApiUsageException:
        pass
    store.setFileId(row._id._val)
    store.write(b"hello ", 0, 6)
    store.write(b"world!!", 6, 7)
    assert store.truncate(12) and store.size() == 12 and store.read(6, 5) == b"world"
    assert store.save()._hash._val == "430ce34d020724ed75a196dfc2ad67c77772d169"
    assert len(c.sf.activeServices()) == 2
    assert c.sf.keepAllAlive([store]) == 0 and c.sf.keepAllAlive([]) == -1
    store.close()
    assert not c.sf.keepAlive(store)
    pixels = c.sf.createRawPixelsStore()
    pixels.setPixelsId(101, True)
    assert pixels.getTile(1, 1, 0, 2, 1, 2, 1) == (6000 + 64 + 2).to_bytes(2, "big") + (6000 + 64 + 3).to_bytes(2, "big")
    assert len(pixels.getPlane(0, 0, 0)) == pixels.getPlaneSize()
    c.close()


def check_commands(server, encoding):
    c = Client(server, "tcp", encoding)
    cb = Callback()
    ident = Ice.Identity(str(uuid.uuid4()), c.category)
    c.adapter.add(cb, ident)
    handle = c.sf.submit(omero.cmd.Timing(3, 50))
    handle.addCallback(omero.cmd.CmdCallbackPrx.uncheckedCast(c.adapter.createProxy(ident)))
    assert cb.done.wait(10), "no callback came"
    assert cb.status.flags == [omero.cmd.State.SUCCESS] and isinstance(handle.getResponse(), omero.cmd.OK)
    handle.close()
    delete = omero.cmd.Delete2()
    delete.targetObjects = {"Image": [-1]}
    handle = c.sf.submit(delete)
    while handle.getResponse() is None:
        pass
    assert handle.getResponse().name == "graph-fail"
    assert c.sf.submit(omero.cmd.DoAll()) is None
    c.close()


def check_grid(server, encoding):
    c = Client(server, "tcp", encoding)
    resources = c.sf.sharedResources()
    assert resources.areTablesEnabled()
    table = resources.newTable(resources.repositories().descriptions[0]._id._val, "t")
    table.initialize([omero.grid.LongColumn("n", "", []), omero.grid.StringColumn("s", "", 4, [])])
    table.addData([omero.grid.LongColumn("n", "", [1, 2]), omero.grid.StringColumn("s", "", 4, ["a", "b"])])
    row = table.getOriginalFile()
    table.close()
    table = resources.openTable(row)
    assert table.getNumberOfRows() == 2 and table.getWhereList("(n > 1)", {}, 0, 0, 0) == [1]
    assert table.slice([1], [1]).columns[0].values == ["b"]
    table.close()
    process = c.sf.getScriptService().runScript(1, {"name": omero.RString("Ada")}, None)
    assert process.poll()._val == 0 and process.getResults(0)["Message"]._val == "hello Ada"
    process.close(False)
    c.close()


def check_sessions(server, encoding):
    c = Client(server, "tcp", encoding)
    c.sf.detachOnDestroy()
    c.sf.getQueryService()
    key = c.session
    c.close()
    joined = Client(server, "tcp", encoding, key, key)
    assert joined.session == key
    joined.sf.closeOnDestroy()
    joined.close()
    for _ in range(100):  # the router tells the session of its end after it has answered the client
        if key not in server.do("stats")["sessions"]:
            break
        time.sleep(0.1)
    else:
        raise AssertionError(server.do("stats"))
    c = Client(server, "tcp", encoding)
    server.do("remove", session=c.session)
    try:
        c.sf.getQueryService()
        raise AssertionError("the session was removed")
    except omero.RemovedSessionException:
        pass
    c.close()


def main():
    for encoding in ("1.0", "1.1"):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(folder, "--encoding", encoding)
            try:
                for check in (check_login, check_queries, check_saving, check_files, check_commands, check_grid, check_sessions):
                    check(server, encoding)
                    print(check.__name__, encoding, flush=True)
                assert server.do("stats")["without_context"] == 0
            finally:
                server.close()
    print("ok")


if __name__ == "__main__":
    main()
