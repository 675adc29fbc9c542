#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static int64_t now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Asks again and again instead of waiting in the kernel (F_OFD_SETLKW), which knows no time-out: a
// stopped process that holds the byte must not stop this one for ever.
int attache_lock_byte(int descriptor, int64_t byte, int milliseconds) {
    int64_t deadline = now_milliseconds() + milliseconds;
    struct timespec pause = {.tv_sec = 0, .tv_nsec = 500000};
    for (;;) {
        struct flock range = {
            .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
        if (fcntl(descriptor, F_OFD_SETLK, &range) == 0) return 0;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) return -errno;
        if (now_milliseconds() >= deadline) return 1;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 8000000) pause.tv_nsec *= 2;
    }
}
