// Measures how long Ice for C++ takes to decode and encode from and to memory.
// Arguments: seconds per job, then pairs of job and file. The file holds an encapsulation as an Ice for Go made it.
// Prints "job decode nanoseconds" and "job encode nanoseconds", the median over rounds.

#include <Ice/Ice.h>
#include <Bench.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>

using namespace std;
using Clock = chrono::steady_clock;

namespace
{

double seconds;

double median(const function<void()>& f)
{
    vector<double> rounds;
    auto end = Clock::now() + chrono::duration<double>(seconds);
    do
    {
        auto start = Clock::now();
        f();
        rounds.push_back(chrono::duration<double, nano>(Clock::now() - start).count());
    } while(Clock::now() < end || rounds.size() < 5);
    nth_element(rounds.begin(), rounds.begin() + static_cast<long>(rounds.size() / 2), rounds.end());
    return rounds[rounds.size() / 2];
}

template<class T> void run(const Ice::CommunicatorPtr& c, const string& job, const vector<Ice::Byte>& data, bool classes)
{
    Ice::EncodingVersion version{data[4], data[5]};
    auto format = job.find("sliced") != string::npos ? Ice::FormatType::SlicedFormat : Ice::FormatType::CompactFormat;
    T value;
    auto decode = [&](T& v) {
        Ice::InputStream in(c, Ice::Encoding_1_0, pair<const Ice::Byte*, const Ice::Byte*>(data.data(), data.data() + data.size()));
        in.startEncapsulation();
        in.read(v);
        if(classes)
        {
            in.readPendingValues();
        }
        in.endEncapsulation();
    };
    cout << job << " decode " << static_cast<long long>(median([&] {
        T v;
        decode(v);
    })) << endl;
    decode(value);
    size_t size = 0;
    cout << job << " encode " << static_cast<long long>(median([&] {
        Ice::OutputStream out(c, Ice::Encoding_1_0);
        out.startEncapsulation(version, format);
        out.write(value);
        if(classes)
        {
            out.writePendingValues();
        }
        out.endEncapsulation();
        size = out.b.size();
    })) << endl;
    if(size != data.size())
    {
        throw runtime_error(job + ": " + to_string(size) + " bytes written, " + to_string(data.size()) + " read");
    }
}

}

int main(int argc, char* argv[])
{
    try
    {
        Ice::InitializationData id;
        id.properties = Ice::createProperties();
        id.properties->setProperty("Ice.MessageSizeMax", "0");
        id.properties->setProperty("Ice.AcceptClassCycles", "1");
        Ice::CommunicatorHolder c(Ice::initialize(id));
        seconds = stod(argv[1]);
        for(int i = 2; i + 1 < argc; i += 2)
        {
            string job = argv[i];
            ifstream in(argv[i + 1], ios::binary);
            vector<Ice::Byte> data{istreambuf_iterator<char>(in), istreambuf_iterator<char>()};
            if(job.rfind("images", 0) == 0)
            {
                run<Bench::ImageList>(c.communicator(), job, data, true);
            }
            else if(job.rfind("points", 0) == 0)
            {
                run<Bench::PointSeq>(c.communicator(), job, data, false);
            }
            else if(job.rfind("bytes", 0) == 0)
            {
                run<Bench::ByteSeq>(c.communicator(), job, data, false);
            }
            else
            {
                run<Bench::StringSeq>(c.communicator(), job, data, false);
            }
        }
        return 0;
    }
    catch(const exception& e)
    {
        cerr << e.what() << endl;
        return 1;
    }
}
