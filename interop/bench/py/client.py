"""Benchmark client, Python mapping. Prints one JSON line per measure; see ../README.md."""
import argparse
import gc
import json
import os
import resource
import struct
import sys
import time
from collections import deque

import Ice

sys.path.insert(0, os.environ['BENCH_GEN'] + '/py')
import Bench  # noqa: E402

now = time.perf_counter
transport = 'tcp'


def emit(measure, value, unit, n):
    print(json.dumps({'client': 'python', 'transport': transport, 'measure': measure,
                      'value': float('%.8g' % value), 'unit': unit, 'n': n}), flush=True)


def pct(v, q):
    v = sorted(v)
    return v[min(len(v) - 1, int(q * len(v)))]


def cpu_seconds():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def rss_bytes():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGESIZE')


def check(ok, what):
    if not ok:
        raise AssertionError('wrong answer: ' + what)


def loop(max_count, max_seconds, f):
    """Calls f until max_count calls or max_seconds. Returns (calls, seconds)."""
    t = now()
    end = t + max_seconds
    n = 0
    while n < max_count and now() < end:
        f()
        n += 1
    return n, now() - t


def timed(max_count, max_seconds, f):
    """Like loop, but returns the seconds of each call."""
    v = []
    end = now() + max_seconds
    while len(v) < max_count:
        a = now()
        if a >= end:
            break
        f()
        v.append(now() - a)
    return v


def windowed(width, max_count, max_seconds, call):
    """Keeps `width` futures outstanding, oldest awaited first. Returns (calls, seconds)."""
    q = deque()
    t = now()
    end = t + max_seconds
    n = 0
    while n < max_count and now() < end:
        if len(q) >= width:
            q.popleft().result()
        q.append(call())
        n += 1
    while q:
        q.popleft().result()
    return n, now() - t


def verify(p):
    s = 'h\u00e9llo \u2713'
    check(p.echoString(s) == s, 'echoString')
    b = p.getBytes(1000)
    check(len(b) == 1000 and b[999] == (999 * 31 + (999 >> 8)) & 255, 'getBytes')
    p.putBytes(b)
    pts = p.getPoints(10)
    check(len(pts) == 10 and (pts[3].x, pts[3].y, pts[3].z) == (3.25, 6, -1), 'getPoints')
    for enc in (Ice.Encoding_1_0, Ice.Encoding_1_1):
        l = p.ice_encodingVersion(enc).findImages(20)
        check(len(l) == 20 and l[5].id.val == 6 and l[5].name.val == 'image-5.ome.tiff'
              and l[5].version is None and len(l[5].pixels) == 1 and l[5].pixels[0].owner is l[5]
              and l[5].details.owner is l[6].pixels[0].details.owner, 'findImages')
    try:
        p.fail()
        check(False, 'fail')
    except Bench.BenchError as e:
        check(e.reason == 'as asked', 'fail')


def warm(p):
    loop(20000, 3, p.ping)


def g_start(p):
    v = []

    def once():
        q = p.ice_connectionId('c%d' % len(v))
        a = now()
        q.ping()
        v.append((now() - a) * 1e6)
        q.ice_getConnection().close(Ice.ConnectionClose.GracefullyWithWait)
    loop(200, 5, once)
    emit('connect_first_call_p50', pct(v, .5), 'us', len(v))


def g_ping(p):
    warm(p)
    v = timed(20000, 10, p.ping)
    emit('ping_p50', pct(v, .5) * 1e6, 'us', len(v))
    emit('ping_p99', pct(v, .99) * 1e6, 'us', len(v))
    c = cpu_seconds()
    n, s = loop(200000, 2, p.ping)
    emit('ping_sync_rate', n / s, '1/s', n)
    emit('ping_sync_cpu', (cpu_seconds() - c) / n * 1e6, 'us/op', n)


def g_async(p):
    warm(p)
    for k in (100, 1000):
        windowed(k, 20000, 1, p.pingAsync)
        c = cpu_seconds()
        n, s = windowed(k, 2000000, 2, p.pingAsync)
        emit('ping_async%d_rate' % k, n / s, '1/s', n)
        emit('ping_async%d_cpu' % k, (cpu_seconds() - c) / n * 1e6, 'us/op', n)


def g_sleep(p):
    n = 10000
    wall, peak = [], []
    for _ in range(3):
        a = now()
        fs = [p.sleepAsync(200) for _ in range(n)]
        peak.append(sum(1 for f in fs if not f.done()))
        for f in fs:
            f.result()
        wall.append((now() - a) * 1e3)
    emit('sleep10k_wall', pct(wall, .5), 'ms', n)
    emit('sleep10k_peak', pct(peak, .5), 'calls', n)


def g_mem(p):
    n = 10000
    loop(1000, 2, p.ping)
    windowed(100, 1000, 2, p.pingAsync)
    gc.collect()
    before = rss_bytes()
    fs = [p.sleepAsync(4000) for _ in range(n)]
    time.sleep(0.3)
    check(not any(f.done() for f in fs), 'calls ended before memory was read')
    after = rss_bytes()
    for f in fs:
        f.result()
    emit('call_rss', (after - before) / n, 'B/call', n)


