// Physical limits of this machine: loopback TCP with blocking sockets, and memcpy.
//
//   limits [--transport LABEL]     forks a server, measures against it, prints JSON lines
//   limits serve                   only the server: prints its port and "ready", ends when stdin closes
//
// Wire: a request is 25 bytes: op, u32le n, u32le count, padding.
//   0: answer 25 bytes   1: answer n bytes   2: count chunks of n bytes follow, answer 25 bytes
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

enum { MSG = 25, BIG = 1 << 20 };

static const char* transport = "tcp";

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void emit(const char* measure, double v, const char* unit, long n)
{
    printf("{\"client\":\"limit-c\",\"transport\":\"%s\",\"measure\":\"%s\",\"value\":%.8g,\"unit\":\"%s\",\"n\":%ld}\n",
           transport, measure, v, unit, n);
    fflush(stdout);
}

static int readAll(int fd, void* p, size_t n)
{
    char* c = p;
    while(n)
    {
        ssize_t k = recv(fd, c, n, 0);
        if(k <= 0)
        {
            return -1;
        }
        c += k;
        n -= (size_t)k;
    }
    return 0;
}

static void serveConnection(int fd)
{
    static unsigned char out[BIG], sink[BIG];
    unsigned char in[16384];
    size_t have = 0;
    for(;;)
    {
        ssize_t k = recv(fd, in + have, sizeof in - have, 0);
        if(k <= 0)
        {
            return;
        }
        have += (size_t)k;
        size_t at = 0;
        while(have - at >= MSG)
        {
            unsigned char* m = in + at;
            at += MSG;
            uint32_t n = u32(m + 1), count = u32(m + 5);
            if(n > BIG)
            {
                return;
            }
            if(m[0] == 1)
            {
                if(writeAll(fd, out, n))
                {
                    return;
                }
                continue;
            }
            if(m[0] == 2)
            {
                uint64_t left = (uint64_t)n * count;
                uint64_t got = have - at < left ? have - at : left;
                at += got;
                left -= got;
                while(left)
                {
                    ssize_t r = recv(fd, sink, left < BIG ? left : BIG, 0);
                    if(r <= 0)
                    {
                        return;
                    }
                    left -= (uint64_t)r;
                }
            }
            if(writeAll(fd, out, MSG))
            {
                return;
            }
        }
        memmove(in, in + at, have - at);
        have -= at;
    }
}

static void serve(int lfd)
{
    for(;;)
    {
        int fd = accept(lfd, 0, 0);
        if(fd < 0)
        {
            return;
        }
        noDelay(fd);
        serveConnection(fd);
        close(fd);
    }
}

static int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if(fd < 0 || connect(fd, (void*)&a, sizeof a))
    {
        die("connect");
    }
    noDelay(fd);
    return fd;
}

static void request(unsigned char* m, int op, uint32_t n, uint32_t count)
{
    memset(m, 0, MSG);
    m[0] = (unsigned char)op;
    for(int i = 0; i < 4; ++i)
    {
        m[1 + i] = (unsigned char)(n >> 8 * i);
        m[5 + i] = (unsigned char)(count >> 8 * i);
    }
}

static int cmp(const void* a, const void* b)
{
    double x = *(const double*)a, y = *(const double*)b;
    return x < y ? -1 : x > y;
}

static double pct(double* v, long n, double q)
{
    qsort(v, (size_t)n, sizeof *v, cmp);
    long i = (long)(q * (double)n);
    return v[i < n ? i : n - 1];
}

static void echo(int fd)
{
    unsigned char m[MSG];
    request(m, 0, 0, 0);
    if(writeAll(fd, m, MSG) || readAll(fd, m, MSG))
    {
        die("echo");
    }
}

struct pipeline
{
    int fd;
    sem_t room;
    _Atomic long answered;
};

static void* pipelineReader(void* arg)
{
    struct pipeline* p = arg;
    char buf[16384];
    long bytes = 0;
    for(;;)
    {
        ssize_t k = recv(p->fd, buf, sizeof buf, 0);
        if(k <= 0)
        {
            return 0;
        }
        long before = bytes / MSG;
        bytes += k;
        atomic_store(&p->answered, bytes / MSG);
        for(long i = before; i < bytes / MSG; ++i)
        {
            sem_post(&p->room);
        }
    }
}

