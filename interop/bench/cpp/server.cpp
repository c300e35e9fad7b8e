// Benchmark server: the peer every client is measured against.
//
//   server [--ready FILE] [--certs DIR] [--threads N] [--until eof]
//
// Listens on ephemeral loopback ports over tcp, ws and (with --certs) ssl, writes one
// "<transport> <endpoint>" line each to FILE and to its standard output, then "ready" to the
// latter, and runs until SIGTERM/SIGINT or shutdown(), with --until eof also no longer than its
// standard input is open.
#include <Ice/Ice.h>
#include <IceSSL/IceSSL.h>
#include <Bench.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <unistd.h>

using namespace std;
using Clock = chrono::steady_clock;

namespace
{

// Answers sleep() from one timer thread, so that no dispatch thread ever waits.
class Timer
{
public:
    Timer() : _thread([this] { run(); }) {}
    ~Timer() { stop(); }

    void after(int ms, function<void()> fn)
    {
        auto at = Clock::now() + chrono::milliseconds(ms);
        bool first;
        {
            lock_guard<mutex> l(_m);
            _q.push(Entry{at, _seq++, move(fn)});
            first = _q.top().at == at;
        }
        if(first)
        {
            _cv.notify_one();
        }
    }

    void stop()
    {
        {
            lock_guard<mutex> l(_m);
            if(_stop)
            {
                return;
            }
            _stop = true;
        }
        _cv.notify_one();
        _thread.join();
    }

private:
    struct Entry
    {
        Clock::time_point at;
        unsigned long seq;
        function<void()> fn;
        bool operator<(const Entry& o) const { return at != o.at ? at > o.at : seq > o.seq; }
    };

    void run()
    {
        unique_lock<mutex> l(_m);
        while(!_stop)
        {
            if(_q.empty())
            {
                _cv.wait(l);
                continue;
            }
            auto at = _q.top().at;
            if(Clock::now() < at)
            {
                _cv.wait_until(l, at);
                continue;
            }
            auto fn = move(const_cast<Entry&>(_q.top()).fn);
            _q.pop();
            l.unlock();
            fn();
            fn = nullptr;
            l.lock();
        }
    }

