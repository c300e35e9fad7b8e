// What the programs beside this file share: sockets on the loopback interface, and numbers on the wire.
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void die(const char* what)
{
    perror(what);
    exit(1);
}

static int writeAll(int fd, const void* p, size_t n)
{
    const char* c = p;
    while(n)
    {
        ssize_t k = send(fd, c, n, MSG_NOSIGNAL);
        if(k <= 0)
        {
            return -1;
        }
        c += k;
        n -= (size_t)k;
    }
    return 0;
}

static void noDelay(int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static uint32_t u32(const unsigned char* p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

static int listenLoopback(int* port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t l = sizeof a;
    if(fd < 0 || bind(fd, (void*)&a, l) || listen(fd, 64) || getsockname(fd, (void*)&a, &l))
    {
        die("listen");
    }
    *port = ntohs(a.sin_port);
    return fd;
}

#endif