static void measure(int port)
{
    static double v[20000];
    static char buf[BIG];
    long n;
    double t;

    for(n = 0, t = now(); n < 200 && now() - t < 5; ++n)
    {
        double a = now();
        int fd = dial(port);
        echo(fd);
        v[n] = (now() - a) * 1e6;
        close(fd);
    }
    emit("connect_first_call_p50", pct(v, n, .5), "us", n);

    int fd = dial(port);
    for(n = 0, t = now(); n < 20000 && now() - t < 2; ++n)
    {
        echo(fd);
    }
    for(n = 0, t = now(); n < 20000 && now() - t < 5; ++n)
    {
        double a = now();
        echo(fd);
        v[n] = (now() - a) * 1e6;
    }
    emit("ping_p50", pct(v, n, .5), "us", n);
    emit("ping_p99", pct(v, n, .99), "us", n);
    for(n = 0, t = now(); n < 400000 && now() - t < 2; ++n)
    {
        echo(fd);
    }
    emit("ping_sync_rate", (double)n / (now() - t), "1/s", n);
    close(fd);

    struct pipeline p = {.fd = dial(port)};
    sem_init(&p.room, 0, 100);
    pthread_t th;
    pthread_create(&th, 0, pipelineReader, &p);
    unsigned char m[MSG];
    request(m, 0, 0, 0);
    for(n = 0, t = now(); n < 4000000 && now() - t < 2; ++n)
    {
        sem_wait(&p.room);
        if(writeAll(p.fd, m, MSG))
        {
            die("pipeline");
        }
    }
    for(int i = 0; i < 100; ++i)
    {
        sem_wait(&p.room);
    }
    emit("ping_async100_rate", (double)n / (now() - t), "1/s", n);
    shutdown(p.fd, SHUT_RDWR);
    pthread_join(th, 0);
    close(p.fd);

    fd = dial(port);
    for(int i = 0; i < 2; ++i)
    {
        uint32_t size = i ? BIG : 64 << 10;
        char name[64];
        for(int put = 0; put < 2; ++put)
        {
            double secs[2] = {.3, 1};
            for(int pass = 0; pass < 2; ++pass)
            {
                for(n = 0, t = now(); n < 100000 && now() - t < secs[pass]; ++n)
                {
                    request(m, put ? 2 : 1, size, 1);
                    if(writeAll(fd, m, MSG) || (put ? writeAll(fd, buf, size) || readAll(fd, m, MSG) : readAll(fd, buf, size)))
                    {
                        die("bytes");
                    }
                }
            }
            snprintf(name, sizeof name, "%s%s_sync", put ? "put" : "get", i ? "1M" : "64K");
            emit(name, (double)n * size / 1e6 / (now() - t), "MB/s", n);
        }
        uint32_t count = i ? 4000 : 64000; // 4 GB
        request(m, 2, size, count);
        t = now();
        writeAll(fd, m, MSG);
        for(uint32_t k = 0; k < count; ++k)
        {
            if(writeAll(fd, buf, size))
            {
                die("stream");
            }
        }
        readAll(fd, m, MSG);
        snprintf(name, sizeof name, "stream%s", i ? "1M" : "64K");
        emit(name, (double)count * size / 1e6 / (now() - t), "MB/s", count);
    }
    close(fd);

    const size_t sizes[] = {64 << 10, 1 << 20, 64 << 20};
    const char* names[] = {"memcpy64K", "memcpy1M", "memcpy64M"};
    for(int i = 0; i < 3; ++i)
    {
        char* a = malloc(sizes[i]);
        char* b = malloc(sizes[i]);
        memset(a, 1, sizes[i]);
        memset(b, 2, sizes[i]);
        for(n = 0, t = now(); n < 10000000 && now() - t < .5; ++n)
        {
            memcpy(a, b, sizes[i]);
            __asm__ volatile("" : : "r"(a) : "memory");
        }
        emit(names[i], (double)n * (double)sizes[i] / 1e6 / (now() - t), "MB/s", n);
        free(a);
        free(b);
    }
}

int main(int argc, char** argv)
{
    int port;
    int lfd = listenLoopback(&port);
    pid_t pid = fork();
    if(pid < 0)
    {
        die("fork");
    }
    if(pid == 0)
    {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(lfd);
        _exit(0);
    }
    close(lfd);
    if(argc > 1 && strcmp(argv[1], "serve") == 0)
    {
        printf("%d\nready\n", port);
        fflush(stdout);
        char c;
        while(read(0, &c, 1) > 0)
        {
        }
    }
    else
    {
        if(argc > 2)
        {
            transport = argv[2];
        }
        measure(port);
    }
    kill(pid, SIGTERM);
    waitpid(pid, 0, 0);
    return 0;
}