    mutex _m;
    condition_variable _cv;
    priority_queue<Entry> _q;
    unsigned long _seq = 0;
    bool _stop = false;
    thread _thread;
};

template<class T, class V> shared_ptr<T> box(V v)
{
    auto r = make_shared<T>();
    r->val = move(v);
    return r;
}

shared_ptr<Bench::Details> details(int i, const shared_ptr<Bench::RLong>& owner, const shared_ptr<Bench::RLong>& group)
{
    auto d = make_shared<Bench::Details>();
    d->owner = owner;
    d->group = group;
    d->created = box<Bench::RTime>(1500000000000LL + i);
    d->updated = box<Bench::RTime>(1600000000000LL + i);
    d->permissions = box<Bench::RString>(string("rwra--"));
    return d;
}

shared_ptr<Bench::ImageList> makeImages(int n)
{
    auto r = make_shared<Bench::ImageList>();
    r->reserve(static_cast<size_t>(n));
    auto owner = box<Bench::RLong>(7LL);
    auto group = box<Bench::RLong>(3LL);
    for(int i = 0; i < n; ++i)
    {
        auto im = make_shared<Bench::Image>();
        im->id = box<Bench::RLong>(static_cast<long long>(i + 1));
        im->details = details(i, owner, group);
        im->loaded = true;
        im->version = nullptr;
        im->name = box<Bench::RString>("image-" + to_string(i) + ".ome.tiff");
        im->description = i % 2 ? box<Bench::RString>("acquired in series, plate well " + to_string(i % 96)) : nullptr;
        im->acquisitionDate = box<Bench::RTime>(1550000000000LL + i * 1000LL);
        im->series = box<Bench::RInt>(i % 4);
        im->filesetId = box<Bench::RLong>(100000LL + i / 4);
        im->instrumentId = i % 3 ? box<Bench::RLong>(12LL) : nullptr;
        im->experimentId = box<Bench::RLong>(40LL + i % 5);
        im->temperature = i % 4 ? nullptr : box<Bench::RDouble>(37.0);
        im->pressure = nullptr;
        im->format = box<Bench::RString>(string("OMETiff"));
        im->archived = box<Bench::RInt>(0);

        auto px = make_shared<Bench::Pixels>();
        px->id = box<Bench::RLong>(500000LL + i);
        px->details = details(i, owner, group);
        px->loaded = true;
        px->sizeX = box<Bench::RInt>(1024);
        px->sizeY = box<Bench::RInt>(1024);
        px->sizeZ = box<Bench::RInt>(21);
        px->sizeC = box<Bench::RInt>(3);
        px->sizeT = box<Bench::RInt>(1);
        px->physicalSizeX = box<Bench::RDouble>(0.108);
        px->physicalSizeY = box<Bench::RDouble>(0.108);
        px->physicalSizeZ = i % 2 ? box<Bench::RDouble>(0.3) : nullptr;
        px->pixelsType = box<Bench::RString>(string("uint16"));
        px->sha1 = box<Bench::RString>(string("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
        px->significantBits = box<Bench::RInt>(16);
        px->owner = im;
        im->pixels.push_back(px);
        r->push_back(im);
    }
    return r;
}

const int fileBlockMax = 16 << 20;

Ice::Byte fileByte(long long i) { return static_cast<Ice::Byte>(i * 31 + (i >> 8)); }

// The first fileBlockMax + 64 KiB bytes of the file.
const Bench::ByteSeq& fileRepeated()
{
    static const Bench::ByteSeq file = [] {
        Bench::ByteSeq v(static_cast<size_t>(fileBlockMax) + 0x10000);
        for(size_t i = 0; i < v.size(); ++i)
        {
            v[i] = fileByte(static_cast<long long>(i));
        }
        return v;
    }();
    return file;
}

// One value per n, built once and handed out by reference from then on.
template<class T> class Cache
{
public:
    template<class F> shared_ptr<T> get(int n, int max, F make)
    {
        if(n < 0 || n > max)
        {
            throw Bench::BenchError("size out of range");
        }
        lock_guard<mutex> l(_m);
        auto& p = _v[n];
        if(!p)
        {
            p = make(n);
        }
        return p;
    }

private:
    mutex _m;
    map<int, shared_ptr<T>> _v;
};

class EchoI : public Bench::Echo
{
public:
    explicit EchoI(Timer& t) : _timer(t) {}

    void ping(const Ice::Current&) override { ++_calls; }

    string echoString(string s, const Ice::Current&) override
    {
        ++_calls;
        return s;
    }

    void getBytesAsync(int n, function<void(const pair<const Ice::Byte*, const Ice::Byte*>&)> response,
                       function<void(exception_ptr)>, const Ice::Current&) override
    {
        ++_calls;
        auto b = _bytes.get(n, 256 << 20, [](int k) {
            auto v = make_shared<Bench::ByteSeq>(static_cast<size_t>(k));
            for(int i = 0; i < k; ++i)
            {
                (*v)[static_cast<size_t>(i)] = fileByte(i);
            }
            return v;
        });
        response({b->data(), b->data() + b->size()});
    }

    void putBytes(pair<const Ice::Byte*, const Ice::Byte*>, const Ice::Current&) override { ++_calls; }

    void getPointsAsync(int n, function<void(const Bench::PointSeq&)> response, function<void(exception_ptr)>,
                        const Ice::Current&) override
    {
        ++_calls;
        auto p = _points.get(n, 4 << 20, [](int k) {
            auto v = make_shared<Bench::PointSeq>();
            for(int i = 0; i < k; ++i)
            {
                v->push_back(Bench::Point{i + 0.25, i * 2.0, -i / 3.0});
            }
            return v;
        });
        response(*p);
    }

    void findImagesAsync(int n, function<void(const Bench::ImageList&)> response, function<void(exception_ptr)>,
                         const Ice::Current&) override
    {
        ++_calls;
        auto l = _images.get(n, 200000, makeImages);
        response(*l);
    }

    void sleepAsync(int ms, function<void()> response, function<void(exception_ptr)>, const Ice::Current&) override
    {
        ++_calls;
        _timer.after(ms < 0 ? 0 : ms > 60000 ? 60000 : ms, move(response));
    }

    void fail(const Ice::Current&) override
    {
        ++_calls;
        throw Bench::BenchError("as asked");
    }

    void readAsync(long long offset, int n, function<void(const pair<const Ice::Byte*, const Ice::Byte*>&)> response,
                   function<void(exception_ptr)>, const Ice::Current&) override
    {
        ++_calls;
        // The file repeats after 64 KiB, so every block is a part of one array.
        if(offset < 0 || n < 0 || n > fileBlockMax)
        {
            throw Bench::BenchError("offset or size out of range");
        }
        const auto& file = fileRepeated();
        const Ice::Byte* from = file.data() + (offset & 0xffff);
        response({from, from + n});
    }

    void write(long long offset, pair<const Ice::Byte*, const Ice::Byte*> bytes, const Ice::Current&) override
    {
        ++_calls;
        auto n = bytes.second - bytes.first;
        if(offset < 0 || n > fileBlockMax)
        {
            throw Bench::BenchError("offset or size out of range");
        }
        if(memcmp(bytes.first, fileRepeated().data() + (offset & 0xffff), static_cast<size_t>(n)) != 0)
        {
            throw Bench::BenchError("wrong bytes at offset " + to_string(offset));
        }
    }

    int calls(const Ice::Current&) override { return _calls; }

    void tellAsync(shared_ptr<Bench::ListenerPrx> target, string text, function<void()> response,
                   function<void(exception_ptr)> failed, const Ice::Current& current) override
    {
        ++_calls;
        // A listener without endpoints is called back over the connection of its request.
        if(target->ice_getEndpoints().empty())
        {
            target = target->ice_fixed(current.con);
        }
        target->toldAsync(text, response, failed);
    }

    void shutdown(const Ice::Current& c) override { c.adapter->getCommunicator()->shutdown(); }

private:
    Timer& _timer;
    atomic<int> _calls{0};
    Cache<Bench::ByteSeq> _bytes;
    Cache<Bench::PointSeq> _points;
    Cache<Bench::ImageList> _images;
};

}

int main(int argc, char* argv[])
{
    alarm(7200); // never outlive a forgotten run
    string ready, certs, until, threads = "2";
    for(int i = 1; i + 1 < argc; i += 2)
    {
        string k = argv[i];
        (k == "--ready" ? ready : k == "--certs" ? certs : k == "--until" ? until : threads) = argv[i + 1];
    }
    try
    {
        Ice::InitializationData id;
        id.properties = Ice::createProperties();
        auto set = [&](const char* k, const string& v) { id.properties->setProperty(k, v); };
        set("Ice.MessageSizeMax", "1048576"); // KB: 1 GB
        set("Ice.ThreadPool.Server.Size", threads);
        set("Ice.ThreadPool.Server.SizeMax", threads);
        set("Ice.ThreadPool.Server.SizeWarn", "0");
        set("Ice.ACM.Server.Timeout", "0");
        if(!certs.empty())
        {
            Ice::registerIceSSL();
            set("IceSSL.DefaultDir", certs);
            set("IceSSL.CAs", "ca.pem");
            set("IceSSL.CertFile", "server.p12");
            set("IceSSL.Password", "bench");
            set("IceSSL.VerifyPeer", "0");
        }
        Ice::CtrlCHandler ctrl;
        Ice::CommunicatorHolder ich(id);
        auto ic = ich.communicator();
        ctrl.setCallback([ic](int) { ic->shutdown(); });
        Timer timer;
        string spec = "tcp -h 127.0.0.1:ws -h 127.0.0.1";
        if(!certs.empty())
        {
            spec += ":ssl -h 127.0.0.1";
        }
        auto oa = ic->createObjectAdapterWithEndpoints("Bench", spec);
        oa->add(make_shared<EchoI>(timer), Ice::stringToIdentity("echo"));
        oa->activate();
        string text;
        for(const auto& e : oa->getEndpoints())
        {
            auto s = e->toString();
            text += s.substr(0, s.find(' ')) + " " + s + "\n";
        }
        if(!ready.empty())
        {
            {
                ofstream(ready + ".tmp") << text;
            }
            rename((ready + ".tmp").c_str(), ready.c_str());
        }
        printf("%sready\n", text.c_str());
        fflush(stdout);
        if(until == "eof")
        {
            thread([ic] {
                while(getchar() != EOF)
                {
                }
                ic->shutdown();
            }).detach();
        }
        ic->waitForShutdown();
        timer.stop();
        return 0;
    }
    catch(const exception& e)
    {
        fprintf(stderr, "server: %s\n", e.what());
        return 1;
    }
}
