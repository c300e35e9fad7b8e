"""ZeroC's own client visits an OMERO: logs in, asks, saves, uploads, deletes
with a callback, and reads pixels.

Ends with "ok"; whatever is not as OMERO has it is an exception.
"""

import argparse
import hashlib
import uuid

import Ice

from check import Callback, Client, params

import omero
import omero.api
import omero.cmd
import omero.model
import omero.sys


def ask(c):
    query = c.sf.getQueryService()
    images = query.findAllByQuery(
        "select i from Image i left outer join fetch i.pixels p left outer join fetch p.pixelsType where i.name like :n order by i.id",
        params(n=omero.RString("%")))
    assert images, "no images"
    for image in images:
        assert image._loaded and image._pixelsLoaded and image._pixelsSeq[0]._pixelsType._loaded
        assert image._pixelsSeq[0]._image is image, "an image and its pixels know each other"
        assert not image._datasetLinksLoaded and not image._details._owner._loaded, "what was not fetched is not loaded"
    rows = query.projection("select i.id, i.name, size(i.pixels) from Image i order by i.id",
                            omero.sys.Parameters({}, omero.sys.Filter(offset=omero.RInt(0), limit=omero.RInt(2)), None))
    assert [r[0]._val for r in rows] == [i._id._val for i in images[:2]]
    try:
        query.findAllByQuery("select nonsense", None)
        raise AssertionError("nonsense was answered")
    except omero.ApiUsageException:
        pass
    return images[0]


def save(c):
    update, query = c.sf.getUpdateService(), c.sf.getQueryService()
    project, dataset, link = omero.model.Project(), omero.model.Dataset(), omero.model.ProjectDatasetLink()
    for o in (project, dataset, link):
        o._loaded = True
    project._name, dataset._name = omero.RString("visit"), omero.RString("visited")
    link._parent, link._child = project, dataset
    project._datasetLinksSeq, project._datasetLinksLoaded = [link], True
    saved = update.saveAndReturnObject(project)
    found = query.findByQuery("select p from Project p join fetch p.datasetLinks l join fetch l.child where p.id = :id",
                              params(id=saved._id))
    assert found._datasetLinksSeq[0]._child._name._val == "visited"
    assert found._version._val == 0 and found._details._owner._id._val == c.sf.getAdminService().getEventContext().userId
    return found


def upload(c):
    row = omero.model.OriginalFile()
    row._loaded = True
    row._name, row._path, row._mimetype = omero.RString("visit.txt"), omero.RString("/"), omero.RString("text/plain")
    row._hasher = omero.model.ChecksumAlgorithm()  # which omero-py sets too
    row._hasher._loaded, row._hasher._value = True, omero.RString("SHA1-160")
    row = c.sf.getUpdateService().saveAndReturnObject(row)
    data = b"hello world" * 1000
    store = c.sf.createRawFileStore()
    store.setFileId(row._id._val)
    store.write(data, 0, len(data))
    stored = store.save()
    assert stored._hash._val == hashlib.sha1(data).hexdigest() and store.read(6, 5) == b"world"
    store.close()


def pixels(c, image):
    store = c.sf.createRawPixelsStore()
    store.setPixelsId(image._pixelsSeq[0]._id._val, True)
    plane = store.getPlane(0, 0, 0)
    assert len(plane) == store.getPlaneSize()
    assert store.getTile(0, 0, 0, 0, 0, 2, 1) == plane[:2 * store.getByteWidth()]
    store.close()


def delete(c, project):
    callback = Callback()
    ident = Ice.Identity(str(uuid.uuid4()), c.category)
    c.adapter.add(callback, ident)
    request = omero.cmd.Delete2()
    request.targetObjects = {"Project": [project._id._val]}
    handle = c.sf.submit(request)
    handle.addCallback(omero.cmd.CmdCallbackPrx.uncheckedCast(c.adapter.createProxy(ident)))
    response = handle.getResponse()
    if response is None:  # else it was over before the callback was there
        assert callback.done.wait(20), "no callback came"
        response = callback.rsp
    assert isinstance(response, omero.cmd.Delete2Response), response
    assert project._id._val in response.deletedObjects["ome.model.containers.Project"], response.deletedObjects
    handle.close()
    assert c.sf.getQueryService().find("Project", project._id._val) is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--encoding", required=True)
    parser.add_argument("ports", nargs="+", help="transport=port")
    args = parser.parse_args()

    class Server:
        ports = {name: int(port) for name, port in (p.split("=") for p in args.ports)}

    for transport in Server.ports:
        c = Client(Server, transport, args.encoding, args.user, args.password)
        assert c.sf.keepAlive(None)
        image = ask(c)
        project = save(c)
        upload(c)
        pixels(c, image)
        delete(c, project)
        c.close()
        print("visited", transport, flush=True)
    print("ok")
    print("ready", flush=True)


if __name__ == "__main__":
    main()
