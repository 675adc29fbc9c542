// The few calls and constants of Linux that the Glibc module does not show to Swift.
#pragma once
#include <stdint.h>
#include <sys/types.h>

int attache_prctl_no_dump(void);

// Locks on one byte of a file that belong to the open file description (fcntl_locking(2), Linux
// 3.15): two descriptors exclude each other even in one process, and the kernel frees them when
// the last descriptor of the description is closed.

// Tries for at most `milliseconds` to take the byte. 0: taken, 1: held by somebody, < 0: -errno.
int attache_lock_byte(int descriptor, int64_t byte, int milliseconds);
