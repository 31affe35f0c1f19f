/*
 * forwarder NETNS PORT
 *
 * Accepts connections on 127.0.0.1:PORT of the network namespace it is started in and passes each on to 127.0.0.1:PORT
 * of /run/netns/NETNS. A socket stays in the namespace it was made in: it listens first and moves then. Two threads a
 * connection, bytes moved by splice(2), so that measurements through it are of the cluster and not of it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 18 };

struct pair {
    int outside, inside;
    atomic_int users; /* of the two directions, those still at work; the last closes both sockets */
};

static struct sockaddr_in loopback;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void release(struct pair *pair) {
    if (atomic_fetch_sub(&pair->users, 1) == 1) {
        close(pair->outside);
        close(pair->inside);
        free(pair);
    }
}

/* Passes on all bytes, then the end of the stream. A side that is gone ends both directions. */
static void pump(int from, int to) {
    int ends[2];
    int failed = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        shutdown(from, SHUT_RDWR);
        shutdown(to, SHUT_RDWR);
        return;
    }
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* where it may not grow, the usual 64 KiB do */
    for (;;) {
        ssize_t taken = splice(from, NULL, ends[1], NULL, PIPE_BYTES, SPLICE_F_MOVE);
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken <= 0) {
            failed = taken < 0;
            break;
        }
        while (taken > 0) {
            ssize_t given = splice(ends[0], NULL, to, NULL, (size_t)taken, SPLICE_F_MOVE);
            if (given < 0 && errno == EINTR) {
                continue;
            }
            if (given <= 0) {
                failed = 1;
                break;
            }
            taken -= given;
        }
        if (failed) {
            break;
        }
    }
    close(ends[0]);
    close(ends[1]);
    shutdown(to, failed ? SHUT_RDWR : SHUT_WR);
    if (failed) {
        shutdown(from, SHUT_RDWR);
    }
}

static void *pump_inwards(void *argument) {
    struct pair *pair = argument;
    pump(pair->outside, pair->inside);
    release(pair);
    return NULL;
}

static void *pump_outwards(void *argument) {
    struct pair *pair = argument;
    pump(pair->inside, pair->outside);
    release(pair);
    return NULL;
}

/* Connects first and only then starts the second direction, in a thread of its own: a slow connect holds up nobody. */
static void *serve(void *argument) {
    static const int enabled = 1;
    struct pair *pair = argument;
    pthread_t thread;
    pair->inside = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (pair->inside < 0 || connect(pair->inside, (struct sockaddr *)&loopback, sizeof loopback) != 0) {
        atomic_fetch_sub(&pair->users, 1);
        release(pair);
        return NULL;
    }
    setsockopt(pair->inside, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
    setsockopt(pair->outside, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
    if (pthread_create(&thread, NULL, pump_outwards, pair) != 0) {
        atomic_fetch_sub(&pair->users, 1);
        release(pair);
        return NULL;
    }
    pthread_detach(thread);
    return pump_inwards(pair);
}

int main(int argc, char **argv) {
    static const int enabled = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: forwarder NETNS PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    loopback = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
    if (bind(listener, (struct sockaddr *)&loopback, sizeof loopback) != 0 || listen(listener, 512) != 0) {
        fail("listen");
    }
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", argv[1]);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET) != 0) {
        fail(path);
    }
    close(namespace);

    for (;;) {
        struct pair *pair = malloc(sizeof *pair);
        if (pair == NULL) {
            fail("malloc");
        }
        *pair = (struct pair){.outside = accept4(listener, NULL, NULL, SOCK_CLOEXEC), .inside = -1, .users = 2};
        pthread_t thread;
        if (pair->outside < 0 || pthread_create(&thread, NULL, serve, pair) != 0) {
            if (pair->outside >= 0) {
                close(pair->outside);
            }
            free(pair);
            usleep(10000); /* out of descriptors or threads: those in use will be given back */
            continue;
        }
        pthread_detach(thread);
    }
}
