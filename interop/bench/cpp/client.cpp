// Benchmark client, C++11 mapping. Prints one JSON line per measure; see ../README.md.
#include <Ice/Ice.h>
#include <IceSSL/IceSSL.h>
#include <Bench.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace std;
using Clock = chrono::steady_clock;
using EchoPrx = shared_ptr<Bench::EchoPrx>;

namespace
{

string transport = "tcp";

void emit(const string& measure, double value, const char* unit, long n)
{
    printf("{\"client\":\"cpp\",\"transport\":\"%s\",\"measure\":\"%s\",\"value\":%.8g,\"unit\":\"%s\",\"n\":%ld}\n",
           transport.c_str(), measure.c_str(), value, unit, n);
    fflush(stdout);
}

double since(Clock::time_point t) { return chrono::duration<double>(Clock::now() - t).count(); }

// Seconds since the wrapper noted the time, just before it ran this program.
double sinceProcessStart()
{
    const char* t0 = getenv("BENCH_T0");
    double now = chrono::duration<double>(chrono::system_clock::now().time_since_epoch()).count();
    return t0 ? now - atof(t0) : -1;
}

double cpuSeconds()
{
    rusage u;
    getrusage(RUSAGE_SELF, &u);
    return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

long rssBytes()
{
    long size = 0, rss = 0;
    FILE* f = fopen("/proc/self/statm", "r");
    if(f)
    {
        if(fscanf(f, "%ld %ld", &size, &rss) != 2)
        {
            rss = 0;
        }
        fclose(f);
    }
    return rss * sysconf(_SC_PAGESIZE);
}

double pct(vector<double> v, double q)
{
    sort(v.begin(), v.end());
    return v[min(v.size() - 1, static_cast<size_t>(q * static_cast<double>(v.size())))];
}

void check(bool ok, const char* what)
{
    if(!ok)
    {
        throw runtime_error(string("wrong answer: ") + what);
    }
}

// At most `limit` calls outstanding: enter() before a call, leave() when it ends.
class Window
{
public:
    explicit Window(int limit) : _limit(limit) {}

    void enter()
    {
        unique_lock<mutex> l(_m);
        _waiting = true;
        _cv.wait(l, [this] { return _out < _limit; });
        _waiting = false;
        ++_out;
    }

    void leave(bool failed = false)
    {
        bool wake;
        {
            lock_guard<mutex> l(_m);
            --_out;
            _failed = _failed || failed;
            wake = _waiting;
        }
        if(wake)
        {
            _cv.notify_one();
        }
    }

    void drain()
    {
        unique_lock<mutex> l(_m);
        _waiting = true;
        _cv.wait(l, [this] { return _out == 0; });
        _waiting = false;
        check(!_failed, "an asynchronous call failed");
    }

    int outstanding()
    {
        lock_guard<mutex> l(_m);
        return _out;
    }

private:
    mutex _m;
    condition_variable _cv;
    const int _limit;
    int _out = 0;
    bool _waiting = false;
    bool _failed = false;
};

// Runs f until maxCount calls or maxSeconds, whichever is first. Returns (calls, seconds).
template<class F> pair<long, double> loop(long maxCount, double maxSeconds, F f)
{
    auto t = Clock::now();
    long n = 0;
    double s = 0;
    while(n < maxCount && s < maxSeconds)
    {
        f();
        ++n;
        s = since(t);
    }
    return {n, s};
}

void release(Bench::ImageList& l)
{
    for(auto& im : l)
    {
        for(auto& p : im->pixels)
        {
            p->owner = nullptr;
        }
    }
    l.clear();
}

void verify(const EchoPrx& p)
{
    string s = "h\xc3\xa9llo \xe2\x9c\x93";
    check(p->echoString(s) == s, "echoString");
    auto b = p->getBytes(1000);
    check(b.size() == 1000 && b[999] == static_cast<Ice::Byte>(999 * 31 + (999 >> 8)), "getBytes");
    p->putBytes({b.data(), b.data() + b.size()});
    auto pts = p->getPoints(10);
    check(pts.size() == 10 && pts[3].x == 3.25 && pts[3].y == 6 && pts[3].z == -1, "getPoints");
    for(auto enc : {Ice::Encoding_1_0, Ice::Encoding_1_1})
    {
        auto l = p->ice_encodingVersion(enc)->findImages(20);
        check(l.size() == 20 && l[5]->id->val == 6 && l[5]->name->val == "image-5.ome.tiff" && !l[5]->version &&
                  l[5]->pixels.size() == 1 && l[5]->pixels[0]->owner == l[5] &&
                  l[5]->details->owner == l[6]->pixels[0]->details->owner,
              "findImages");
        release(l);
    }
    bool threw = false;
    try
    {
        p->fail();
    }
    catch(const Bench::BenchError& e)
    {
        threw = e.reason == "as asked";
    }
    check(threw, "fail");
}

void warm(const EchoPrx& p) { loop(20000, 3, [&] { p->ping(); }); }

void gStart(const EchoPrx& p)
{
    vector<double> v;
    loop(200, 5, [&] {
        auto q = p->ice_connectionId("c" + to_string(v.size()));
        auto t = Clock::now();
        q->ping();
        v.push_back(since(t) * 1e6);
        q->ice_getConnection()->close(Ice::ConnectionClose::GracefullyWithWait);
    });
    emit("connect_first_call_p50", pct(v, 0.5), "us", static_cast<long>(v.size()));
}

void gPing(const EchoPrx& p)
{
    warm(p);
    vector<double> v;
    v.reserve(20000);
    loop(20000, 10, [&] {
        auto t = Clock::now();
        p->ping();
        v.push_back(since(t) * 1e6);
    });
    emit("ping_p50", pct(v, 0.5), "us", static_cast<long>(v.size()));
    emit("ping_p99", pct(v, 0.99), "us", static_cast<long>(v.size()));
    double c = cpuSeconds();
    auto r = loop(200000, 2, [&] { p->ping(); });
    emit("ping_sync_rate", static_cast<double>(r.first) / r.second, "1/s", r.first);
    emit("ping_sync_cpu", (cpuSeconds() - c) / static_cast<double>(r.first) * 1e6, "us/op", r.first);
}

void gAsync(const EchoPrx& p)
{
    warm(p);
    for(int k : {100, 1000})
    {
        for(int pass = 0; pass < 2; ++pass) // the first pass only warms up
        {
            Window w(k);
            double c = cpuSeconds();
            auto t = Clock::now();
            auto r = loop(pass ? 2000000 : 20000, pass ? 2 : 1, [&] {
                w.enter();
                p->pingAsync([&w] { w.leave(); }, [&w](exception_ptr) { w.leave(true); });
            });
            w.drain();
            double s = since(t);
            if(pass)
            {
                string m = "ping_async" + to_string(k);
                emit(m + "_rate", static_cast<double>(r.first) / s, "1/s", r.first);
                emit(m + "_cpu", (cpuSeconds() - c) / static_cast<double>(r.first) * 1e6, "us/op", r.first);
            }
        }
    }
}

void gSleep(const EchoPrx& p)
{
    const int N = 10000;
    vector<double> wall, peak;
    for(int rep = 0; rep < 3; ++rep)
    {
        Window w(N);
        auto t = Clock::now();
        for(int i = 0; i < N; ++i)
        {
            w.enter();
            p->sleepAsync(200, [&w] { w.leave(); }, [&w](exception_ptr) { w.leave(true); });
        }
        peak.push_back(w.outstanding());
        w.drain();
        wall.push_back(since(t) * 1e3);
    }
    emit("sleep10k_wall", pct(wall, 0.5), "ms", N);
    emit("sleep10k_peak", pct(peak, 0.5), "calls", N);
}

void gMem(const EchoPrx& p)
{
    const int N = 10000;
    loop(1000, 2, [&] { p->ping(); });
    {
        Window w(100);
        for(int i = 0; i < 1000; ++i)
        {
            w.enter();
            p->pingAsync([&w] { w.leave(); }, [&w](exception_ptr) { w.leave(true); });
        }
        w.drain();
    }
    Window w(N);
    long before = rssBytes();
    for(int i = 0; i < N; ++i)
    {
        w.enter();
        p->sleepAsync(4000, [&w] { w.leave(); }, [&w](exception_ptr) { w.leave(true); });
    }
    this_thread::sleep_for(chrono::milliseconds(300));
    check(w.outstanding() == N, "calls ended before memory was read");
    long after = rssBytes();
    w.drain();
    emit("call_rss", static_cast<double>(after - before) / N, "B/call", N);
}

void gFutures(const EchoPrx& p)
{
    const int N = 100000;
    loop(1000, 2, [&] { p->ping(); });
    vector<future<void>> calls;
    calls.reserve(N);
    long before = rssBytes();
    double c = cpuSeconds();
    auto t = Clock::now();
    for(int i = 0; i < N; ++i)
    {
        calls.push_back(p->sleepAsync(5000));
    }
    double issued = since(t);
    long after = rssBytes();
    long outstanding = 0;
    for(auto& f : calls)
    {
        outstanding += f.wait_for(chrono::seconds(0)) != future_status::ready;
    }
    for(auto& f : calls)
    {
        f.get();
    }
    emit("futures100k_outstanding", static_cast<double>(outstanding), "calls", N);
    emit("futures100k_issue", issued / N * 1e6, "us/op", N);
    emit("futures100k_cpu", (cpuSeconds() - c) / N * 1e6, "us/op", N);
    emit("futures100k_rss", static_cast<double>(after - before) / N, "B/call", N);
}

void gBytes(const EchoPrx& p)
{
    for(int size : {64 << 10, 1 << 20})
    {
        string sz = size == 64 << 10 ? "64K" : "1M";
        Bench::ByteSeq buf(static_cast<size_t>(size), 7);
        pair<const Ice::Byte*, const Ice::Byte*> arr(buf.data(), buf.data() + buf.size());
        auto get = [&] { check(static_cast<int>(p->getBytes(size).size()) == size, "getBytes size"); };
        auto put = [&] { p->putBytes(arr); };
        auto mb = [&](const string& m, long n, double s) { emit(m, n * (size / 1e6) / s, "MB/s", n); };
        loop(50, 1, get);
        auto r = loop(50000, 1, get);
        mb("get" + sz + "_sync", r.first, r.second);
        loop(50, 1, put);
        r = loop(50000, 1, put);
        mb("put" + sz + "_sync", r.first, r.second);
        for(bool isGet : {true, false})
        {
            Window w(6);
            auto t = Clock::now();
            r = loop(50000, 1, [&] {
                w.enter();
                if(isGet)
                {
                    p->getBytesAsync(
                        size,
                        [&w, size](const pair<const Ice::Byte*, const Ice::Byte*>& b) {
                            // keep a copy, as a caller would
                            Bench::ByteSeq v(b.first, b.second);
                            w.leave(static_cast<int>(v.size()) != size);
                        },
                        [&w](exception_ptr) { w.leave(true); });
                }
                else
                {
                    p->putBytesAsync(arr, [&w] { w.leave(); }, [&w](exception_ptr) { w.leave(true); });
                }
            });
            w.drain();
            mb((isGet ? "get" : "put") + sz + "_win6", r.first, since(t));
        }
    }
}

void gGraph(const EchoPrx& p)
{
    auto ic = p->ice_getCommunicator();
    for(bool v11 : {false, true})
    {
        auto enc = v11 ? Ice::Encoding_1_1 : Ice::Encoding_1_0;
        string e = v11 ? "_e11" : "_e10";
        auto q = p->ice_encodingVersion(enc);
        auto call = [&](int n) {
            auto l = q->findImages(n);
            check(static_cast<int>(l.size()) == n, "findImages size");
            release(l);
        };
        loop(20, 2, [&] { call(1000); });
        double c = cpuSeconds();
        auto r = loop(2000, 2, [&] { call(1000); });
        emit("images1000" + e + "_rate", static_cast<double>(r.first) / r.second, "1/s", r.first);
        emit("images1000" + e + "_cpu", (cpuSeconds() - c) / static_cast<double>(r.first) * 1e3, "ms/op", r.first);

        // The same reply, not unmarshaled: server and transport alone.
        Ice::OutputStream os(ic, enc);
        vector<Ice::Byte> in, out;
        os.startEncapsulation(enc, Ice::FormatType::DefaultFormat);
        os.write(1000);
        os.endEncapsulation();
        os.finished(in);
        auto raw = [&] { check(q->ice_invoke("findImages", Ice::OperationMode::Normal, in, out), "raw"); };
        loop(10, 1, raw);
        r = loop(1000, 1, raw);
        emit("images1000" + e + "_raw", r.second / static_cast<double>(r.first) * 1e3, "ms", r.first);
        emit("images1000" + e + "_size", static_cast<double>(out.size()), "B", 1);

        // And unmarshaled from memory: no server, no transport.
        auto local = [&] {
            Ice::InputStream is(ic, enc, out);
            is.startEncapsulation();
            Bench::ImageList l;
            is.read(l);
            is.readPendingValues();
            is.endEncapsulation();
            check(l.size() == 1000, "local size");
            release(l);
        };
        loop(10, 1, local);
        r = loop(1000, 1, local);
        emit("images1000" + e + "_decode", r.second / static_cast<double>(r.first) * 1e3, "ms", r.first);

        call(10000);
        vector<double> v;
        loop(7, 20, [&] {
            auto t = Clock::now();
            call(10000);
            v.push_back(since(t) * 1e3);
        });
        emit("images10000" + e + "_time", pct(v, 0.5), "ms", static_cast<long>(v.size()));
    }
}

void gPoints(const EchoPrx& p)
{
    auto call = [&] { check(p->getPoints(100000).size() == 100000, "getPoints size"); };
    loop(5, 3, call);
    vector<double> v;
    loop(50, 3, [&] {
        auto t = Clock::now();
        call();
        v.push_back(since(t) * 1e3);
    });
    emit("points100k_time", pct(v, 0.5), "ms", static_cast<long>(v.size()));
}

void gOneway(const EchoPrx& p)
{
    auto o = p->ice_oneway();
    auto b = p->ice_batchOneway();
    loop(20000, 1, [&] { o->ping(); });
    p->ping();
    auto t = Clock::now();
    auto r = loop(2000000, 2, [&] { o->ping(); });
    p->ping(); // the server reads in order: everything before has arrived
    emit("oneway_rate", static_cast<double>(r.first) / since(t), "1/s", r.first);

    auto batch = [&] {
        for(int i = 0; i < 1000; ++i)
        {
            b->ping();
        }
        b->ice_flushBatchRequests();
    };
    loop(20, 1, batch);
    p->ping();
    t = Clock::now();
    r = loop(5000, 2, batch);
    p->ping();
    emit("batch_oneway_rate", static_cast<double>(r.first) * 1000 / since(t), "1/s", r.first * 1000);
}

void gFail(const EchoPrx& p)
{
    vector<double> v;
    auto call = [&] {
        try
        {
            p->fail();
        }
        catch(const Bench::BenchError&)
        {
        }
    };
    loop(1000, 1, call);
    loop(5000, 2, [&] {
        auto t = Clock::now();
        call();
        v.push_back(since(t) * 1e6);
    });
    emit("fail_p50", pct(v, 0.5), "us", static_cast<long>(v.size()));
}

}

int main(int argc, char* argv[])
{
    string endpoint, certs;
    string groups = "start,ping,async,sleep,bytes,graph,points,oneway,fail";
    for(int i = 1; i + 1 < argc; i += 2)
    {
        string k = argv[i];
        (k == "--endpoint" ? endpoint : k == "--transport" ? transport : k == "--certs" ? certs : groups) = argv[i + 1];
    }
    try
    {
        Ice::InitializationData id;
        id.properties = Ice::createProperties();
        id.properties->setProperty("Ice.MessageSizeMax", "1048576");
        id.properties->setProperty("Ice.ACM.Client.Timeout", "0");
        id.properties->setProperty("Ice.AcceptClassCycles", "1"); // the C++11 mapping refuses cycles unless told
        if(transport == "ssl")
        {
            Ice::registerIceSSL();
            id.properties->setProperty("IceSSL.DefaultDir", certs);
            id.properties->setProperty("IceSSL.CAs", "ca.pem");
        }
        Ice::CommunicatorHolder ich(id);
        auto p = Ice::uncheckedCast<Bench::EchoPrx>(ich->stringToProxy("echo:" + endpoint));
        p->ping();
        double first = sinceProcessStart() * 1e3;
        verify(p);
        stringstream ss(groups);
        string g;
        while(getline(ss, g, ','))
        {
            if(g == "start")
            {
                emit("startup_first_call", first, "ms", 1);
                gStart(p);
            }
            else if(g == "mem") gMem(p);
            else if(g == "futures") gFutures(p);
            else if(g == "ping") gPing(p);
            else if(g == "async") gAsync(p);
            else if(g == "sleep") gSleep(p);
            else if(g == "bytes") gBytes(p);
            else if(g == "graph") gGraph(p);
            else if(g == "points") gPoints(p);
            else if(g == "oneway") gOneway(p);
            else if(g == "fail") gFail(p);
            else throw runtime_error("no such group: " + g);
        }
        return 0;
    }
    catch(const exception& e)
    {
        cerr << "cpp client: " << e.what() << endl;
        return 1;
    }
}
