// The few calls and constants of Linux that the Glibc module does not show to Swift.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>

// What epoll says of one registered descriptor; `token` is what it was registered with.
struct attache_event {
  uint64_t token;
  uint32_t flags;
};

// Registers a descriptor, once and for all.
int attache_epoll_add(int epoll, int fd, uint32_t flags, uint64_t token);

// Waits for events, at most 256 `struct attache_event` at once; -1 with errno EINTR counts as none.
int attache_epoll_wait(int epoll, void *events, int count, int milliseconds);

// Names the calling thread, for ps and perf.
void attache_name_thread(const char *name);

// Accepts a connection as a non-blocking, close-on-exec descriptor.
int attache_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

// recv and send without glibc's bookkeeping for pthread_cancel, which nobody here uses and which
// costs two calls for each system call of a process with threads. Never a SIGPIPE. `more` says
// that what follows, be it the connection's end, should leave in the same packet.
ssize_t attache_receive(int fd, void *to, size_t length);
ssize_t attache_send(int fd, const void *from, size_t length, int more);

// The same with three pieces in one call.
ssize_t attache_send3(int fd, const void *a, size_t a_length, const void *b, size_t b_length,
                      const void *c, size_t c_length, int more);

// Nanoseconds since start-up, time asleep included, of a clock that nobody sets.
int64_t attache_monotonic_nanoseconds(void);

// Nanoseconds since 1970 of the clock that people set.
int64_t attache_wall_nanoseconds(void);

// Keeps memory out of core files and away from debuggers of the same user.
int attache_forbid_dumps(void);

// Sets the signals of a crash back to what the kernel does with them: nothing printed.
void attache_reset_crash_signals(void);

// How many processors this process may run on, at least one.
int attache_processor_count(void);

// Locks on one byte of a file that belong to the open file description (fcntl_locking(2), Linux
// 3.15): two descriptors exclude each other even in one process, and the kernel frees them when
// the last descriptor of the description is closed.

// Tries for at most `milliseconds` to take the byte. 0: taken, 1: held by somebody, < 0: -errno.
int attache_lock_byte(int descriptor, int64_t byte, int milliseconds);

// Makes a file that lives in memory alone; -1 on failure.
int attache_memory_file(void);

// Limits how much memory of its own a process may have, in bytes, and lets it leave no core file.
void attache_limit(pid_t process, uint64_t bytes);

// Adds to a posix_spawn_file_actions_t that the program begins in the folder `/`.
int attache_begin_in_root(void *actions);
