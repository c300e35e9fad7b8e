"""Certificates as OMERO servers have them, made by openssl."""

import os
import subprocess


def _openssl(folder, *args):
    done = subprocess.run(("openssl",) + args, cwd=folder, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(args), done.stderr))


def _key(folder, name):
    """Makes the key once: OMERO issues new certificates for the same key."""
    if not os.path.exists(os.path.join(folder, name)):
        _openssl(folder, "genrsa", "-out", name, "2048")


def self_signed(folder):
    """What omero-certificates makes: a common name and no alternative names.
    Making it again gives a new certificate of the same key."""
    _key(folder, "server.key")
    _openssl(folder, "req", "-x509", "-new", "-key", "server.key", "-days", "365",
             "-subj", "/L=OMERO/O=OMERO.server/CN=localhost", "-out", "server.pem")


def by_authority(folder):
    """A certificate for localhost and 127.0.0.1 that ca.pem vouches for."""
    _key(folder, "ca.key")
    _key(folder, "server.key")
    _openssl(folder, "req", "-x509", "-new", "-key", "ca.key", "-days", "365",
             "-subj", "/O=test/CN=authority", "-out", "ca.pem")
    _openssl(folder, "req", "-new", "-key", "server.key", "-subj", "/CN=localhost", "-out", "server.csr")
    with open(os.path.join(folder, "server.ext"), "w") as ext:
        ext.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    _openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
             "-CAcreateserial", "-days", "365", "-extfile", "server.ext", "-out", "server.pem")


def properties(kind, folder):
    """The IceSSL properties of a router with certificates of this kind."""
    props = {"Ice.Plugin.IceSSL": "IceSSL:createIceSSL", "IceSSL.VerifyPeer": "0", "IceSSL.DefaultDir": folder,
             "IceSSL.CertFile": "server.pem", "IceSSL.KeyFile": "server.key"}
    if kind == "authority":
        by_authority(folder)
    elif kind == "anonymous":
        # OMERO without the certificates plugin, as far as OpenSSL 3 allows.
        for name in ("IceSSL.CertFile", "IceSSL.KeyFile"):
            del props[name]
        props["IceSSL.Ciphers"] = "ADH:@SECLEVEL=0"
        props["IceSSL.Protocols"] = "tls1_2"
    else:
        self_signed(folder)
        props["IceSSL.Ciphers"] = "HIGH"
    if kind == "legacy":
        # A server that knows nothing of elliptic curves.
        props["IceSSL.Ciphers"] = "AES128-SHA:AES256-SHA:@SECLEVEL=0"
        props["IceSSL.Protocols"] = "tls1_2"
    return props
