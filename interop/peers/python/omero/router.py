"""Runs Debian's glacier2router with the settings of an OMERO server."""

import ctypes
import os
import signal
import socket
import subprocess
import time

import certificates

TRANSPORTS = ("tcp", "ssl", "ws", "wss")


def free_ports(n):
    """Ports that nobody listens on now."""
    socks = [socket.socket() for _ in range(n)]
    try:
        for s in socks:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in socks]
    finally:
        for s in socks:
            s.close()


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Router:
    """One router process. It can be stopped and started again on its ports."""

    def __init__(self, folder, backend_port, encoding, session_timeout, tls):
        self.folder = folder
        self.tls = tls
        self.process = None
        self.ports = dict(zip(TRANSPORTS, free_ports(len(TRANSPORTS))))
        # Ice.RetryIntervals: a router that retries would double what is counted behind it.
        self.properties = {
            "Glacier2.InstanceName": "OMERO.Glacier2",
            "Glacier2.Client.Endpoints": ":".join("%s -h 127.0.0.1 -p %d" % e for e in self.ports.items()),
            "Glacier2.Server.Endpoints": "tcp -h 127.0.0.1",
            "Glacier2.Client.ForwardContext": "1",
            "Glacier2.SessionManager": "BlitzManager:tcp -h 127.0.0.1 -p %d" % backend_port,
            "Glacier2.PermissionsVerifier": "BlitzVerifier:tcp -h 127.0.0.1 -p %d" % backend_port,
            "Glacier2.SessionTimeout": str(session_timeout),
            "Ice.Default.EncodingVersion": encoding,
            "Ice.MessageSizeMax": "250000",
            "Ice.RetryIntervals": "-1",
            "Ice.Warn.Connections": "0",
        }

    def start(self):
        if self.process:
            raise RuntimeError("the router is running")
        props = dict(self.properties, **certificates.properties(self.tls, self.folder))
        config = os.path.join(self.folder, "router.cfg")
        with open(config, "w") as f:
            f.writelines("%s=%s\n" % p for p in sorted(props.items()))
        self.process = subprocess.Popen(["glacier2router", "--Ice.Config=" + config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        deadline = time.monotonic() + 20
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        self.stop()
                        raise RuntimeError("glacier2router does not listen on port %d" % port)
                    time.sleep(0.02)

    def stop(self):
        """Kills the process: its clients see their connections break."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
