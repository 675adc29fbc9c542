#define _GNU_SOURCE
#include "include/CLinux.h"

#include <sys/mman.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int attache_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
  return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t attache_send3(int fd, const void *a, size_t a_length, const void *b, size_t b_length,
                      const void *c, size_t c_length, int more) {
  struct iovec pieces[3] = {
      {(void *)a, a_length}, {(void *)b, b_length}, {(void *)c, c_length}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
  return syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

ssize_t attache_receive(int fd, void *to, size_t length) {
  return syscall(SYS_recvfrom, fd, to, length, 0, NULL, NULL);
}

ssize_t attache_send(int fd, const void *from, size_t length, int more) {
  return syscall(SYS_sendto, fd, from, length, MSG_NOSIGNAL | (more ? MSG_MORE : 0), NULL, 0);
}

int64_t attache_monotonic_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t attache_wall_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int attache_forbid_dumps(void) {
  struct rlimit none = {0, 0};
  int refused = setrlimit(RLIMIT_CORE, &none);
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) | refused;
}

void attache_reset_crash_signals(void) {
  static const int crashes[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) signal(crashes[i], SIG_DFL);
}

int attache_epoll_add(int epoll, int fd, uint32_t flags, uint64_t token) {
  struct epoll_event event = {.events = flags, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int attache_epoll_wait(int epoll, void *to, int count, int milliseconds) {
  struct attache_event *events = to;
  struct epoll_event found[256];
  int n = (int)syscall(
      SYS_epoll_wait, epoll, found, count > 256 ? 256 : count, milliseconds);
  for (int i = 0; i < n; i++)
    events[i] = (struct attache_event){.token = found[i].data.u64, .flags = found[i].events};
  return n;
}

void attache_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int attache_processor_count(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count > 0 ? count : 1;
}

int attache_memory_file(void) { return memfd_create("attache", MFD_CLOEXEC); }

void attache_limit(pid_t process, uint64_t bytes) {
  struct rlimit limit = {bytes, bytes}, none = {0, 0};
  prlimit(process, RLIMIT_CORE, &none, NULL);
  prlimit(process, RLIMIT_DATA, &limit, NULL);
}

int attache_begin_in_root(void *actions) {
  return posix_spawn_file_actions_addchdir_np(actions, "/");
}
