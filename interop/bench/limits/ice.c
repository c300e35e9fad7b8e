// The least that a server of the Ice protocol can do: it answers ping, getBytes and putBytes of Bench.ice, and
// anything else as if it had no results. What a client moves in exchange with it is what the client costs, and no server.
//
//   ice            prints its port and "ready", ends when stdin closes
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "loopback.h"

enum { HEADER = 14, REPLY = HEADER + 4 + 1 + 6, BYTES = REPLY + 5, BIG = 64 << 20, HEAD = 64 << 10 };

static void put32(unsigned char* p, uint32_t v)
{
    for(int i = 0; i < 4; ++i)
    {
        p[i] = (unsigned char)(v >> 8 * i);
    }
}

static void header(unsigned char* m, int type, uint32_t size)
{
    memcpy(m, "IceP\1\0\1\0", 8);
    m[8] = (unsigned char)type;
    m[9] = 0;
    put32(m + 10, size);
}

// reply writes a reply of n bytes of a sequence, or without results if n is negative. out has room for it.
static int reply(int fd, unsigned char* out, uint32_t id, int64_t n)
{
    uint32_t size = n < 0 ? REPLY : (uint32_t)(BYTES + n);
    header(out, 2, size);
    put32(out + HEADER, id);
    out[HEADER + 4] = 0;
    put32(out + HEADER + 5, size - HEADER - 5);
    out[HEADER + 9] = out[HEADER + 10] = 1;
    if(n >= 0)
    {
        out[REPLY] = 255; // the long form of a size, which Ice takes for short ones too
        put32(out + REPLY + 1, (uint32_t)n);
    }
    return writeAll(fd, out, size);
}

// skipString returns where the string at p ends, 0 if that is beyond end or its size is not a short one.
static const unsigned char* skipString(const unsigned char* p, const unsigned char* end)
{
    return p && p < end && p[0] < 255 && p + 1 + p[0] <= end ? p + 1 + p[0] : 0;
}

// answer answers the request of which m has the first bytes.
static int answer(int fd, unsigned char* out, const unsigned char* m, const unsigned char* end)
{
    uint32_t id = u32(m + HEADER);
    const unsigned char* p = skipString(skipString(m + HEADER + 4, end), end); // identity
    if(!p || p + 1 > end || p[0] != 0)                                        // no facet
    {
        return -1;
    }
    const unsigned char* operation = p + 1;
    p = skipString(operation, end);
    if(!p || p + 2 + 6 > end || p[1] != 0) // mode, no context, head of the encapsulation
    {
        return -1;
    }
    int64_t n = -1;
    if(operation[0] == 8 && memcmp(operation + 1, "getBytes", 8) == 0)
    {
        if(p + 2 + 6 + 4 > end || u32(p + 8) > BIG)
        {
            return -1;
        }
        n = u32(p + 8);
    }
    return id == 0 ? 0 : reply(fd, out, id, n);
}

static void* serveConnection(void* arg)
{
    int fd = (int)(intptr_t)arg;
    unsigned char* out = calloc(1, BYTES + BIG);
    unsigned char* sink = malloc(BIG);
    unsigned char* in = malloc(HEAD);
    size_t have = 0;
    header(out, 3, HEADER);
    int bad = !out || !sink || !in || writeAll(fd, out, HEADER);
    while(!bad)
    {
        ssize_t k = recv(fd, in + have, HEAD - have, 0);
        if(k <= 0)
        {
            break;
        }
        have += (size_t)k;
        size_t at = 0;
        while(!bad && have - at >= HEADER)
        {
            const unsigned char* m = in + at;
            uint32_t size = u32(m + 10);
            size_t here = have - at < size ? have - at : size;
            if(m[8] == 4 || size < HEADER || size > BIG)
            {
                bad = 1;
                break;
            }
            if(here < size && here < 200)
            {
                break; // the head of a request is shorter than that
            }
            size_t left = size - here;
            while(left)
            {
                k = recv(fd, sink, left, 0);
                if(k <= 0)
                {
                    bad = 1;
                    break;
                }
                left -= (size_t)k;
            }
            if(!bad && m[8] == 0)
            {
                bad = here < HEADER + 4 || answer(fd, out, m, m + here);
            }
            at += here;
        }
        memmove(in, in + at, have - at);
        have -= at;
    }
    close(fd);
    free(out);
    free(sink);
    free(in);
    return 0;
}

static void* acceptAll(void* arg)
{
    for(;;)
    {
        int fd = accept((int)(intptr_t)arg, 0, 0);
        if(fd < 0)
        {
            return 0;
        }
        noDelay(fd);
        pthread_t t;
        if(pthread_create(&t, 0, serveConnection, (void*)(intptr_t)fd))
        {
            return 0;
        }
        pthread_detach(t);
    }
}

int main(void)
{
    int port, fd = listenLoopback(&port);
    pthread_t t;
    if(pthread_create(&t, 0, acceptAll, (void*)(intptr_t)fd))
    {
        die("thread");
    }
    printf("%d\nready\n", port);
    fflush(stdout);
    char c;
    while(read(0, &c, 1) > 0)
    {
    }
    return 0;
}