def g_futures(p):
    n = 100000
    loop(1000, 2, p.ping)
    gc.collect()
    before = rss_bytes()
    c = cpu_seconds()
    a = now()
    fs = [p.sleepAsync(5000) for _ in range(n)]
    issued = now() - a
    after = rss_bytes()
    outstanding = sum(1 for f in fs if not f.done())
    for f in fs:
        f.result()
    emit('futures100k_outstanding', outstanding, 'calls', n)
    emit('futures100k_issue', issued / n * 1e6, 'us/op', n)
    emit('futures100k_cpu', (cpu_seconds() - c) / n * 1e6, 'us/op', n)
    emit('futures100k_rss', (after - before) / n, 'B/call', n)


def g_bytes(p):
    for size, name in ((64 << 10, '64K'), (1 << 20, '1M')):
        buf = b'\7' * size

        def mb(m, r):
            emit(m, r[0] * (size / 1e6) / r[1], 'MB/s', r[0])

        def get():
            check(len(p.getBytes(size)) == size, 'getBytes size')

        def put():
            p.putBytes(buf)
        loop(50, 1, get)
        mb('get%s_sync' % name, loop(50000, 1, get))
        loop(50, 1, put)
        mb('put%s_sync' % name, loop(50000, 1, put))
        mb('get%s_win6' % name, windowed(6, 50000, 1, lambda: p.getBytesAsync(size)))
        mb('put%s_win6' % name, windowed(6, 50000, 1, lambda: p.putBytesAsync(buf)))


def g_graph(p):
    for minor, enc in ((0, Ice.Encoding_1_0), (1, Ice.Encoding_1_1)):
        e = '_e1%d' % minor
        q = p.ice_encodingVersion(enc)

        def call(n=1000):
            check(len(q.findImages(n)) == n, 'findImages size')
        loop(20, 2, call)
        c = cpu_seconds()
        n, s = loop(2000, 2, call)
        emit('images1000%s_rate' % e, n / s, '1/s', n)
        emit('images1000%s_cpu' % e, (cpu_seconds() - c) / n * 1e3, 'ms/op', n)
        arg = struct.pack('<iBBi', 10, 1, minor, 1000)  # an encapsulation holding one int
        size = []

        def raw():
            ok, out = q.ice_invoke('findImages', Ice.OperationMode.Normal, arg)
            check(ok, 'raw')
            size[:] = [len(out)]
        loop(10, 1, raw)
        n, s = loop(1000, 1, raw)
        emit('images1000%s_raw' % e, s / n * 1e3, 'ms', n)
        emit('images1000%s_size' % e, size[0], 'B', 1)
        call(10000)
        v = timed(7, 20, lambda: call(10000))
        emit('images10000%s_time' % e, pct(v, .5) * 1e3, 'ms', len(v))


def g_points(p):
    def call():
        check(len(p.getPoints(100000)) == 100000, 'getPoints size')
    loop(5, 3, call)
    v = timed(50, 3, call)
    emit('points100k_time', pct(v, .5) * 1e3, 'ms', len(v))


def g_oneway(p):
    o = p.ice_oneway()
    b = p.ice_batchOneway()
    loop(20000, 1, o.ping)
    p.ping()
    a = now()
    n, _ = loop(2000000, 2, o.ping)
    p.ping()  # the server reads in order: everything before has arrived
    emit('oneway_rate', n / (now() - a), '1/s', n)

    def batch():
        for _ in range(1000):
            b.ping()
        b.ice_flushBatchRequests()
    loop(20, 1, batch)
    p.ping()
    a = now()
    n, _ = loop(5000, 2, batch)
    p.ping()
    emit('batch_oneway_rate', n * 1000 / (now() - a), '1/s', n * 1000)


def g_fail(p):
    def call():
        try:
            p.fail()
        except Bench.BenchError:
            pass
    loop(1000, 1, call)
    v = timed(5000, 2, call)
    emit('fail_p50', pct(v, .5) * 1e6, 'us', len(v))


GROUPS = {k[2:]: f for k, f in list(globals().items()) if k.startswith('g_')}


def main():
    global transport
    ap = argparse.ArgumentParser()
    ap.add_argument('--endpoint', required=True)
    ap.add_argument('--transport', default='tcp')
    ap.add_argument('--certs', default='')
    ap.add_argument('--groups', default='start,ping,async,sleep,bytes,graph,points,oneway,fail')
    a = ap.parse_args()
    transport = a.transport
    d = Ice.InitializationData()
    d.properties = Ice.createProperties()
    d.properties.setProperty('Ice.MessageSizeMax', '1048576')
    d.properties.setProperty('Ice.ACM.Client.Timeout', '0')
    d.properties.setProperty('Ice.AcceptClassCycles', '1')
    if a.transport == 'ssl':
        d.properties.setProperty('Ice.Plugin.IceSSL', 'IceSSL:createIceSSL')
        d.properties.setProperty('IceSSL.DefaultDir', a.certs)
        d.properties.setProperty('IceSSL.CAs', 'ca.pem')
    with Ice.initialize(d) as ic:
        p = Bench.EchoPrx.uncheckedCast(ic.stringToProxy('echo:' + a.endpoint))
        p.ping()
        first = (time.time() - float(os.environ.get('BENCH_T0', 'nan'))) * 1e3
        verify(p)
        for g in a.groups.split(','):
            if g == 'start':
                emit('startup_first_call', first, 'ms', 1)
            GROUPS[g](p)


main()
