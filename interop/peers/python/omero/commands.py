"""Requests that are submitted: they run on, and call back when they are done."""

import threading
import time

import omero
import omero.api
import omero.cmd

from services import Service


class HandleI(Service, omero.cmd.Handle):
    """One running request."""

    identity = None

    def __init__(self, session, world, request, group):
        super().__init__(session, world)
        self.request = request
        self.group_id = group
        self.lock = threading.Condition()
        self.callbacks = []
        self.response = None
        self.cancelled = False
        self.state = omero.cmd.Status()
        self.state.name, self.state.flags, self.state.parameters = request.ice_id(), [], {}
        self.state.startTime = int(time.time() * 1000)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        status = self.state
        if isinstance(self.request, omero.cmd.Timing):
            status.steps = self.request.steps
            for step in range(self.request.steps):
                with self.lock:
                    self.lock.wait_for(lambda: self.cancelled, self.request.millisPerStep / 1000)
                    if self.cancelled:
                        return self.finish(error("cancelled"), omero.cmd.State.CANCELLED)
                    status.currentStep = step + 1
                self.call_back(lambda cb: cb.step(step + 1, self.request.steps))
            self.finish(omero.cmd.OK())
        elif isinstance(self.request, omero.cmd.Delete2):
            targets = self.request.targetObjects or {}
            if any(i < 0 for ids in targets.values() for i in ids):
                return self.finish(error("graph-fail", message="a negative id"), omero.cmd.State.FAILURE)
            with self.world.lock:
                for klass, ids in targets.items():
                    for i in ids:
                        self.world.objects.pop((klass, i), None)
            rsp = omero.cmd.Delete2Response()
            rsp.deletedObjects = dict(targets)
            self.finish(rsp)
        else:
            self.world.save([self.request.obj], self.group_id)
            rsp = omero.api.SaveRsp()
            rsp.obj = self.request.obj
            self.finish(rsp)

    def finish(self, response, flag=None):
        with self.lock:
            self.state.stopTime = int(time.time() * 1000)
            self.state.flags = [flag] if flag else [omero.cmd.State.SUCCESS]
            self.response = response
        self.call_back(lambda cb: cb.finished(response, self.state))

    def call_back(self, call):
        """Tells everyone who listens, without waiting for an answer."""
        if self.world.settings["lose_callbacks"]:
            return
        with self.lock:
            callbacks = list(self.callbacks)
        for cb in callbacks:
            try:
                call(cb)
            except Exception:  # The client is gone: that is its own affair.
                pass

    def addCallback(self, cb, current):
        self.enter(current)
        with self.lock:
            self.callbacks.append(omero.cmd.CmdCallbackPrx.uncheckedCast(cb.ice_oneway()))

    def removeCallback(self, cb, current):
        self.enter(current)
        with self.lock:
            self.callbacks = [c for c in self.callbacks if c.ice_getIdentity() != cb.ice_getIdentity()]

    def getRequest(self, current):
        self.enter(current)
        return self.request

    def getResponse(self, current):
        self.enter(current)
        with self.lock:
            return self.response

    def getStatus(self, current):
        self.enter(current)
        with self.lock:
            return self.state

    def stop(self):
        with self.lock:
            if self.response is None:
                self.cancelled = True
            self.lock.notify_all()

    def cancel(self, current):
        self.enter(current)
        self.stop()
        return True

    def close(self, current):
        """Also cancels what is not finished."""
        self.enter(current)
        self.stop()
        self.session.close_service(self)


def error(name, **parameters):
    rsp = omero.cmd.ERR()
    rsp.category, rsp.name, rsp.parameters = "::omero::cmd", name, parameters
    return rsp


def handles(request):
    """Says whether the server knows what to do with a request."""
    return isinstance(request, (omero.cmd.Timing, omero.cmd.Delete2, omero.api.Save))
