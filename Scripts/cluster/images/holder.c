/*
 * The distroless workload: one static binary in an image without a shell or any other file.
 *
 * It listens on TCP 7777, holds three connections to itself and one to $HOLD_PEER (address:port), keeps a deleted file
 * open, rewrites files under /data, and logs to both streams.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 7777, OWN_CONNECTIONS = 3, NOTES = 20, INTERVAL_SECONDS = 5 };

static void *serve(void *argument) {
    int listener = *(int *)argument;
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0) {
            printf("accepted fd=%d\n", connection);
            fflush(stdout);
        }
    }
    return NULL;
}

static int listen_on(int port) {
    static const int enabled = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = INADDR_ANY};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) {
        perror("listen");
        exit(3);
    }
    return listener;
}

static int connect_to(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        printf("connect %s:%d: %s\n", host, port, strerror(errno));
        close(connection);
        connection = -1;
    } else {
        printf("connected %s:%d fd=%d\n", host, port, connection);
    }
    fflush(stdout);
    return connection;
}

static void keep_deleted_file_open(void) {
    static const char text[] = "evidence in a deleted file\n";
    static const char path[] = "/tmp/.deleted-but-open";
    int file = open(path, O_CREAT | O_RDWR, 0600);
    if (file < 0 || write(file, text, sizeof text - 1) < 0) {
        perror(path);
    }
    unlink(path);
}

static void write_note(long tick) {
    char path[64];
    snprintf(path, sizeof path, "/data/note-%03ld.txt", tick % NOTES);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return;
    }
    fprintf(file, "tick=%ld time=%ld pid=%d\n", tick, (long)time(NULL), getpid());
    fclose(file);
}

static void end(int signal) {
    (void)signal;
    _exit(0);
}

int main(void) {
    signal(SIGTERM, end);
    signal(SIGPIPE, SIG_IGN);

    int listener = listen_on(PORT);
    pthread_t server;
    pthread_create(&server, NULL, serve, &listener);
    for (int i = 0; i < OWN_CONNECTIONS; i++) {
        connect_to("127.0.0.1", PORT);
    }
    mkdir("/data", 0755);
    keep_deleted_file_open();

    const char *peer = getenv("HOLD_PEER");
    char host[64];
    int port = 0;
    int has_peer = peer != NULL && sscanf(peer, "%63[^:]:%d", host, &port) == 2;
    int connection = -1;
    for (long tick = 0;; tick++) {
        if (has_peer && connection < 0) {
            connection = connect_to(host, port);
        }
        write_note(tick);
        printf("tick %ld\n", tick);
        fflush(stdout);
        if (tick % 7 == 0) {
            fprintf(stderr, "stderr line %ld\n", tick);
        }
        sleep(INTERVAL_SECONDS);
    }
}
